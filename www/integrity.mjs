// The hashes of a package's files, what they were made of and with, and the script tag whose bytes a browser checks.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const FILE = "integrity.json";

/** Scripts that no page imports: the worker, and the script of `embed.html`. */
const APART = new Set(["worker.js", "embed.js"]);

/** Writes integrity.json into the package: the commit, the tools, and the hash of every file. */
export async function integrity(root) {
  const folder = join(root, "pkg");
  const made = { commit: commit(root), tools: tools(root), files: await hashes(folder) };
  await writeFile(join(folder, FILE), `${JSON.stringify(made, null, 2)}\n`);
  return made.files;
}

/** Every published file of a folder by its path, with its hash as browsers take it. */
export async function hashes(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter((path) => path !== FILE);
  return Object.fromEntries(
    await Promise.all(
      paths.sort().map(async (path) => {
        const hash = createHash("sha384")
          .update(await readFile(join(folder, path)))
          .digest("base64");
        return [path, `sha384-${hash}`];
      }),
    ),
  );
}

/**
 * The tag of the element, for a package at `address`. A module's own hash does not hold for what it imports: the import map has the
 * hashes of all scripts that the element may import.
 */
export function scriptTag(files, address) {
  const scripts = Object.entries(files).filter(([path]) => /^[\w-]+\.js$/.test(path) && !APART.has(path));
  const map = { integrity: Object.fromEntries(scripts.map(([path, hash]) => [`${address}${path}`, hash])) };
  return `<script type="importmap">
${JSON.stringify(map, null, 2)}
</script>
<script type="module" src="${address}element.js" integrity="${files["element.js"]}" crossorigin="anonymous"></script>`;
}

/** The commit that the package is made of; null where the sources are not in git. "+changes" says that files differ from it. */
function commit(root) {
  try {
    const said = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
    return said("rev-parse", "HEAD") + (said("status", "--porcelain") ? "+changes" : "");
  } catch {
    return null;
  }
}

/** The programs whose versions decide on the bytes. */
function tools(root) {
  const said = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: "utf8" }).trim();
  return { rustc: said("rustc", "--version"), "wasm-bindgen": said("wasm-bindgen", "--version") };
}
