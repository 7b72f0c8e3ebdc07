/** A folder on a server: which files are there, and what it means where one is not. */
import { messageOf, UnnoiseError } from "../errors.ts";
import { counted, isPage, refusal } from "../host/download.ts";
import { fetchOrRead } from "../host/node.ts";
import { allowance } from "../place.ts";
import type { LoadProgress } from "../types.ts";
import { contentOf } from "./json.ts";

export interface Present {
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

export class Source {
  readonly base: URL;
  readonly #signal: AbortSignal;
  readonly #report: (progress: LoadProgress) => void;

  constructor(base: URL, signal: AbortSignal, report: (progress: LoadProgress) => void) {
    this.base = base;
    this.#signal = signal;
    this.#report = report;
  }

  /** The first of these files that is there, or what was said of each, and of others before. */
  async first(files: readonly string[], before: readonly Absent[] = []): Promise<Present | Absent[]> {
    const absent = [...before];
    for (const file of files) {
      const { url, response } = await this.ask(file);
      if (response.ok && !isPage(response)) return { file, response: counted(response, file, this.#report) };
      drop(response);
      if (!response.ok && !ABSENT.includes(response.status)) throw wrongStatus(url, response);
      absent.push({ url, status: response.status, page: response.ok });
    }
    return absent;
  }

  async ask(file: string): Promise<{ url: URL; response: Response }> {
    const url = new URL(file, this.base);
    url.search = this.base.search;
    return { url, response: await reached(url, fetchOrRead(url, this.#signal)) };
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

/** What to do about a status. */
const HINTS: Record<number, string> = {
  401: "It is private or gated, or does not exist: download the files in another way and give them themselves.",
  403: "It is private or gated: download the files in another way and give them themselves.",
};

function wrongStatus(url: URL, { status, headers }: Response): UnnoiseError {
  const after = headers.get("retry-after");
  const when = after === null ? "later" : /^\d+$/.test(after) ? `in ${after} seconds` : `after ${after}`;
  const busy = status === 429 || status >= 500 || after !== null;
  const message = `${refusal({ url, status })}${status === 429 ? ": too many requests" : ""}`;
  return new UnnoiseError("http-status", message, { hint: busy ? `Try again ${when}.` : HINTS[status] });
}

/** An answer or its body, where a failure on the way is told as one. */
async function reached<T>(url: URL | string, arriving: Promise<T>): Promise<T> {
  try {
    return await arriving;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const hint = `Check the address and the connection. ${allowance()}`;
    throw new UnnoiseError("unreachable", `${url} could not be fetched: ${messageOf(cause)}`, { hint, cause });
  }
}

/** Lets go of an answer whose body is not needed, even where the connection breaks meanwhile. */
function drop({ body }: Response): void {
  body?.cancel().catch(() => {});
}

export function buffer({ file, response }: Present): Promise<ArrayBuffer> {
  return reached(file, response.arrayBuffer());
}

export function json({ file, response }: Present): Promise<unknown> {
  return reached(file, contentOf(response, file));
}

/** The content under a name, or nothing where the file is absent. */
export function jsonIfThere(name: string): (answer: Present | Absent[]) => Promise<Record<string, unknown>> {
  return async (answer) => (Array.isArray(answer) ? {} : { [name]: await json(answer) });
}
