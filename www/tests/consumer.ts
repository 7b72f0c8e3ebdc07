// What a stranger writes against the package. It is compiled against pkg/*.d.ts alone, and never runs.

import {
  type AnalyticTable,
  type Blend,
  type DiffuseOptions,
  Diffuser,
  type Likelihood,
  type LikelihoodOptions,
  type LoadProgress,
  type Model,
  noise,
  type Plan,
  type Run,
  type SampleOptions,
  type Step,
  slerp,
  type TrainData,
  type Trainer,
  type TrainOptions,
  UnnoiseError,
} from "unnoise";
import type { DiffusionSampler, Outcome, SamplerDetails, State } from "unnoise/element";
import "unnoise/element.css";
import "unnoise/theme.css";

export async function everything(canvas: CanvasRenderingContext2D, signal: AbortSignal): Promise<string> {
  const onProgress = ({ file, loaded, total }: LoadProgress) => console.log(file, loaded / (total ?? loaded));
  const diffuser: Diffuser = await Diffuser.create({
    backend: "auto",
    assets: new URL("/unnoise/", location.href),
    startTimeout: 10_000,
    signal,
    onProgress,
    onBackend: ({ kind, reason, timing }) => console.log(kind, reason, timing?.cpu, timing?.webgpu),
    timings: [{ model: "hash", adapter: "acme", images: 1, cpu: 3, webgpu: null }],
  });
  diffuser.keepBackend();
  const model: Model = await diffuser.load("models/fashion-mnist/", { signal, onProgress });
  const [channels, height, width]: [number, number, number] = model.info.shape;
  const labels = model.info.labels?.map((label) => label.toUpperCase()) ?? [];

  const options: SampleOptions = {
    sampler: "ddim",
    eta: 0.5,
    steps: 20,
    trajectory: [900, 500, 100],
    clip: "x0-eps",
    signal,
  };
  const run: Run = model.sample({ ...options, seed: 7, rng: "torch", batch: 2, labels: [1], guidance: 2 });
  for await (const step of run) await draw(canvas, step);
  const begun: [Plan, Float32Array] = [await run.plan, await run.initial()];
  console.log(begun.length);
  const { x, images, seed } = await run.result();
  const blend: Blend = { seeds: [8, 9, 10], at: [[0, 0.5]], labels: [0, 1, 1, 0] };
  const branched: Run[] = [model.sample({ blend }), model.sample({ batch: 4, branch: 10 })];
  branched.push(model.sample({ seeds: [0, 1, 2] }), model.sample({ seed: 4, first: 5 }));
  branched.push(model.sample({ seed: 4, first: [5, 16], rng: "torch" }));
  const hash = model.info.hash?.slice(0, 8);

  const arc = slerp(
    await noise(1, [1, channels, height, width]),
    await noise([2], [1, channels, height, width], "torch", { signal }),
    0.5,
  );
  const eps: Float32Array = await model.predict(arc, [500], [0], { signal });
  const plan: Plan = await diffuser.plan({ sampler: "ddpm", variance: "large", scheduler: model.info.scheduler });
  const own = diffuser.sample({
    denoiser: async (x_t, t) => x_t.map((v) => v * t),
    shape: [1, 2, 1, 1],
    scheduler: {},
  });
  await measured(diffuser, model, x, signal);
  diffuser.dispose();
  return [
    x.length,
    images.length,
    branched.length,
    hash,
    seed,
    eps.length,
    plan.steps[0]?.s,
    own.seed,
    labels,
    diffuser.backend.reason,
  ].join();
}

async function measured(diffuser: Diffuser, model: Model, x: Float32Array, signal: AbortSignal): Promise<Plan> {
  const onProgress = (fraction: number) => console.log(fraction);
  const x_T: Float32Array = await model.encode(x, {
    steps: 100,
    trajectory: "quadratic",
    labels: [1],
    signal,
    onProgress,
  });
  const noised: Float32Array = await model.diffuse(x, [0, 499.5], { noise: x_T, signal });
  console.log(noised.length, (await model.diffuse(x, 10, { seed: 3, rng: "torch" })).length);
  const table: AnalyticTable = await model.estimateAnalytic(x, { seed: 1, onProgress });
  const bound: LikelihoodOptions = { sampler: "vdm", continuous: model.info.hasAnalytic, steps: 10 };
  const { bitsPerDim, standardError, prior, steps, decoder, k, lNull, entropyBounds, timesteps, logSnr }: Likelihood =
    await model.likelihood(x, bound);
  console.log(
    bitsPerDim,
    standardError ?? 0,
    prior,
    steps[0],
    decoder,
    k?.toFixed(),
    entropyBounds[0]?.[1],
    lNull?.toFixed(),
    timesteps.length === logSnr.length,
    x_T.length,
  );
  const plan: Plan = await diffuser.plan({
    ...{ sampler: "analytic-ddim", eta: 0.5, trajectory: "optimal", sigmaClip: 2 },
    ...{ scheduler: model.info.scheduler, meanSqEps: table.mean_sq_eps },
  });
  console.log(plan.steps[0]?.logSnr);
  return plan;
}

export async function trained(diffuser: Diffuser, images: Float32Array, signal: AbortSignal): Promise<Model> {
  const data: TrainData = { images, shape: [1, 8, 8], labels: [0, 1] };
  const options: TrainOptions = { objective: "vdm_weighted", weighting: "snr", batch: 8, device: "webgpu", signal };
  const trainer: Trainer = await diffuser.train(data, { ...options, from: await diffuser.load("/tiny/"), flip: true });
  for await (const { step, loss, losses, terms, learningRate, ms } of trainer) {
    console.log(step, loss, losses.length, terms.mse?.toFixed(3), learningRate, ms);
    if (step >= 100) break;
  }
  const state: Blob = await trainer.state();
  const { weights, config } = await trainer.save();
  const points = await diffuser.train({ points: new Float32Array(64) }, { state, network: { layers: 2, width: 32 } });
  const { parameters, scheduler, backend } = points.info;
  const denoiser = (x: Float32Array, t: number) => points.predict(x, t);
  const { x } = await diffuser.sample({ denoiser, shape: [100, 2, 1, 1], scheduler, clip: "none" }).result();
  points.dispose();
  console.log(weights, config, parameters, backend.adapter, x.length);
  return trainer.model();
}

async function draw(canvas: CanvasRenderingContext2D, step: Step): Promise<void> {
  const [pixels, xt]: [Uint8ClampedArray, Float32Array] = [step.pixels("xt"), await step.xt()];
  if (xt.length !== pixels.length) throw new Error("a byte for each number");
  if (step.next === null || step.index % 5 === 0) canvas.putImageData(step.rgba("x0", 1), 0, 0);
}

/** The element is known by its name, and its events by theirs. */
export async function embedded(): Promise<[Outcome, State, Step | undefined]> {
  const element: DiffusionSampler = document.createElement("diffusion-sampler");
  Object.assign(element, { model: "models/fashion-mnist/", autoplay: true });
  element.labels = ["bag", 3];
  element.steps = 20;
  element.start = "sketch.png";
  element.startT = 500;
  element.known = { x: new Float32Array(784), mask: [1], method: "clean" };
  element.mask = null;
  element.addEventListener("step", ({ detail }) => console.log(detail.step.index, element.steps?.toFixed()));
  element.addEventListener("complete", (event: CustomEvent<SamplerDetails["complete"]>) =>
    console.log(event.detail.seed),
  );
  const again: Promise<Float32Array> | undefined = element.loaded?.predict(new Float32Array(784), 500);
  console.log((await again)?.length);
  element.addEventListener("click", (event) => console.log(event.clientX));
  return [await element.generate(), element.state, element.current];
}

// @ts-expect-error a property that there is not
document.createElement("diffusion-sampler").sedd = 7;

export function explain(error: unknown): string {
  return error instanceof UnnoiseError ? `${error.code}: ${error.message} ${error.hint ?? ""}` : String(error);
}

// @ts-expect-error a sampler that there is not
export const wrongSampler: SampleOptions = { sampler: "euler" };
// @ts-expect-error a place in a batch of three numbers
export const wrongPlace: SampleOptions = { first: [1, 2, 3] };
// @ts-expect-error an option that there is not
export const wrongName: SampleOptions = { stpes: 5 };
// @ts-expect-error a bound that there is not
export const wrongBound: LikelihoodOptions = { sampler: "ddim" };
// @ts-expect-error a class, where images are only noised
export const wrongNoising: DiffuseOptions = { labels: [1] };
// @ts-expect-error images without their shape
export const wrongData: TrainData = { images: new Float32Array(64) };
// @ts-expect-error an objective that there is not
export const wrongObjective: TrainOptions = { objective: "elbo" };
// @ts-expect-error models are made by Diffuser.load
export const wrongMaker = (model: typeof Model) => new model();
