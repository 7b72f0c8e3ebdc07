// The last step of `./build.sh package`: completes pkg/ (the npm package) and site/ (the page, for any static host) with licences, bills
// of materials and hashes, packs the first, and prints its script tag and what a visitor downloads. Fails where a part has grown past
// its limit.
import { execFileSync } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { contents } from "./contents.mjs";
import { integrity, scriptTag } from "./integrity.mjs";
import { BUNDLED } from "./models.mjs";
import { kb, parts, weigh } from "./weights.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const { folder } of BUNDLED) {
  await cp(join(root, "models", folder), join(root, "pkg/models", folder), { recursive: true });
}
await contents(root);
const files = await integrity(root);
for (const folder of ["pkg", "models"]) {
  await rm(join(root, "site", folder), { recursive: true, force: true });
}
// Files that begin with a dot are notes of the build.
const filter = (path) => !basename(path).startsWith(".");
await cp(join(root, "pkg"), join(root, "site/pkg"), { recursive: true, filter });
await cp(join(root, "pkg/models"), join(root, "site/models"), { recursive: true });

execFileSync("npm", ["pack", "--pack-destination", root], { cwd: join(root, "pkg"), stdio: "inherit" });

let over = 0;
for (const part of await parts(root)) {
  const { raw, small } = await weigh(root, part);
  if (small > part.limit) over += 1;
  const verdict = small > part.limit ? "TOO LARGE" : "ok";
  console.log(`${part.name}: ${kb(raw)} raw, ${kb(small)} after brotli, limit ${kb(part.limit)}: ${verdict}`);
}
const address = process.env.PACKAGE_ADDRESS ?? "https://example.org/unnoise/";
console.log(
  `\nThe element, for a page that checks its scripts (docs/supply-chain.md):\n${scriptTag(files, address)}\n`,
);
console.log("pkg/ is the npm package; site/ can be put on any static host as it is.");
process.exitCode = over > 0 ? 1 : 0;
