// The bundled models: every folder of models/ that has a network.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** The one that the page begins with: www/page/model/bundled.ts. */
const FIRST = "fashion-mnist";

/** Weights of models that a visitor has to choose first. */
export const CHOSEN = new RegExp(`^models/(?!${FIRST}/).*\\.safetensors$`);

/** The names of their folders, the one that the page begins with first. */
export async function bundledModels(root) {
  const names = (await readdir(join(root, "models"), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const isThere = (name) => stat(join(root, "models", name, "unet/config.json")).then(Boolean, () => false);
  const found = await Promise.all(names.sort().map(async (name) => ((await isThere(name)) ? name : undefined)));
  return found.filter(Boolean).sort((a, b) => Number(b === FIRST) - Number(a === FIRST));
}

/** What the page's gallery shows of each: bytes to download, weights, and the shape of a picture. */
export async function modelList(root) {
  return Promise.all((await bundledModels(root)).map((name) => listed(join(root, "models", name), name)));
}

async function listed(folder, name) {
  const files = (await readdir(folder, { recursive: true })).filter((file) => /\.(json|safetensors)$/.test(file));
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  const config = JSON.parse(await readFile(join(folder, "unet/config.json"), "utf8"));
  const weights = files.find((file) => file.endsWith(".safetensors"));
  const shape = [config.out_channels, config.sample_size, config.sample_size];
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { name, bytes, parameters: await countWeights(join(folder, weights)), shape };
}

/** The numbers in a safetensors file, by its header. */
async function countWeights(path) {
  const bytes = await readFile(path);
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
  const shapes = Object.entries(header).flatMap(([name, { shape }]) => (name === "__metadata__" ? [] : [shape]));
  return shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
