/** A folder on a server: which files are there, and what it means where one is not. */
import { anyOf } from "../abort.ts";
import type { LoadOptions } from "../checkpoint.ts";
import { invalid, messageOf, UnnoiseError } from "../errors.ts";
import { counted, isPage, refusal, wrongStatus } from "../host/download.ts";
import { START_TIMEOUT, withoutStall } from "../host/stall.ts";
import type { Incoming } from "../pieces.ts";
import { allowance } from "../place.ts";
import type { LoadProgress } from "../types.ts";
import { contentOf } from "./json.ts";
import { sha256OnHub } from "./pointer.ts";
import { Download } from "./resume.ts";

/** A file that is there, of which nothing has been read yet. */
export interface Present {
  from: Source;
  file: string;
  response: Response;
}

/** What a server said of a file that it does not have. */
export interface Absent {
  url: URL;
  status: number;
  page: boolean;
}

/** Statuses that mean that there is no such file; any other is a fault, whether the file is needed or not. */
const ABSENT = [404, 410];

/** How files are fetched, and who hears of it. */
export interface Fetching {
  fetch: NonNullable<LoadOptions["fetch"]>;
  onProgress: (progress: LoadProgress) => void;
  signal?: AbortSignal | undefined;
}

export class Source {
  readonly base: URL;
  readonly #o: Fetching & { signal: AbortSignal };
  /** The SHA-256 of the large file, as its server names it; undefined where it does not. */
  sha256: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(base: URL, o: Fetching & { signal: AbortSignal }) {
    this.base = base;
    this.#o = o;
  }

  /** The first of these files that is there, or what was said of each, and of others before. */
  async first(files: readonly string[], before: readonly Absent[] = []): Promise<Present | Absent[]> {
    const absent = [...before];
    for (const file of files) {
      const { url, response } = await this.ask(file);
      if (response.ok && !isPage(response)) return { from: this, file, response };
      drop(response);
      if (!response.ok && !ABSENT.includes(response.status)) throw wrongStatus(url, response);
      absent.push({ url, status: response.status, page: response.ok });
    }
    return absent;
  }

  async ask(file: string): Promise<{ url: URL; response: Response }> {
    const url = this.#address(file);
    return { url, response: await this.#fetch(url) };
  }

  /** A large file, of which this is the first answer. */
  coming(file: string, first: Response): Incoming {
    const url = this.#address(file);
    const { signal } = this.#o;
    const ask = (headers: Record<string, string>, stalled: AbortSignal) => this.#fetch(url, headers, stalled);
    const tell = (loaded: number, total: number | undefined) =>
      this.#o.onProgress(total === undefined ? { file, loaded } : { file, loaded, total });
    this.sha256 = sha256OnHub(url, (pointer) => this.#fetch(pointer));
    return new Download({ url, ask, signal, tell }, first);
  }

  /** A small file, whose bytes are reported as they pass. */
  passing(file: string, response: Response, progress: () => void): Response {
    return counted(response, file, (told) => {
      progress();
      this.#o.onProgress(told);
    });
  }

  #address(file: string): URL {
    const url = new URL(file, this.base);
    url.search = this.base.search;
    return url;
  }

  async #fetch(url: URL, headers: Record<string, string> = {}, stalled?: AbortSignal): Promise<Response> {
    const { fetch, signal } = this.#o;
    const answer: unknown = await reached(url, fetch(url, { signal: anyOf(signal, stalled), headers }));
    if (answer instanceof Response) return answer;
    throw invalid("fetch", answer, "a function that gives a promise of a Response");
  }
}

/** Whether a file is there that is only to be spoken of: what else a server says of it does no harm. */
export async function isThere(from: Source, file: string): Promise<boolean> {
  try {
    const { response } = await from.ask(file);
    drop(response);
    return response.ok && !isPage(response);
  } catch {
    return false;
  }
}

/** The error that says why there is no model here. */
export function missing(absent: Absent[], base: URL): UnnoiseError {
  const page = absent.find(({ page }) => page);
  if (page) {
    const hint = `Give the address of a folder with a diffusers model; ${base.href} has none.`;
    return new UnnoiseError("not-a-model", `${page.url.href} is a web page, not a model's file`, { hint });
  }
  const hint = "Give the address of a folder with unet/config.json, or with config.json, and the weights beside it.";
  return new UnnoiseError("http-status", refusal(...absent), { hint });
}

/** An answer or its body, where a failure on the way is told as one. */
async function reached<T>(url: URL | string, arriving: Promise<T>): Promise<T> {
  try {
    return await arriving;
  } catch (cause) {
    const isSilent = cause instanceof UnnoiseError && cause.code === "start-timeout";
    if (!(cause instanceof TypeError || isSilent)) throw cause;
    const hint = `Check the address and the connection. ${allowance()}`;
    throw new UnnoiseError("unreachable", `${url} could not be fetched: ${messageOf(cause)}`, { hint, cause });
  }
}

/** Lets go of an answer whose body is not needed, even where the connection breaks meanwhile. */
function drop({ body }: Response): void {
  body?.cancel().catch(() => {});
}

export function coming({ from, file, response }: Present): Incoming {
  return from.coming(file, response);
}

export function json({ from, file, response }: Present): Promise<unknown> {
  const arriving = (progress: () => void) => contentOf(from.passing(file, response, progress), file);
  return reached(file, withoutStall(START_TIMEOUT, "the server", arriving));
}

/** The content under a name, or nothing where the file is absent. */
export function jsonIfThere(name: string): (answer: Present | Absent[]) => Promise<Record<string, unknown>> {
  return async (answer) => (Array.isArray(answer) ? {} : { [name]: await json(answer) });
}
