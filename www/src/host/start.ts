/** Starts the chosen back end, makes it prove itself, and falls back to the CPU where the choice was automatic. */
import { anyOf, untilAborted } from "../abort.ts";
import type { Assets } from "../assets.ts";
import { messageOf, UnnoiseError } from "../errors.ts";
import type { Backend, LoadProgress } from "../types.ts";
import { type Choice, choose, needsWebgpu, unavailable, type Wanted } from "./choose.ts";
import { Client } from "./client.ts";
import { downloadModule, hasRelaxedSimd } from "./module.ts";
import { type Opening, openWorker } from "./open.ts";
import { withoutStall } from "./stall.ts";

/** Largest relative L2 error of the known-answer check: float32 on every adapter stays below it, a wrong kernel does not. */
const LARGEST_ERROR = 1e-3;

export interface StartOptions extends Wanted {
  /** Over how many workers the CPU module spreads a batch. */
  workers: number;
  assets: Assets;
  onProgress: (progress: LoadProgress) => void;
  /** How long a file or the graphics device may keep silent, in milliseconds. */
  startTimeout: number;
  /** Ends the start: it rejects with the signal's reason, and leaves no worker. */
  signal?: AbortSignal | undefined;
}

/** A worker that has passed its check. */
export interface Started {
  client: Client;
  backend: Backend;
}

/**
 * Starts a worker and says why it is this one.
 *
 * @throws UnnoiseError "webgpu-unavailable", "self-test-failed", "module-failed" or "start-timeout".
 */
export async function start(o: StartOptions): Promise<Started> {
  const { signal } = o;
  signal?.throwIfAborted();
  const starting = startAny(o);
  // One that is done just when the signal aborts is nobody's.
  void starting.then(({ client }) => signal?.aborted && client.dispose()).catch(() => {});
  return untilAborted(starting, signal);
}

async function startAny(o: StartOptions): Promise<Started> {
  const choice = await choose(o, o.startTimeout);
  try {
    return await begin(choice, o);
  } catch (error) {
    if (choice.device === "cpu" || o.signal?.aborted || isWorkerSilent(error, o.assets)) throw error;
    if (needsWebgpu(o)) throw hasOpened(error) ? error : unavailable(messageOf(error), error);
    const reason = `WebGPU was tried and given up: ${messageOf(error)}`;
    return begin({ kind: choice.kind === "burn" ? "burn" : "cpu", device: "cpu", reason }, o);
  }
}

/** Starts a worker, and leaves the verdict on its known answer to the caller. */
export async function open(
  { kind, device, reason, adapter }: Choice,
  { assets, onProgress, signal, startTimeout, ...o }: Omit<StartOptions, keyof Wanted>,
): Promise<Started> {
  const workers = kind === "cpu" ? o.workers : 1;
  const { glue, wasm, relaxed = wasm } = assets[kind];
  const address = hasRelaxedSimd() ? relaxed : wasm;
  const arriving = withoutStall(startTimeout, address.href, (progress) => {
    const report = (bytes: LoadProgress) => {
      progress();
      onProgress(bytes);
    };
    return downloadModule(kind, address, report, signal);
  });
  // Where the worker fails before the module is there, nobody waits for it.
  arriving.catch(() => {});
  const files = { glue: glue.href, wasm: arriving };
  const opening: Opening = (name, signal) => {
    const { worker } = assets;
    return withoutStall(startTimeout, worker.href, (_, stalled) => openWorker(worker, name, anyOf(signal, stalled)));
  };
  const client = await Client.start({ kind, device }, opening, files, { signal, workers, startTimeout });
  return { client, backend: { kind, device, adapter: adapter ?? client.adapter, reason, workers } };
}

/** Starts a worker, which must give the known answer; nothing takes its place where it fails. */
export async function begin(choice: Choice, o: Omit<StartOptions, keyof Wanted>): Promise<Started> {
  const { client, backend } = await open(choice, o);
  const { kind, device } = choice;
  if (client.selfTest <= LARGEST_ERROR) return { client, backend };
  const found = client.selfTest.toPrecision(2);
  const message = `the ${kind} module failed its known-answer check: relative error ${found}; at most ${LARGEST_ERROR} is allowed`;
  const hint = device === "webgpu" ? "Use the CPU: this graphics driver computes wrong results." : undefined;
  const failure = new UnnoiseError("self-test-failed", message, { hint });
  client.stop(failure);
  throw failure;
}

/** Whether it is worker.js that keeps silent: it would be the same file for the CPU, and cost the same wait once more. */
function isWorkerSilent(error: unknown, { worker }: Assets): boolean {
  return error instanceof UnnoiseError && error.code === "start-timeout" && error.message.startsWith(worker.href);
}

/** Whether the failure is of the module, of its files or of its results, not of opening WebGPU. */
function hasOpened(error: unknown): boolean {
  return error instanceof UnnoiseError && ["self-test-failed", "module-failed", "start-timeout"].includes(error.code);
}
