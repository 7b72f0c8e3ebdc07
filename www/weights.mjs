// What a visitor downloads of what is built, after brotli.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const KB = 1000;

/** The parts by the files that belong to them, and the most that each may weigh. */
export async function parts(root) {
  return [
    { name: "CPU module", files: ["pkg/cpu/unnoise_bg.wasm"], limit: 275 * KB },
    { name: "CPU module, relaxed SIMD", files: ["pkg/cpu/unnoise_relaxed_bg.wasm"], limit: 275 * KB },
    { name: "WebGPU module", files: ["pkg/webgpu/unnoise_bg.wasm"], limit: 260 * KB },
    { name: "burn module", files: ["pkg/burn/unnoise_bg.wasm", "pkg/burn/unnoise.js"], limit: 2300 * KB },
    { name: "scripts of the modules", files: ["pkg/cpu/unnoise.js", "pkg/webgpu/unnoise.js"], limit: 20 * KB },
    { name: "library and worker", files: ["pkg/index.js", "pkg/worker.js"], limit: 29.7 * KB },
    await firstVisit(root),
    { name: "markup of the page, with its texts", files: ["site/index.html"], limit: 16 * KB },
    { name: "the element", files: ["pkg/element.js"], limit: 13.7 * KB },
  ];
}

/** The library, the worker, the page's script and the parts of it that index.html asks for. */
export async function firstVisit(root) {
  const page = await readFile(join(root, "site/index.html"), "utf8");
  const scripts = Array.from(page.matchAll(/(?:src|href)="\.\/([\w-]+\.js)"/g), ([, file]) => `site/${file}`);
  return { name: "JavaScript of a first visit", files: ["pkg/index.js", "pkg/worker.js", ...scripts], limit: 60 * KB };
}

/** The bytes of a part as it is built, and as it travels. */
export async function weigh(root, { files }) {
  const bytes = await Promise.all(files.map((file) => readFile(join(root, file))));
  const sum = (sizes) => sizes.reduce((all, size) => all + size, 0);
  return { raw: sum(bytes.map((file) => file.length)), small: sum(bytes.map((file) => brotli(file).length)) };
}

export function kb(bytes) {
  return `${Math.round(bytes / KB)} KB`;
}

function brotli(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params });
}
