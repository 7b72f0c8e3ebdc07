/** The dedicated worker: the only place that imports the wasm module and holds what lives in its memory. */
import { expose } from "comlink";
import type { ModuleFiles } from "../assets.ts";
import { messageOf, UnnoiseError } from "../errors.ts";
import { moduleFailed } from "../host/module.ts";
import { ownPort } from "../host/node.ts";
import { type Bridge, UNREADABLE } from "../protocol.ts";
import { carryErrors, moving } from "../transfer.ts";
import type { BackendKind } from "../types.ts";
import type { Conditioning, Engine, Glue, Measurement, Network, Run, StepData } from "../wasm.ts";
import { Crew } from "./crew.ts";
import { Guard } from "./guard.ts";
import { isSpreadable, spreadPredict, spreadStep } from "./spread.ts";
import { Told } from "./told.ts";

/** The module, once it runs. */
interface Module {
  glue: Glue;
  memory: WebAssembly.Memory;
  engine: Engine;
  /** The further workers that a batch is spread over, where there are to be any. */
  crew: Crew | undefined;
}

/** A run; one of a network has that, its number, and what it tells it where it is a batch that is spread over workers. */
interface Running {
  run: Run;
  of?: { network: Network; number: number; told: Told | undefined };
}

/** How long steps that nobody sees share a message, in milliseconds; then other calls get their turn. */
const UNSEEN_MS = 40;

let module: Module | undefined;
let lastNumber = 0;
const networks = new Map<number, Network>();
const runs = new Map<number, Running>();
const measurements = new Map<number, { measurement: Measurement; network: Network }>();
const conditionings = new Map<number, Conditioning>();

const guard = new Guard();
guard.watchPanics(globalThis);
guard.watchDevices();
carryErrors();

const bridge: Bridge = {
  fetchGlue: async (glue) => {
    // What comes next finds it there or on its way, or fetches it again.
    await import(glue).catch(() => {});
  },
  start: ({ kind, device }, files, more) =>
    guard.run(async () => {
      const { glue, memory, compiled } = await instantiate(kind, files);
      const engine = await glue.Engine.open(device);
      const crew = more && new Crew({ ...more, files: { ...files, wasm: compiled } });
      module = { glue, memory, engine, crew };
      return engine.adapter;
    }),
  selfTest: () => guard.run(() => opened().engine.selfTest()),

  rehearse: (config, halves) => guard.run(() => opened().engine.rehearse(config, halves)),

  load: ({ weights, ...files }) =>
    guard.run(async () => {
      const bytes = new Uint8Array(weights instanceof Blob ? await contentOf(weights) : weights);
      // The browser hashes on another thread, while the network is made.
      const hashing = hashOf(bytes);
      const network = opened().engine.load({ ...files, weights: bytes });
      const hash = await hashing;
      const info = network.info();
      const number = keep(networks, network);
      module?.crew?.keep(number, { ...files, weights: weights instanceof Blob ? weights : new Blob([bytes]) });
      return { network: number, info: hash === undefined ? info : { ...info, hash } };
    }),

  formulaWeights: (config) =>
    guard.run(() => {
      const { buffer } = opened().glue.formulaWeights(config);
      return moving(buffer, buffer);
    }),

  unload: (number) =>
    guard.run(() => {
      networks.get(number)?.free();
      networks.delete(number);
      module?.crew?.forget(number);
    }),

  predict: (number, x, t, labels) =>
    guard.run(async () => {
      const [network, crew] = [networkOf(number), module?.crew];
      const spread = crew && isSpreadable(network, x, t, labels);
      const prediction = spread
        ? await spreadPredict(crew, { network, number }, x.slice(), t, labels)
        : await network.predict(x, t, labels);
      return moving(prediction, prediction);
    }),
  diffuse: (number, x, t, options) =>
    guard.run(() => {
      const noised = networkOf(number).diffuse(x, t, options);
      return moving(noised, noised);
    }),
  conditioning: (number, options) => guard.run(() => keep(conditionings, networkOf(number).conditioning(options))),
  predictImages: (number, x, t, told, first) =>
    guard.run(async () => {
      const conditioning = conditionings.get(told);
      if (!conditioning) throw new Error(`there is no conditioning ${told}`);
      const prediction = await networkOf(number).predictImages(x, t, conditioning, first);
      return moving(prediction, prediction);
    }),

  planOf: (number, options) => guard.run(() => networkOf(number).plan(options)),
  plan: (options, { scheduler, meanSqEps }) => guard.run(() => opened().glue.plan(options, scheduler, meanSqEps)),

  run: (number, options) =>
    guard.run(() => {
      const network = networkOf(number);
      const run = network.run(options);
      const isSpread = module?.crew && isSpreadable(network, run.input());
      return keep(runs, { run, of: { network, number, told: isSpread ? new Told(network, options) : undefined } });
    }),
  runWithDenoiser: (options, { scheduler, meanSqEps }, shape) =>
    guard.run(() => keep(runs, { run: opened().glue.runWithDenoiser(options, scheduler, shape, meanSqEps) })),

  planOfRun: (number) => guard.run(() => runOf(number).run.plan()),
  initial: (number) =>
    guard.run(() => {
      const x = runOf(number).run.initial();
      return moving(x, x);
    }),
  resume: (number, index, xt) => guard.run(() => runOf(number).run.resume(index, xt)),
  step: (number) => guard.run(async () => movingStep(await takeStep(runOf(number), true))),
  skip: (number, to, prediction) =>
    guard.run(async () => {
      const running = runOf(number);
      const { run } = running;
      const end = performance.now() + UNSEEN_MS;
      while (run.index < Math.min(to, run.steps - 1)) {
        if (prediction) run.advance(prediction, false);
        else await takeStep(running, false);
        if (prediction || performance.now() > end) break;
      }
      return run.index;
    }),
  input: (number) =>
    guard.run(() => {
      const { run } = runOf(number);
      const x = run.input();
      return moving({ x, timestep: run.timestep(), index: run.index }, x);
    }),
  advance: (number, prediction) => guard.run(() => movingStep(runOf(number).run.advance(prediction, true))),
  floats: (number) =>
    guard.run(async () => {
      const floats = await runOf(number).run.floats();
      return moving(floats, floats.x0, floats.xt);
    }),

  measure: (number, kind, x, options) =>
    guard.run(() => {
      const network = networkOf(number);
      const measurement = network[kind](x, options);
      return { measurement: keep(measurements, { measurement, network }), steps: measurement.steps };
    }),
  measureStep: (number) =>
    guard.run(() => {
      const { measurement, network } = measurementOf(number);
      return measurement.step(network);
    }),
  finish: (number) =>
    guard.run(() => {
      const { measurement, network } = measurementOf(number);
      const found = measurement.finish(network);
      return { found, hasAnalytic: network.info().hasAnalytic };
    }),

  close: (number) =>
    guard.run(() => {
      const running = runs.get(number);
      running?.run.free();
      running?.of?.told?.free();
      runs.delete(number);
      conditionings.get(number)?.free();
      conditionings.delete(number);
      measurements.get(number)?.measurement.free();
      measurements.delete(number);
    }),

  noise: (seed, shape, rng) =>
    guard.run(() => {
      const floats = opened().glue.noise(seed, shape, rng);
      return moving(floats, floats);
    }),
  memory: () => guard.run(() => opened().memory.buffer.byteLength),
};

const port = ownPort() ?? globalThis;
expose(bridge, port);
port.addEventListener("messageerror", () => port.postMessage(UNREADABLE));
port.postMessage("ready");

/** Compiles a module and starts it. */
async function instantiate(kind: BackendKind, { glue: address, wasm }: ModuleFiles) {
  try {
    const glueThere: Promise<Glue> = import(address);
    const compiling = wasm instanceof WebAssembly.Module ? wasm : WebAssembly.compile(wasm);
    const [glue, compiled] = await Promise.all([glueThere, compiling]);
    const { memory } = await glue.default({ module_or_path: compiled });
    return { glue, memory, compiled };
  } catch (cause) {
    throw moduleFailed(kind, cause);
  }
}

/** A blob's bytes; a file that has changed or gone since it was picked cannot be read. */
async function contentOf(weights: Blob): Promise<ArrayBuffer> {
  try {
    return await weights.arrayBuffer();
  } catch (cause) {
    const hint = "Pick the file again.";
    throw new UnnoiseError("unreachable", `the weights could not be read: ${messageOf(cause)}`, { hint, cause });
  }
}

/** SHA-256 in hex; nothing where the page is not secure, or where the bytes are too many for the browser. */
async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const digest = await globalThis.crypto.subtle?.digest("SHA-256", bytes).catch(() => undefined);
  return digest && [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function opened(): Module {
  if (!module) throw new Error("the module has not been started");
  return module;
}

function keep<T>(table: Map<number, T>, value: T): number {
  lastNumber += 1;
  table.set(lastNumber, value);
  return lastNumber;
}

function networkOf(number: number): Network {
  const network = networks.get(number);
  if (!network) throw new Error(`there is no network ${number}`);
  return network;
}

function runOf(number: number) {
  const run = runs.get(number);
  if (!run) throw new UnnoiseError("run-closed", "the run has been closed");
  return run;
}

function measurementOf(number: number) {
  const measurement = measurements.get(number);
  if (!measurement) throw new Error(`there is no measurement ${number}`);
  return measurement;
}

async function takeStep({ run, of }: Running, seen: boolean): Promise<StepData | undefined> {
  if (!of) throw new Error("a run without a network cannot predict");
  const crew = module?.crew;
  return crew && of.told ? spreadStep(crew, of, run, of.told, seen) : run.step(of.network, seen);
}

function movingStep(step: StepData | undefined): StepData {
  if (!step) throw new Error("a step that is seen has pictures");
  const { pixels, floats } = step;
  return moving(step, pixels.x0, pixels.xt, ...(floats ? [floats.x0, floats.xt] : []));
}
