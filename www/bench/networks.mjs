// The networks of the benchmark: the bundled one, and a larger one whose weights come from a formula.
import { readFile } from "node:fs/promises";
import { tinyConfig, tinyScheduler, tinyWeights } from "../tests/tiny-model.mjs";

const bundled = new URL("../../models/fashion-mnist/", import.meta.url);

/** Three levels of (64, 128, 128) channels on RGB images of 32x32: 6.5 million parameters. */
export const LARGER = {
  ...tinyConfig,
  block_out_channels: [64, 128, 128],
  down_block_types: ["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
  in_channels: 3,
  out_channels: 3,
  layers_per_block: 2,
  norm_num_groups: 32,
  num_class_embeds: null,
  sample_size: 32,
};

/** A network of the shape of google/ddpm-cifar10-32, 35.7 million parameters, with weights from a formula. */
export function cifar10() {
  return shaped("cifar10-32's shape", { channels: [128, 256, 256, 256], attention: 1, size: 32 });
}

/** A network of the shape of google/ddpm-celebahq-256, 113.7 million parameters, with weights from a formula. */
export function celebahq() {
  return shaped("celebahq-256's shape", { channels: [128, 128, 256, 256, 512, 512], attention: 4, size: 256 });
}

/** A network of DDPM's own, with attention at one level. */
function shaped(name, { channels, attention, size }) {
  const types = (block) => channels.map((_, level) => (level === attention ? `Attn${block}` : block));
  const config = {
    ...LARGER,
    block_out_channels: channels,
    down_block_types: types("DownBlock2D"),
    up_block_types: types("UpBlock2D").reverse(),
    downsample_padding: 0,
    flip_sin_to_cos: false,
    freq_shift: 1,
    norm_eps: 1e-6,
    sample_size: size,
  };
  return { name, config, scheduler: tinyScheduler, weights: tinyWeights(undefined, config) };
}

/** Every network: `{ name, config, scheduler, weights }`, the weights as a safetensors file. */
export async function networks() {
  const json = async (path) => JSON.parse(await readFile(new URL(path, bundled), "utf8"));
  return [
    {
      name: "bundled",
      config: await json("unet/config.json"),
      scheduler: await json("scheduler/scheduler_config.json"),
      weights: await readFile(new URL("unet/diffusion_pytorch_model.fp16.safetensors", bundled)),
    },
    { name: "larger", config: LARGER, scheduler: tinyScheduler, weights: tinyWeights(undefined, LARGER) },
  ];
}

/** The tensors of a safetensors file of f32 or f16 by name: `{ shape, values }`, in f32. */
export function tensorsOf(file) {
  const bytes = new Uint8Array(file);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [first, end] = data_offsets.map((offset) => offset + 8 + length);
    tensors.set(name, { shape, values: floats(dtype, bytes.slice(first, end).buffer) });
  }
  return tensors;
}

function floats(dtype, buffer) {
  if (dtype === "F32") return new Float32Array(buffer);
  if (dtype === "F16") return Float32Array.from(new Uint16Array(buffer), half);
  throw new Error(`the benchmark reads F32 and F16, not ${dtype}`);
}

/** A number of half precision. */
function half(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return exponent === 31
    ? fraction
      ? Number.NaN
      : sign * Number.POSITIVE_INFINITY
    : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
