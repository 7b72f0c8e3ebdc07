// What a visitor downloads of either engine's code: the files that a visit asks for, after brotli, and the wasm as it is.
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import { ratio } from "./table.mjs";
import { codeOf, ENGINES } from "./visits.mjs";

const root = new URL("../../", import.meta.url);
/** Where the server has what it serves below these addresses; other paths are the benchmark's own. */
const FOLDERS = { "/pkg/": new URL("pkg/", root), "/ort/": new URL("node_modules/onnxruntime-web/dist/", root) };
const compress = promisify(brotliCompress);
const kb = (bytes) => Math.round(bytes / 1000);

/** Two rows for each module: the whole code after brotli, and the wasm before it. */
export async function sizesOf(rig, network, backends) {
  const { graph } = network.of(1);
  const rows = [];
  for (const backend of backends) {
    const both = [];
    for (const engine of ENGINES) both.push(await weigh(await codeOf(rig, engine, backend, graph)));
    const row = (what, key) => ({
      module: backend,
      what,
      "unnoise, KB": kb(both[0][key]),
      "onnxruntime-web, KB": kb(both[1][key]),
      ratio: ratio(both[0][key], both[1][key]),
    });
    rows.push({ ...row("code after brotli", "packed"), files: both.map(({ names }) => names.join(", ")).join("; ") });
    rows.push(row("wasm as it is", "wasm"));
  }
  return rows;
}

async function weigh(paths) {
  const files = paths.flatMap((path) => {
    const prefix = Object.keys(FOLDERS).find((known) => path.startsWith(known));
    return prefix ? [{ name: path.slice(prefix.length), folder: FOLDERS[prefix] }] : [];
  });
  const bytes = await Promise.all(files.map(({ name, folder }) => readFile(new URL(name, folder))));
  const packed = await Promise.all(bytes.map((file) => compress(file)));
  const total = (list) => list.reduce((sum, { length }) => sum + length, 0);
  const names = files.map(({ name }) => name);
  return { names, packed: total(packed), wasm: total(bytes.filter((_, i) => names[i].endsWith(".wasm"))) };
}
