// The last step of `./build.sh package`: completes pkg/ (the npm package) and site/ (the page, for any static host), packs
// the first, and prints what a visitor downloads. Fails where a part has grown past its limit.
import { execFileSync } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledModels } from "./models.mjs";
import { kb, parts, weigh } from "./weights.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const name of await bundledModels(root)) {
  await cp(join(root, "models", name), join(root, "pkg/models", name), { recursive: true });
}
for (const folder of ["pkg", "models"]) {
  await rm(join(root, "site", folder), { recursive: true, force: true });
}
await cp(join(root, "pkg"), join(root, "site/pkg"), { recursive: true });
await cp(join(root, "pkg/models"), join(root, "site/models"), { recursive: true });

execFileSync("npm", ["pack", "--pack-destination", root], { cwd: join(root, "pkg"), stdio: "inherit" });

let over = 0;
for (const part of await parts(root)) {
  const { raw, small } = await weigh(root, part);
  if (small > part.limit) over += 1;
  const verdict = small > part.limit ? "TOO LARGE" : "ok";
  console.log(`${part.name}: ${kb(raw)} raw, ${kb(small)} after brotli, limit ${kb(part.limit)}: ${verdict}`);
}
console.log("pkg/ is the npm package; site/ can be put on any static host as it is.");
process.exitCode = over > 0 ? 1 : 0;
