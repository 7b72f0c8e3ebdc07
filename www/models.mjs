// The bundled models, as models/bundled.json lists them: the one that the page begins with first.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** Each by its folder in models/ and its name. */
export const BUNDLED = JSON.parse(await readFile(new URL("../models/bundled.json", import.meta.url), "utf8"));

const [FIRST] = BUNDLED;

/** Weights of models that a visitor has to choose first. */
export const CHOSEN = new RegExp(`^models/(?!${FIRST.folder}/).*\\.safetensors$`);

/** What the page's gallery shows of each: bytes to download, weights, and the shape of a picture. */
export async function modelList(root) {
  return Promise.all(BUNDLED.map(({ folder }) => listed(join(root, "models", folder), folder)));
}

/** What the page's markup says of the model that the page begins with. */
export async function firstModel(root) {
  const [{ shape, parameters }] = await modelList(root);
  const labels = JSON.parse(await readFile(join(root, "models", FIRST.folder, "labels.json"), "utf8"));
  return { name: FIRST.name, shape, parameters, labels };
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
