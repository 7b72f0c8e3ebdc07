// The texts that the package carries. What they link to in the repository alone is named there without a link, and its pictures
// are left out.
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { BUNDLED } from "./models.mjs";

/** A link or a picture of Markdown, with the line's end where a picture has a line of its own. */
const LINK = /(?<picture>!?)\[(?<text>[^\]]*)\]\((?<target>[^)\s]+)\)(?<end>\n\n)?/g;

/** Files of the package that its texts link to, beside the texts themselves and those of the models. */
const LICENCES = ["LICENSE-MIT", "LICENSE-APACHE"];

/** Copies README, CHANGELOG, the licenses and docs/ from the repository into the package. */
export async function packTexts(root, pkg) {
  const docs = (await readdir(join(root, "docs"))).filter((file) => file.endsWith(".md"));
  const texts = ["README.md", "CHANGELOG.md", ...docs.map((file) => `docs/${file}`)];
  const models = BUNDLED.map(({ folder }) => `models/${folder}/README.md`);
  const packed = new Set([...texts, ...LICENCES, ...models]);
  await mkdir(join(pkg, "docs"), { recursive: true });
  for (const file of texts) {
    const text = await readFile(join(root, file), "utf8");
    await writeFile(join(pkg, file), withoutDangling(text, dirname(file), packed));
  }
  for (const file of LICENCES) await cp(join(root, file), join(pkg, file));
}

/** A text of a folder whose relative links all lead to one of the files that are packed. */
export function withoutDangling(text, folder, packed) {
  return text.replaceAll(LINK, (...match) => {
    const [whole] = match;
    const { picture, text, target, end = "" } = match.at(-1);
    if (/^(https?:|#)/.test(target) || packed.has(normalize(join(folder, target.replace(/#.*/, ""))))) return whole;
    return picture ? "" : `${text} (in the repository)${end}`;
  });
}
