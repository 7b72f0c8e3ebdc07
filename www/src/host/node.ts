/** What Node.js, Bun and Deno do in another way than browsers: workers, and files by their address. */
import { messageOf } from "../errors.ts";
import { builtin, type NodeThread, place } from "../place.ts";

/** A worker of node:worker_threads in the form of the web's. It keeps the program alive only while it is held. */
export class NodeWorker extends EventTarget {
  readonly #thread: NodeThread;

  /** Starts one; undefined in browsers. */
  static start(script: URL, name: string): NodeWorker | undefined {
    const threads = builtin("node:worker_threads");
    if (!threads) return undefined;
    // What says how to read a program that is given as text must not reach a worker that is a file.
    const isText = place.process?.execArgv?.some((flag) => flag.startsWith("--input-type"));
    return new NodeWorker(new threads.Worker(script, isText ? { name, execArgv: [] } : { name }));
  }

  private constructor(thread: NodeThread) {
    super();
    this.#thread = thread;
    thread.on("message", (data) => this.dispatchEvent(new MessageEvent("message", { data })));
    thread.on("messageerror", () => this.dispatchEvent(new Event("messageerror")));
    thread.on("error", (error) => {
      this.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message: messageOf(error) }));
    });
  }

  postMessage(message: unknown, transfer?: Transferable[]): void {
    this.#thread.postMessage(message, transfer);
  }

  terminate(): void {
    void this.#thread.terminate();
  }

  /** Keeps the program alive, or no longer. */
  hold(held: boolean): void {
    if (held) this.#thread.ref();
    else this.#thread.unref();
  }
}

/** Lets a program of Node.js end although it listens on the port. */
export function letEnd(port: MessagePort): void {
  if ("unref" in port && typeof port.unref === "function") port.unref();
}

/** What a worker of Node.js talks with; undefined in browsers, where it is the worker itself. */
export function ownPort(): MessagePort | undefined {
  return builtin("node:worker_threads")?.parentPort ?? undefined;
}

/** `fetch`, which in Node.js reads no files. */
export async function fetchOrRead(address: URL, o: RequestInit = {}): Promise<Response> {
  const files = address.protocol === "file:" ? builtin("node:fs/promises") : undefined;
  if (!files) return fetch(address, o);
  try {
    const content = await files.readFile(address, o.signal ? { signal: o.signal } : {});
    return new Response(content, { headers: { "content-length": String(content.byteLength) } });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return new Response(null, { status: 404 });
    throw error;
  }
}
