/** Fetches a model's folder, in diffusers' own layout or in the flat one. */
import { counted, isPage } from "./download.ts";
import { messageOf, UnnoiseError } from "./errors.ts";
import type { FilesMessage } from "./protocol.ts";
import type { LoadProgress } from "./types.ts";

const CONFIGS = ["unet/config.json", "config.json"];
const [HALVES, WEIGHTS] = ["diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.safetensors"];
const SCHEDULERS = ["scheduler/scheduler_config.json", "scheduler_config.json"];
const LABELS = ["labels.json"];
const ANALYTIC = ["analytic_dpm.json"];

/** A folder's files with the weights in memory. */
export type Folder = FilesMessage & { weights: ArrayBuffer };

/**
 * Fetches the files of a folder, and tells the network's config, and whether its weights are halves, while these arrive. The scheduler's config, the labels and Analytic-DPM's table may be absent; a server that answers
 * a page in place of a file is taken not to have it.
 *
 * @throws UnnoiseError "unreachable", "http-status", "not-a-model" or "config-invalid"; the signal's reason once it aborts.
 */
export async function fetchFolder(
  base: URL,
  signal: AbortSignal | undefined,
  report: (progress: LoadProgress) => void,
  onConfig: (config: unknown, halves: boolean) => void = () => {},
): Promise<Folder> {
  const failed = new AbortController();
  const abort = () => failed.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  const from = new Source(base, failed.signal, report);
  try {
    const optional = Promise.all([
      from.first(SCHEDULERS).then(jsonIfThere("scheduler")),
      from.first(LABELS).then(jsonIfThere("labels")),
      from.first(ANALYTIC).then(jsonIfThere("analytic")),
    ]);
    // What is wrong with these is told where all are waited for.
    optional.catch(() => {});
    const file = found(await from.first(CONFIGS), base);
    const beside = file.file.replace("config.json", "");
    const halves = from.first([beside + HALVES]);
    const [config, weights] = await Promise.all([
      Promise.all([json(file), halves]).then(([config, answer]) => {
        onConfig(config, !Array.isArray(answer));
        return config;
      }),
      halves.then(async (answer) => {
        const absent = Array.isArray(answer) ? answer : undefined;
        const there = absent ? await from.first([beside + WEIGHTS], absent) : answer;
        return buffer(found(there, base));
      }),
    ]);
    return Object.assign({ config, weights }, ...(await optional));
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", abort);
    failed.abort();
  }
}

/** A file that is there. */
interface Present {
  file: string;
  response: Response;
}

/** What a server said of a file that it does not have. */
interface Absent {
  url: URL;
  status: number;
  page: boolean;
}

/** Where the files come from. */
class Source {
  readonly #base: URL;
  readonly #signal: AbortSignal;
  readonly #report: (progress: LoadProgress) => void;

  constructor(base: URL, signal: AbortSignal, report: (progress: LoadProgress) => void) {
    this.#base = base;
    this.#signal = signal;
    this.#report = report;
  }

  /** The first of these files that is there, or what was said of each, and of others before. */
  async first(files: readonly string[], before: readonly Absent[] = []): Promise<Present | Absent[]> {
    const absent = [...before];
    for (const file of files) {
      const url = new URL(file, this.#base);
      url.search = this.#base.search;
      const response = await reached(url, fetch(url, { signal: this.#signal }));
      if (response.ok && !isPage(response)) return { file, response: counted(response, file, this.#report) };
      await response.body?.cancel();
      if (response.status >= 500) throw wrongStatus(url, response.status);
      absent.push({ url, status: response.status, page: response.ok });
    }
    return absent;
  }
}

/** The file, or the error that says why there is no model here. */
function found(answer: Present | Absent[], base: URL): Present {
  if (!Array.isArray(answer)) return answer;
  const page = answer.find((absent) => absent.page);
  if (page) {
    throw new UnnoiseError("not-a-model", `${page.url.href} is a web page, not a model's file`, {
      hint: `Give the address of a folder with a diffusers model; ${base.href} has none.`,
    });
  }
  const [first] = answer;
  throw wrongStatus(first?.url ?? base, first?.status ?? 404);
}

function wrongStatus(url: URL, status: number): UnnoiseError {
  const hint = "Give the address of a folder with unet/config.json, or with config.json, and the weights beside it.";
  return new UnnoiseError("http-status", `the server answered ${status} for ${url.href}`, { hint });
}

/** An answer or its body, where a failure on the way is told as one. */
async function reached<T>(url: URL | string, arriving: Promise<T>): Promise<T> {
  try {
    return await arriving;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const hint = "Check the address and the connection; a server of another origin must allow this one (CORS).";
    throw new UnnoiseError("unreachable", `${url} could not be fetched: ${messageOf(cause)}`, { hint, cause });
  }
}

function buffer({ file, response }: Present): Promise<ArrayBuffer> {
  return reached(file, response.arrayBuffer());
}

async function json({ file, response }: Present): Promise<unknown> {
  const text = await reached(file, response.text());
  try {
    return JSON.parse(text);
  } catch (cause) {
    const hint = "Take the file as diffusers' save_pretrained writes it.";
    throw new UnnoiseError("config-invalid", `${file} is not JSON: ${messageOf(cause)}`, { hint, cause });
  }
}

/** The content under a name, or nothing where the file is absent. */
function jsonIfThere(name: string): (answer: Present | Absent[]) => Promise<Record<string, unknown>> {
  return async (answer) => (Array.isArray(answer) ? {} : { [name]: await json(answer) });
}
