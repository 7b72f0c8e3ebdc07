/** A large file, whole or in pieces: it is gone on with where its connection breaks, and what comes is checked against what was promised. */
import { untilAborted } from "../abort.ts";
import { messageOf, UnnoiseError } from "../errors.ts";
import { isPage, lengthOf, pauseAsked, refusal, wrongStatus } from "../host/download.ts";
import { START_TIMEOUT, withoutStall } from "../host/stall.ts";
import { Cutter, type Incoming, type Piece, reading, type Take } from "../pieces.ts";
import { allowance, place } from "../place.ts";

/** Waits before the next try, in milliseconds; the first one again whenever more has come than ever before. */
const PAUSES = [500, 1000, 2000, 4000, 8000];

/** The longest of them that a server may ask for. */
const LONGEST_PAUSE = 60_000;

/** Errors that another try may not meet. */
const PASSING = ["start-timeout", "unreachable"];

/** A file on a server. */
export interface Remote {
  url: URL;
  /** Asks for it once more, with these headers; `stalled` aborts where nothing comes. */
  ask: (headers: Record<string, string>, stalled: AbortSignal) => Promise<Response>;
  /** Ends the download. */
  signal: AbortSignal;
  /** Hears how many bytes are here, and of how many, as far as the server says. */
  tell: (loaded: number, total: number | undefined) => void;
}

/** What a server said of a file before it sent it. */
interface Promised {
  total: number | undefined;
  /** A strong one: a weak one does not stand for the same bytes. */
  etag: string | undefined;
  modified: string | undefined;
}

/** Where the bytes go. */
interface Sink {
  /** The file begins, or begins anew: with the same bytes as before, or with others. */
  begin(total: number | undefined, isSame: boolean): void;
  put(part: Uint8Array): void | Promise<void>;
}

/** One file on its way. */
export class Download implements Incoming {
  /** Bytes that the server promises. */
  readonly length: number | undefined;
  readonly #remote: Remote;
  readonly #first: Response;
  #sink: Sink = new Whole();
  #promised: Promised = { total: undefined, etag: undefined, modified: undefined };
  #loaded = 0;
  /** The most bytes that were here at any time: a server without ranges begins anew. */
  #farthest = 0;
  /** The least that the next try waits, as the server asks. */
  #asked = 0;

  /** Of which this is the server's first answer. */
  constructor(remote: Remote, first: Response) {
    this.#remote = remote;
    this.#first = first;
    this.length = lengthOf(first);
  }

  /** The file in memory. Its errors are those of `cut`. */
  async whole(): Promise<ArrayBuffer> {
    const whole = new Whole();
    await this.#into(whole);
    return whole.content();
  }

  /**
   * The file piece by piece.
   *
   * @throws UnnoiseError "unreachable" where it breaks off again and again, or its server names neither an ETag nor a date by which it
   * could be gone on with; "download-mismatch" where something else comes than was promised; "http-status"; what `take` rejects with.
   */
  async cut(take: Take): Promise<void> {
    const cutter = new Cutter(take);
    await this.#into(new InPieces(this.#remote.url, cutter));
    await cutter.end();
  }

  async #into(sink: Sink): Promise<void> {
    this.#sink = sink;
    this.#begin(this.#first);
    let stopped = await this.#try((progress, stalled) => this.#read(this.#first, progress, stalled));
    for (let failures = 0; stopped; failures += 1) {
      const { etag, modified } = this.#promised;
      const [before, pause] = [this.#farthest, PAUSES[failures]];
      if (pause === undefined || (etag ?? modified) === undefined) throw stopped;
      const wait = Math.max(pause, this.#asked);
      this.#asked = 0;
      await untilAborted(new Promise((resolve) => setTimeout(resolve, wait)), this.#remote.signal);
      stopped = await this.#try((progress, stalled) => this.#goOn(progress, stalled));
      if (this.#farthest > before) failures = -1;
    }
  }

  /** Does a part of it: what stopped it, where another try may help. */
  async #try(work: (progress: () => void, stalled: AbortSignal) => Promise<void>): Promise<UnnoiseError | undefined> {
    const { url, signal } = this.#remote;
    try {
      await withoutStall(START_TIMEOUT, url.href, work);
      return undefined;
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof UnnoiseError && !PASSING.includes(cause.code)) throw cause;
      const { total } = this.#promised;
      const here = total === undefined ? `${this.#loaded} bytes` : `${this.#loaded} of ${total} bytes`;
      const hint = `Check the connection and load it again. ${allowance()}`;
      return new UnnoiseError("unreachable", `${url.href} broke off after ${here}: ${messageOf(cause)}`, {
        hint,
        cause,
      });
    }
  }

  /** Begins with nothing. */
  #begin(answer: Response): void {
    const { etag, modified } = this.#promised;
    this.#promised = promisedBy(answer);
    const isSame = etag === undefined ? modified === this.#promised.modified : etag === this.#promised.etag;
    this.#sink.begin(this.#promised.total, isSame);
    this.#loaded = 0;
    this.#remote.tell(0, this.#promised.total);
  }

  /** Asks for what is missing; a server that sends all of it again is listened to from the start. */
  async #goOn(progress: () => void, stalled: AbortSignal): Promise<void> {
    const { url, ask } = this.#remote;
    const { etag, modified } = this.#promised;
    const from = this.#loaded;
    // Another origin would have to allow If-Range; Range alone it need not. Its answer's ETag tells the same.
    const unless = isForeign(url) ? {} : { "If-Range": etag ?? modified ?? "" };
    const answer = await ask(from > 0 ? { Range: `bytes=${from}-`, ...unless } : {}, stalled);
    const { status } = answer;
    if (!answer.ok || isPage(answer)) answer.body?.cancel().catch(() => {});
    const asked = pauseAsked(answer);
    if ((status === 429 || status >= 500) && asked <= LONGEST_PAUSE) {
      this.#asked = asked;
      throw new Error(refusal({ url, status }));
    }
    if (!answer.ok) throw wrongStatus(url, answer);
    if (isPage(answer)) throw mismatch(url, "the rest of the file was asked for", "a web page");
    if (status === 206) this.#checkRange(answer, from);
    else this.#begin(answer);
    await this.#read(answer, progress, stalled);
  }

  /** Whether a part is of the same file, and the part that was asked for. */
  #checkRange(answer: Response, from: number): void {
    const { url } = this.#remote;
    const { total, etag, modified } = this.#promised;
    const part = promisedBy(answer);
    if (etag && part.etag && part.etag !== etag) throw mismatch(url, `the ETag was ${etag}`, part.etag);
    if (!(etag && part.etag) && modified && part.modified && part.modified !== modified) {
      throw mismatch(url, `it was last modified on ${modified}`, `the file of ${part.modified}`);
    }
    const range = answer.headers.get("content-range");
    // A server of another origin may hide the range, but not the length.
    const fits = isForeign(url) && range === null && total !== undefined && part.total === total - from;
    const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range ?? "") ?? [];
    const last = total === undefined ? end : String(total - 1);
    const isWhole = start === String(from) && end === last && (size === "*" || size === String(Number(end) + 1));
    if (fits || isWhole) return;
    const asked = `bytes ${from}-${total === undefined ? "" : total - 1} of ${total ?? "the file"} were asked for`;
    throw mismatch(url, asked, range ?? `${part.total ?? "an unknown number of"} bytes without a Content-Range`);
  }

  async #read({ body }: Response, progress: () => void, stalled: AbortSignal): Promise<void> {
    if (body) {
      const { next, reader } = reading(body);
      const cancel = () => void reader.cancel().catch(() => {});
      stalled.addEventListener("abort", cancel);
      for (let part = await next(); part; part = await next()) {
        progress();
        await this.#put(part).catch((error) => {
          cancel();
          throw error;
        });
        // To take it may have taken a while.
        progress();
      }
    }
    const { total } = this.#promised;
    if (total !== undefined && this.#loaded < total && !stalled.aborted) throw new Error("no more was sent");
  }

  async #put(part: Uint8Array): Promise<void> {
    const loaded = this.#loaded + part.length;
    const { total } = this.#promised;
    if (total !== undefined && loaded > total) {
      const { url } = this.#remote;
      if (!isForeign(url)) throw mismatch(url, `${total} bytes were promised`, `${loaded} or more`);
      // Another origin may hide that it compresses: the length is that of what travels.
      this.#promised.total = undefined;
    }
    await this.#sink.put(part);
    this.#loaded = loaded;
    this.#farthest = Math.max(this.#farthest, loaded);
    this.#remote.tell(loaded, this.#promised.total);
  }
}

/** A file in memory. */
class Whole implements Sink {
  #bytes = new Uint8Array(0);
  #loaded = 0;

  begin(total = 0): void {
    this.#bytes = room(total);
    this.#loaded = 0;
  }

  put(part: Uint8Array): void {
    const loaded = this.#loaded + part.length;
    if (loaded > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(loaded, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#loaded));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#loaded);
    this.#loaded = loaded;
  }

  content(): ArrayBuffer {
    return this.#loaded === this.#bytes.length ? this.#bytes.buffer : this.#bytes.slice(0, this.#loaded).buffer;
  }
}

/** A file of which the pieces are given away, and cannot be taken back. */
class InPieces implements Sink {
  readonly #url: URL;
  readonly #cutter: Cutter;
  #given = 0;
  /** What has been given of a file that has begun anew. */
  #known = 0;

  constructor(url: URL, cutter: Cutter) {
    this.#url = url;
    this.#cutter = cutter;
  }

  begin(_: number | undefined, isSame: boolean): void {
    this.#known = this.#given;
    if (this.#given > 0 && !isSame) throw mismatch(this.#url, "the rest of the file was asked for", "another file");
  }

  async put(part: Uint8Array): Promise<void> {
    const fresh = part.subarray(Math.min(this.#known, part.length));
    this.#known -= part.length - fresh.length;
    this.#given += fresh.length;
    await this.#cutter.put(fresh);
  }
}

function promisedBy(answer: Response): Promised {
  const etag = answer.headers.get("etag") ?? undefined;
  const modified = answer.headers.get("last-modified") ?? undefined;
  return { total: lengthOf(answer), etag: etag?.startsWith('"') ? etag : undefined, modified };
}

/** Memory for so many bytes. A length that no memory could hold is none: what comes says how much it is. */
function room(length: number): Piece {
  try {
    return new Uint8Array(length);
  } catch {
    return new Uint8Array(0);
  }
}

/** Whether a browser asks the server of an address whether this page may read its answers. */
function isForeign({ origin }: URL): boolean {
  return place.origin !== undefined && origin !== place.origin;
}

function mismatch({ href }: URL, promised: string, came: string): UnnoiseError {
  const hint = "Load the model again; where that does not help, its server or something on the way to it is at fault.";
  return new UnnoiseError("download-mismatch", `${href}: ${promised}, and what came was ${came}`, { hint });
}
