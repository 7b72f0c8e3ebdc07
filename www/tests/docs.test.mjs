// The documents: the reference is what the declarations say, and links lead somewhere.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { API, reference } from "../docs/make.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file) => readFile(join(root, file), "utf8");

/** Every document of the repository. */
async function documents() {
  const models = (await readdir(join(root, "models"), { recursive: true })).map((file) => `models/${file}`);
  const others = await Promise.all(
    [".", "docs", "examples"].map(async (folder) =>
      (await readdir(join(root, folder))).map((file) => join(folder, file)),
    ),
  );
  return [...models, ...others.flat()].filter((file) => file.endsWith(".md"));
}

/** The anchors that GitHub gives to a document's headings, and those that the document has itself. */
function anchors(text) {
  const seen = new Map();
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const plain = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-");
    const count = seen.get(plain) ?? 0;
    seen.set(plain, count + 1);
    return count > 0 ? `${plain}-${count}` : plain;
  });
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
}

test("docs/api.md is what the declarations of the package make", async () => {
  const [made, committed] = await Promise.all([reference(), readFile(API, "utf8").catch(() => "")]);
  // Not assert.equal: a difference of two long texts takes minutes to print.
  assert.ok(
    made === committed,
    "docs/api.md is not what the declarations make: run `npm run docs` and commit the file",
  );
});

test("every relative link of the documents leads to a file, and its anchor to a heading", async () => {
  const files = await documents();
  assert.ok(["README.md", "docs/api.md", "examples/README.md"].every((file) => files.includes(file)));
  for (const file of files) {
    const text = await read(file);
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)].map(
      ([, link, image]) => link ?? image,
    );
    for (const target of targets.filter((target) => !/^[a-z]+:/.test(target))) {
      const [path, anchor] = target.split("#");
      const to = path ? join(dirname(file), path) : file;
      assert.ok(existsSync(join(root, to)), `${file} links to ${target}`);
      if (anchor !== undefined) assert.ok(anchors(await read(to)).has(anchor), `${file} links to ${target}`);
    }
  }
});

test("README has less than 120 lines of at most 140 characters", async () => {
  const lines = (await read("README.md")).trimEnd().split("\n");
  assert.ok(lines.length < 120, `${lines.length} lines`);
  const long = lines.findIndex((line) => [...line].length > 140);
  assert.equal(long, -1, `line ${long + 1}`);
});
