/** The dedicated worker: the only place that imports the wasm module and holds what lives in its memory. */
import { expose } from "comlink";
import type { ModuleFiles } from "../assets.ts";
import { UnnoiseError } from "../errors.ts";
import { moduleFailed } from "../host/module.ts";
import { ownPort } from "../host/node.ts";
import { type Bridge, type FilesMessage, OWN_POTENTIAL, UNREADABLE } from "../protocol.ts";
import { moving } from "../transfer.ts";
import type { BackendKind } from "../types.ts";
import type {
  Conditioning,
  Engine,
  Floats,
  Glue,
  Measurement,
  Network,
  Run,
  StepData,
  Trainer,
  TrainStep,
} from "../wasm.ts";
import { Crew } from "./crew.ts";
import { Guard } from "./guard.ts";
import { isSpreadable, spreadPredict, spreadPrediction, Told } from "./spread.ts";
import { type Around, Arrival, bytesOf, checkShards, type Loaded, load } from "./weights.ts";

/** The module, once it runs. */
interface Module {
  glue: Glue;
  memory: WebAssembly.Memory;
  engine: Engine;
  /** The further workers that a batch is spread over, where there are to be any. */
  crew: Crew | undefined;
}

/**
 * A run; one of a network has that, its number, and what it tells it where it is a batch that is spread over workers, or where each
 * prediction is looked at before its step.
 */
interface Running {
  run: Run;
  of?: { network: Network; number: number; told: Told | undefined };
  /** That of the pending step, while a potential of the caller's own is asked. */
  prediction?: Floats | undefined;
}

/** How long steps that nobody sees share a message, in milliseconds; then other calls get their turn. */
const UNSEEN_MS = 40;
/** The same for steps of a training. */
const TRAIN_MS = 30;

let module: Module | undefined;
let lastNumber = 0;
const arrivals = new Map<number, { files: Omit<FilesMessage, "weights">; arrival: Arrival }>();
const networks = new Map<number, Network>();
const runs = new Map<number, Running>();
const measurements = new Map<number, { measurement: Measurement; network: Network }>();
const conditionings = new Map<number, Conditioning>();
const trainers = new Map<number, Trainer>();

const guard = new Guard();
guard.watchPanics(globalThis);
guard.watchDevices();
/** Does the work in its turn. The buffers of what it gives are the caller's, so they move. */
function answer<T>(work: () => T | Promise<T>): Promise<T> {
  return guard.run(async () => moving(await work()));
}

const bridge: Bridge = {
  fetchGlue: async (glue) => {
    // What comes next finds it there or on its way, or fetches it again.
    await import(glue).catch(() => {});
  },
  start: ({ kind, device }, files, workers, recruiter) =>
    answer(async () => {
      const { glue, memory, compiled } = await instantiate(kind, files);
      const engine = await glue.Engine.open(device);
      const crew = recruiter && new Crew({ recruiter, workers, files: { ...files, wasm: compiled } });
      module = { glue, memory, engine, crew };
      return engine.adapter;
    }),
  crashed: async (further) => module?.crew?.crashed(further),
  selfTest: () => answer(() => opened().engine.selfTest()),
  rehearse: (config, halves) => answer(() => opened().engine.rehearse(config, halves)),

  load: ({ shards = [], ...files }) =>
    answer(async () => {
      await checkShards(shards, opened().glue);
      return loaded(files, await load(files, around()));
    }),
  arrive: (files, length) => answer(() => keep(arrivals, { files, arrival: new Arrival(files, length, around()) })),
  piece: (number, piece) =>
    answer(() => {
      held(arrivals, number).arrival.add(piece.slice());
      return piece;
    }),
  arrived: (number) =>
    answer(async () => {
      const { files, arrival } = held(arrivals, number);
      arrivals.delete(number);
      return loaded(files, await arrival.finish());
    }),
  files: (number) => answer(() => module?.crew?.files(number)),
  formulaWeights: (config) => answer(() => opened().glue.formulaWeights(config).buffer),

  predict: (number, x, t, labels) =>
    answer(() => {
      const [network, crew] = [held(networks, number), module?.crew];
      if (!crew || !isSpreadable(network, x, t, labels)) return network.predict(x, t, labels);
      return spreadPredict(crew, { network, number }, x.slice(), t, labels);
    }),
  diffuse: (number, x, t, options) => answer(() => held(networks, number).diffuse(x, t, options)),
  conditioning: (number, options) => answer(() => keep(conditionings, held(networks, number).conditioning(options))),
  predictImages: (number, x, t, told, first) =>
    answer(() => held(networks, number).predictImages(x, t, held(conditionings, told), first)),

  planOf: (number, options) => answer(() => held(networks, number).plan(options)),
  plan: (options, { scheduler, meanSqEps }) => answer(() => opened().glue.plan(options, scheduler, meanSqEps)),

  run: (number, options) =>
    answer(() => {
      const network = held(networks, number);
      const run = network.run(options);
      const isSpread = module?.crew && isSpreadable(network, run.input());
      const told = isSpread || isLookedAt(options) ? new Told(network, run, options) : undefined;
      return keep(runs, { run, of: { network, number, told } });
    }),
  runWithDenoiser: (options, { scheduler, meanSqEps }, shape) =>
    answer(() => keep(runs, { run: opened().glue.runWithDenoiser(options, scheduler, shape, meanSqEps) })),
  planOfRun: (number) => answer(() => held(runs, number).run.plan()),
  initial: (number) => answer(() => held(runs, number).run.initial()),
  resume: (number, index, xt) => answer(() => held(runs, number).run.resume(index, xt)),
  step: (number) => answer(async () => seen(await takeStep(held(runs, number), true))),
  skip: (number, to, prediction, gradient) =>
    answer(async () => {
      const running = held(runs, number);
      const { run } = running;
      const end = performance.now() + UNSEEN_MS;
      while (run.index < Math.min(to, run.steps - 1)) {
        const single = prediction !== undefined || gradient !== undefined;
        if (single) advance(running, prediction, gradient, false);
        else await takeStep(running, false);
        if (single || performance.now() > end) break;
      }
      return run.index;
    }),
  input: (number) =>
    answer(() => {
      const { run } = held(runs, number);
      return { x: run.input(), timestep: run.timestep(), index: run.index };
    }),
  asked: (number, prediction) =>
    answer(async () => {
      const running = held(runs, number);
      running.prediction = prediction ? prediction.slice() : (running.prediction ?? (await predictionOf(running)));
      return running.run.asked(running.prediction);
    }),
  advance: (number, prediction, gradient) =>
    answer(() => seen(advance(held(runs, number), prediction, gradient, true))),
  floats: (number) => answer(() => held(runs, number).run.floats()),

  measure: (number, kind, x, options) =>
    answer(() => {
      const network = held(networks, number);
      const measurement = network[kind](x, options);
      return { measurement: keep(measurements, { measurement, network }), steps: measurement.steps };
    }),
  measureStep: (number) =>
    answer(() => {
      const { measurement, network } = held(measurements, number);
      return measurement.step(network);
    }),
  finish: (number) =>
    answer(() => {
      const { measurement, network } = held(measurements, number);
      return { found: measurement.finish(network), hasAnalytic: network.info().hasAnalytic };
    }),

  train: (data, options, base, state) =>
    answer(async () => {
      const from = base && { ...base, weights: await bytesOf("weights", base.weights) };
      const { glue, engine } = opened();
      const trainer = glue.Trainer.start(engine, data, options, from, state && (await bytesOf("state", state)));
      return { trainer: keep(trainers, trainer), info: trainer.info() };
    }),
  trainSteps: (number, most) =>
    answer(async () => {
      const trainer = held(trainers, number);
      const steps: TrainStep[] = [];
      const begun = performance.now();
      let ms = 0;
      for (; ms < TRAIN_MS && steps.length < most; ms = performance.now() - begun) steps.push(await trainer.step());
      return { steps, gamma: trainer.gamma(), betas: trainer.betas(), ms };
    }),
  trainPredict: (number, x, t, labels) => answer(() => held(trainers, number).predict(x, t, labels)),
  trainFiles: (number) => answer(() => held(trainers, number).files()),
  trainState: (number) => answer(() => held(trainers, number).state()),

  close: (number) =>
    answer(() => {
      taken(arrivals, number)?.arrival.free();
      taken(networks, number)?.free();
      module?.crew?.forget(number);
      const running = taken(runs, number);
      running?.run.free();
      running?.of?.told?.free();
      taken(conditionings, number)?.free();
      taken(measurements, number)?.measurement.free();
      taken(trainers, number)?.free();
    }),

  noise: (seed, shape, rng) => answer(() => opened().glue.noise(seed, shape, rng)),
  memory: () => answer(() => opened().memory.buffer.byteLength),
};

const port = ownPort() ?? globalThis;
serve(port);
// A further worker is asked by the first one, on a port of their own.
port.addEventListener("message", (event) => "data" in event && event.data instanceof MessagePort && serve(event.data));
port.postMessage("ready");

function serve(asked: typeof port): void {
  expose(bridge, asked);
  asked.addEventListener("messageerror", () => asked.postMessage(UNREADABLE));
}

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

function opened(): Module {
  if (!module) throw new Error("the module has not been started");
  return module;
}

/** What weights are given to. */
function around(): Around {
  const { glue, engine, crew } = opened();
  return { glue, engine, isKept: crew !== undefined };
}

/** Keeps a network, and what its further copies are made from. */
function loaded(files: Omit<FilesMessage, "weights">, { network, hash, kept }: Loaded) {
  const number = keep(networks, network);
  if (kept) module?.crew?.keep(number, { files: { ...files, hash, weights: kept }, bytes: network.bytes });
  return { network: number, info: { ...network.info(), hash } };
}

function keep<T>(table: Map<number, T>, value: T): number {
  lastNumber += 1;
  table.set(lastNumber, value);
  return lastNumber;
}

/** What is there under a number. Only a run is asked for after its end. */
function held<T>(table: Map<number, T>, number: number): T {
  const value = table.get(number);
  if (value !== undefined) return value;
  throw table === runs ? new UnnoiseError("run-closed", "the run has been closed") : new Error(`nothing is ${number}`);
}

/** The same where there is anything, and takes it out. */
function taken<T>(table: Map<number, T>, number: number): T | undefined {
  const value = table.get(number);
  table.delete(number);
  return value;
}

/** The network's prediction for the pending step. */
function predictionOf({ run, of }: Running): Promise<Floats> {
  if (!of?.told) throw new Error("a run without a network cannot predict");
  return spreadPrediction(module?.crew, of, run, of.told);
}

/** Takes a step with this prediction, or with the one that is kept. */
function advance(running: Running, given: Float32Array | undefined, gradient: Float32Array | undefined, seen: boolean) {
  const prediction = given ?? running.prediction;
  if (!prediction) throw new Error("a step is taken with a prediction");
  const step = running.run.advance(prediction, gradient, seen);
  running.prediction = undefined;
  return step;
}

/** Whether a run has a potential of the caller's own: see api/potential.ts. */
function isLookedAt({ potential }: Record<string, unknown>): boolean {
  return typeof potential === "object" && potential !== null && "r" in potential && potential.r === OWN_POTENTIAL;
}

async function takeStep({ run, of }: Running, seen: boolean): Promise<StepData | undefined> {
  if (!of) throw new Error("a run without a network cannot predict");
  const crew = module?.crew;
  if (!crew || !of.told) return run.step(of.network, seen);
  return run.advance(await spreadPrediction(crew, of, run, of.told), undefined, seen);
}

function seen(step: StepData | undefined): StepData {
  if (!step) throw new Error("a step that is seen has pictures");
  return step;
}
