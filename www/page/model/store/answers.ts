/** What answers say of a file: its length, its version, and which part of it comes. */

import type { About, Kept } from "./shelf.ts";

/** A server that does not say within this time whether a file is still the same is taken to be out of reach, in milliseconds. */
const PATIENCE_MS = 10_000;

/** A server that has not begun to answer within this time is not waited for, as by the library, in milliseconds. */
const LONGEST_MS = 30_000;

/** Asks for a file; what a visitor is asked afterwards may take longer. */
export function ask(address: URL, request: RequestInit): Promise<Response> {
  const silent = new AbortController();
  const signals = [silent.signal, ...(request.signal ? [request.signal] : [])];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new TypeError(`the server did not answer within ${LONGEST_MS} ms`);
      // WebKitGTK forgets a signal that follows others while a file is on its way.
      reject(error);
      silent.abort(error);
    }, LONGEST_MS);
    const answer = fetch(address, { ...request, signal: AbortSignal.any(signals) });
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Bytes to come; undefined where the server does not say, or compresses them. */
export function lengthOf({ headers }: Response): number | undefined {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return headers.has("content-encoding") || !Number.isInteger(length) ? undefined : length;
}

/** Where the part begins that is asked for. */
export function rangeOf({ headers }: RequestInit): number {
  return Number(/^bytes=(\d+)-$/.exec(new Headers(headers).get("range") ?? "")?.[1] ?? 0);
}

export function isWhole({ about, size }: Kept): boolean {
  return size === about.length;
}

/** The version and the length of the file that comes; of `like`, only where it is this one. Without them it cannot be kept. */
export function versionIn(answer: Response, like?: About): Pick<About, "etag" | "modified" | "length"> | undefined {
  const isPage = answer.headers.get("content-type")?.startsWith("text/html") ?? false;
  const length = lengthOf(answer);
  const found = versionOf(answer);
  if (!answer.ok || isPage || length === undefined || !(found.etag ?? found.modified)) return undefined;
  return like && !(isSame(like, found) && like.length === length) ? undefined : { ...found, length };
}

/** Whether this is the rest of what is kept. Its range may be hidden by a server of another origin; its length is not. */
export function restOf(answer: Response, { about, size }: Kept): boolean {
  if (answer.status !== 206 || !isSame(about, versionOf(answer))) return false;
  const range = answer.headers.get("content-range");
  if (range === null) return lengthOf(answer) === about.length - size;
  return range === `bytes ${size}-${about.length - 1}/${about.length}`;
}

/** Asks whether a file is still this one. Where its server cannot be reached it is taken to be. */
export async function isStill(about: About, address: URL, { signal }: RequestInit): Promise<boolean> {
  const signals = [AbortSignal.timeout(PATIENCE_MS), ...(signal ? [signal] : [])];
  try {
    const request: RequestInit = { method: "HEAD", cache: "no-store", signal: AbortSignal.any(signals) };
    return versionIn(await fetch(address, request), about) !== undefined;
  } catch {
    signal?.throwIfAborted();
    return true;
  }
}

/** An answer with all that is kept, and after it what comes. */
export function wholeAnswer({ about, parts }: Kept, rest?: ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  const headers = new Headers({ "content-length": String(about.length) });
  if (about.etag) headers.set("etag", about.etag);
  if (about.modified) headers.set("last-modified", about.modified);
  const here = new Blob(parts);
  return new Response(rest ? joined(here.stream(), rest) : here, { headers });
}

function versionOf({ headers }: Response): Pick<About, "etag" | "modified"> {
  const etag = headers.get("etag");
  // A weak one does not stand for the same bytes.
  return { etag: etag?.startsWith('"') ? etag : null, modified: headers.get("last-modified") };
}

/** Whether these are of the same version, by what a server lets be seen of both. */
function isSame(one: Pick<About, "etag" | "modified">, other: Pick<About, "etag" | "modified">): boolean {
  if (one.etag && other.etag) return one.etag === other.etag;
  return one.modified !== null && one.modified === other.modified;
}

/** Two bodies, one after the other. */
function joined(...bodies: ReadableStream<Uint8Array<ArrayBuffer>>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  void (async () => {
    try {
      for (const body of bodies) await body.pipeTo(writable, { preventClose: true, preventAbort: true });
      await writable.close();
    } catch (error) {
      await writable.abort(error).catch(() => undefined);
    }
  })();
  return readable;
}
