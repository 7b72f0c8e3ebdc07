/**
 * Asks every back end of this machine about the same small networks: how far they agree, and how long each takes. A file of its own,
 * fetched when it is first called for, so it imports nothing that the library holds.
 */
import { hasCode, messageOf } from "../errors.ts";
import type { Target } from "../types.ts";
import type { CheckedBackend, CheckReport } from "./checked.ts";
import { choose } from "./choose.ts";
import type { Client } from "./client.ts";
import type { Host } from "./host.ts";
import { type Started, open as started } from "./start.ts";

/** Convolutions, group norms and SiLU, at one resolution. */
const PLAIN = {
  act_fn: "silu",
  add_attention: false,
  attention_head_dim: 8,
  block_out_channels: [32],
  down_block_types: ["DownBlock2D"],
  in_channels: 3,
  layers_per_block: 1,
  norm_num_groups: 8,
  out_channels: 3,
  sample_size: 16,
  up_block_types: ["UpBlock2D"],
};

/** The same at two resolutions. */
const LEVELS = {
  ...PLAIN,
  block_out_channels: [32, 32],
  down_block_types: ["DownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "UpBlock2D"],
};

/** The content of a config.json, and what a network of it shows. */
interface Part {
  name: string;
  config: typeof PLAIN & Record<string, unknown>;
}

const PARTS: readonly Part[] = [
  { name: "convolutions, group norms, SiLU", config: PLAIN },
  {
    name: "self-attention",
    config: { ...PLAIN, down_block_types: ["AttnDownBlock2D"], up_block_types: ["AttnUpBlock2D"] },
  },
  { name: "half and double size by convolutions", config: LEVELS },
  {
    name: "half and double size by residual blocks",
    config: { ...LEVELS, downsample_type: "resnet", upsample_type: "resnet" },
  },
  { name: "scale and shift by the timestep", config: { ...PLAIN, resnet_time_scale_shift: "scale_shift" } },
  { name: "GELU", config: { ...PLAIN, act_fn: "gelu" } },
  { name: "Mish", config: { ...PLAIN, act_fn: "mish" } },
  { name: "ReLU", config: { ...PLAIN, act_fn: "relu" } },
];

/** Who is asked, in this order. */
const TARGETS: readonly Target[] = [
  { kind: "cpu", device: "cpu" },
  { kind: "webgpu", device: "webgpu" },
  { kind: "burn", device: "webgpu" },
];

/** How often a prediction is timed, after one that is not. */
const TIMED = 3;

interface Answers {
  backend: CheckedBackend;
  predictions: { y: Float32Array; ms: number }[];
}

/** Asks one back end after the other, each in a worker of its own, which ends with the check, with the signal or with the Diffuser. */
export async function check(
  { options, life }: Pick<Host, "options" | "life">,
  given: AbortSignal | undefined,
  onProgress: (fraction: number) => void,
): Promise<CheckReport> {
  const signal = AbortSignal.any(given ? [life, given] : [life]);
  const { assets, startTimeout } = options;
  const open = async ({ kind, device }: Target) => {
    const choice = await choose({ backend: kind, device: kind === "burn" ? device : undefined }, startTimeout);
    return started(choice, { assets, workers: 1, startTimeout, onProgress: () => {}, signal });
  };
  const all: Answers[] = [];
  for (const [index, target] of TARGETS.entries()) {
    all.push(await ask(target, open, signal, (done) => onProgress((index + done) / TARGETS.length)));
  }
  const parts = PARTS.map(({ name }, part) => {
    const expected = all[0]?.predictions[part]?.y;
    const answers = all.map(({ predictions }) => {
      const found = predictions[part];
      return found && expected ? { distance: relative(found.y, expected), ms: found.ms } : null;
    });
    return { name, answers };
  });
  return { backends: all.map(({ backend }) => backend), parts };
}

async function ask(
  target: Target,
  open: (target: Target) => Promise<Started>,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<Answers> {
  const answers: Answers = { backend: target, predictions: [] };
  let client: Client | undefined;
  const end = () => client?.dispose();
  try {
    signal.throwIfAborted();
    const opened = await open(target);
    client = opened.client;
    signal.addEventListener("abort", end, { once: true });
    answers.backend = { ...target, adapter: opened.backend.adapter, knownAnswer: client.selfTest };
    for (const { config } of PARTS) {
      answers.predictions.push(await predict(client, config));
      onProgress(answers.predictions.length / PARTS.length);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!hasCode(error)) throw error;
    answers.backend = { ...answers.backend, failed: messageOf(error) };
  } finally {
    signal.removeEventListener("abort", end);
    client?.dispose();
  }
  return answers;
}

async function predict(client: Client, config: { in_channels: number; sample_size: number }) {
  const weights = await client.call((worker) => worker.formulaWeights(config));
  const { network } = await client.call((worker) => worker.load({ config, weights }));
  const { in_channels: channels, sample_size: side } = config;
  const x = await client.call((worker) => worker.noise(1, [1, channels, side, side], undefined));
  const took: number[] = [];
  let y = new Float32Array();
  for (let i = 0; i <= TIMED; i++) {
    const begun = performance.now();
    y = await client.call((worker) => worker.predict(network, x, 321, undefined));
    took.push(performance.now() - begun);
  }
  await client.call((worker) => worker.close(network));
  const [, ...timed] = took;
  return { y, ms: timed.sort((a, b) => a - b)[Math.floor(TIMED / 2)] ?? Number.NaN };
}

/** The length of the difference over the length of what was expected. */
function relative(found: Float32Array, expected: Float32Array): number {
  const length = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length(found.map((value, i) => value - (expected[i] ?? Number.NaN))) / length(expected);
}
