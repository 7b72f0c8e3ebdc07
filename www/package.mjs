// The last step of `./build.sh package`: completes pkg/ (the npm package) and site/ (the page, for any static host), packs
// the first, and prints what a visitor downloads. Fails where a part has grown past its limit.
import { execFileSync } from "node:child_process";
import { cp, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const KB = 1000;

/** The page's script and the parts of it that index.html asks for. */
const page = await readFile(join(root, "site/index.html"), "utf8");
const scripts = Array.from(page.matchAll(/(?:src|href)="\.\/([\w-]+\.js)"/g), ([, file]) => `site/${file}`);

/** What a visitor downloads, and the most it may weigh after brotli. */
const PARTS = [
  { name: "CPU module", files: ["pkg/cpu/unnoise_bg.wasm"], limit: 220 * KB },
  { name: "CPU module, relaxed SIMD", files: ["pkg/cpu/unnoise_relaxed_bg.wasm"], limit: 220 * KB },
  { name: "WebGPU module", files: ["pkg/webgpu/unnoise_bg.wasm"], limit: 220 * KB },
  { name: "burn module", files: ["pkg/burn/unnoise_bg.wasm", "pkg/burn/unnoise.js"], limit: 2300 * KB },
  { name: "scripts of the modules", files: ["pkg/cpu/unnoise.js", "pkg/webgpu/unnoise.js"], limit: 20 * KB },
  { name: "JavaScript of a first visit", files: ["pkg/index.js", "pkg/worker.js", ...scripts], limit: 60 * KB },
  { name: "the element", files: ["pkg/element.js"], limit: 12 * KB },
];

await cp(join(root, "models/fashion-mnist"), join(root, "pkg/models/fashion-mnist"), { recursive: true });
for (const folder of ["pkg", "models"]) {
  await rm(join(root, "site", folder), { recursive: true, force: true });
}
await cp(join(root, "pkg"), join(root, "site/pkg"), { recursive: true });
await cp(join(root, "models/fashion-mnist"), join(root, "site/models/fashion-mnist"), { recursive: true });

execFileSync("npm", ["pack", "--pack-destination", root], { cwd: join(root, "pkg"), stdio: "inherit" });

let over = 0;
for (const { name, files, limit } of PARTS) {
  const bytes = await Promise.all(files.map((file) => readFile(join(root, file))));
  const raw = bytes.reduce((sum, file) => sum + file.length, 0);
  const small = bytes.reduce((sum, file) => sum + brotli(file).length, 0);
  if (small > limit) over += 1;
  const verdict = small > limit ? "TOO LARGE" : "ok";
  console.log(`${name}: ${kb(raw)} raw, ${kb(small)} after brotli, limit ${kb(limit)}: ${verdict}`);
}
console.log("pkg/ is the npm package; site/ can be put on any static host as it is.");
process.exitCode = over > 0 ? 1 : 0;

function brotli(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params });
}

function kb(bytes) {
  return `${Math.round(bytes / KB)} KB`;
}
