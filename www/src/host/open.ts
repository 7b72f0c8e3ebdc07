/** Starts a worker from its script, in a way that the place allows. */
import type { Endpoint } from "comlink";
import { messageOf, UnnoiseError } from "../errors.ts";
import { type Policy, place } from "../place.ts";
import { refusal } from "./download.ts";
import { filesHint } from "./module.ts";
import { fetchOrRead, NodeWorker } from "./node.ts";

/** A worker that runs. */
export interface Thread extends Endpoint {
  terminate(): void;
  /** In Node.js: keeps the program alive, or no longer. */
  hold?(held: boolean): void;
}

/** Starts a worker; its name is what developer tools call it. */
export type Opening = (name: string, signal?: AbortSignal) => Promise<Thread>;

/** The name that a Content-Security-Policy lets our policy have: `trusted-types unnoise`. */
const POLICY = "unnoise";

const SCRIPT = "text/javascript";

let policy: Policy | null | undefined;

/**
 * Starts a worker and waits until it can be asked.
 *
 * @throws UnnoiseError "unsupported", "trusted-types" or "module-failed"; the signal's reason once it aborts.
 */
export async function openWorker(script: URL, name: string, signal: AbortSignal): Promise<Thread> {
  signal.throwIfAborted();
  const thread = NodeWorker.start(script, name);
  const worker = await (thread ? ready(thread, script, signal) : inBrowser(script, name, signal));
  if (worker) return worker;
  throw await obstacle(script);
}

/** A browser's worker; undefined where its script is not loaded. */
async function inBrowser(script: URL, name: string, signal: AbortSignal): Promise<Thread | undefined> {
  if (!("Worker" in globalThis)) {
    const hint = "Create the Diffuser in a page or in a dedicated worker.";
    throw new UnnoiseError("unsupported", "no worker can be started here", { hint });
  }
  const isOwn = script.origin === globalThis.origin;
  const worker = isOwn ? await ready(webWorker(script.href, name), script, signal) : undefined;
  if (worker) return worker;
  // A script of another origin is imported by one of this origin. So is one that was not loaded as it is: under a
  // Cross-Origin-Embedder-Policy a worker's file must be sent with that header too, an imported one need not.
  const shim = `import ${JSON.stringify(script.href)};`;
  // In a frame without an origin Chromium loads no module from a blob.
  const address = place.origin === "null" ? `data:${SCRIPT},${encodeURIComponent(shim)}` : blobOf(shim);
  try {
    return await ready(webWorker(address, name), script, signal);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function blobOf(script: string): string {
  return URL.createObjectURL(new Blob([script], { type: SCRIPT }));
}

function webWorker(address: string, name: string): Worker {
  const own = ownPolicy();
  try {
    return new Worker(own?.createScriptURL(address) ?? address, { type: "module", name });
  } catch (cause) {
    if (own !== null || !(cause instanceof TypeError)) {
      throw new UnnoiseError("module-failed", `the worker could not be started: ${messageOf(cause)}`, { cause });
    }
    const hint = `Add \`trusted-types ${POLICY}\` to the Content-Security-Policy.`;
    const message = "the Content-Security-Policy does not let a worker start (require-trusted-types-for 'script')";
    throw new UnnoiseError("trusted-types", message, { hint, cause });
  }
}

/**
 * The policy that lets a worker start where Trusted Types are enforced; null where it is not allowed by its name, undefined where the
 * browser has none. It never leaves this file, so it is asked about worker.js alone.
 */
function ownPolicy(): Policy | null | undefined {
  if (policy !== undefined) return policy;
  try {
    policy = place.trustedTypes?.createPolicy(POLICY, { createScriptURL: (address) => address });
  } catch {
    policy = null;
  }
  return policy;
}

/** The worker, once it has said something; undefined where its script was not loaded. */
function ready<T extends Thread>(worker: T, script: URL, signal: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  return new Promise<T | undefined>((resolve, reject) => {
    const listen = (type: string, heard: (event: Event) => void, on: Thread | AbortSignal = worker) =>
      on.addEventListener(type, heard, { signal: over.signal });
    listen("message", () => resolve(worker));
    listen("error", (event) => {
      event.preventDefault();
      worker.terminate();
      // Without a message the script itself could not be loaded.
      if (!("message" in event && event.message)) return resolve(undefined);
      reject(new UnnoiseError("module-failed", `${script.href} failed: ${event.message}`));
    });
    const abort = () => {
      worker.terminate();
      reject(signal.reason);
    };
    listen("abort", abort, signal);
  }).finally(() => over.abort());
}

/** Why a worker's script was not loaded, as far as can be found out. */
async function obstacle(script: URL): Promise<UnnoiseError> {
  const found = await fetchOrRead(script).then(({ ok, status, headers }) => {
    const type = headers.get("content-type") ?? "nothing";
    if (!ok) return refusal({ url: script, status });
    return /javascript|ecmascript/.test(type)
      ? "the page or the server forbids it as a worker"
      : `it is sent as ${type}`;
  }, messageOf);
  const hint = `A Content-Security-Policy must allow it in worker-src. ${filesHint()}`;
  return new UnnoiseError("module-failed", `${script.href} could not be loaded: ${found}`, { hint });
}
