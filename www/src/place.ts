/** Where this code runs: a page, a worker of one, or a runtime for servers (Node.js, Bun, Deno). */

/** What of it may be there. */
interface Place {
  document?: { baseURI: string; hidden?: boolean };
  location?: { href: string };
  origin?: string;
  navigator?: { hardwareConcurrency?: number; connection?: { saveData?: boolean } };
  trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
  process?: {
    cwd(): string;
    execArgv?: string[];
    getBuiltinModule?<N extends keyof Builtins>(name: N): Builtins[N] | undefined;
  };
}

/** A policy of Trusted Types; what it makes of an address stands wherever the address would. */
export interface Policy {
  createScriptURL(address: string): string;
}

/** The modules of Node.js that are used, as far as they are. Bun and Deno have them too. */
export interface Builtins {
  "node:fs/promises": { readFile(file: URL, o: { signal?: AbortSignal }): Promise<Uint8Array<ArrayBuffer>> };
  "node:os": { availableParallelism(): number };
  "node:url": { pathToFileURL(path: string): URL };
  "node:worker_threads": {
    Worker: new (script: URL, o: { name: string; execArgv?: string[] }) => NodeThread;
    parentPort: MessagePort | null;
  };
}

/** A worker of node:worker_threads. */
export interface NodeThread {
  on(event: "message" | "messageerror" | "error", listener: (value: unknown) => void): void;
  postMessage(message: unknown, transfer?: Transferable[]): void;
  terminate(): unknown;
  ref(): void;
  unref(): void;
}

/** The place itself, as far as it differs. */
export const place: Place = globalThis;

/**
 * A module of Node.js; undefined in browsers. It is asked for at run time, for bundlers follow an import. A page has none, even where
 * Node.js is around it (Electron).
 */
export function builtin<N extends keyof Builtins>(name: N): Builtins[N] | undefined {
  return place.document ? undefined : place.process?.getBuiltinModule?.(name);
}

/** What relative addresses are relative to; undefined where nothing is, as in a worker that was made of a `data:` address. */
export function base(): string | undefined {
  const address = place.document?.baseURI ?? place.location?.href ?? workingFolder() ?? "";
  // A worker that was made of a blob has its page's origin, and no folder.
  const plain = address.replace(/^blob:/, "");
  return URL.canParse("./", plain) ? plain : undefined;
}

/** Count of the processor's cores, as far as it is told. */
export function cores(): number {
  return place.navigator?.hardwareConcurrency || builtin("node:os")?.availableParallelism() || 1;
}

/** Lets a program end before this timer does: in Node.js timers hold it. */
export function doNotWaitFor(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function")
    timer.unref();
}

/** What lets files of another origin be read from here: every origin is another one in a frame that has none. */
export function allowance(): string {
  if (place.origin === "null") {
    return "This frame has no origin of its own: add allow-same-origin to its sandbox, or let the server send Access-Control-Allow-Origin: *.";
  }
  return "A server of another origin must allow this one (CORS).";
}

function workingFolder(): string | undefined {
  return builtin("node:url")?.pathToFileURL(`${place.process?.cwd()}/`).href;
}
