/** Fetches a model's folder, in diffusers' own layout or in the flat one. */
import { anyOf } from "../abort.ts";
import type { ModelWarning } from "../checkpoint.ts";
import { UnnoiseError } from "../errors.ts";
import type { ComingFiles } from "../protocol.ts";
import { pipelinesOf } from "./folders.ts";
import { checkPipeline, mayHave } from "./pipeline.ts";
import { type Fetching, isThere, json, jsonIfThere, missing, type Present, Source } from "./source.ts";
import { contentOf, type Wanted, weightsIn } from "./weights.ts";

const PARTS = ["unet/", "", "unet_ema/"];
const SCHEDULERS = ["scheduler/scheduler_config.json", "scheduler_config.json"];

/** A folder's files with the weights: large ones are on their way until the signal aborts, those of several files are a Blob. */
export interface Folder {
  base: URL;
  fetch: Fetching["fetch"];
  files: ComingFiles;
  /** The SHA-256 of the weights in hex, where the server names it. */
  sha256: Promise<string | undefined>;
  /** What was decided on the way that the caller may not expect. */
  warnings: ModelWarning[];
}

/**
 * Fetches the files of the first of these folders that has a config.json, and tells the network's config, and whether its weights are
 * halves, while these arrive: what `onConfig` rejects with ends the download. The other JSON files may be absent; a server that answers a page in place of a file is taken not to have it.
 *
 * @throws UnnoiseError "unreachable", "http-status", "download-mismatch", "not-a-model", "weights-index", "weights-shards", "config-invalid" or
 * "config-unsupported"; the signal's reason once it aborts.
 */
export async function fetchFolder(
  folders: readonly URL[],
  wanted: Wanted,
  { signal, ...how }: Fetching,
  onConfig: (config: unknown, halves: boolean) => unknown = () => {},
): Promise<Folder> {
  const failed = new AbortController();
  const either = anyOf(signal, failed.signal);
  try {
    const { from, file, part } = await configIn(
      folders,
      wanted,
      (base) => new Source(base, { ...how, signal: either }),
    );
    const [network, beside] = await Promise.all([
      networkOf({ from, file, part }, wanted, onConfig),
      companionsOf(from, part),
    ]);
    const { base, sha256 } = from;
    const files = { ...network, ...beside.files };
    return { base, fetch: how.fetch, files, sha256, warnings: beside.warnings };
  } catch (error) {
    failed.abort();
    throw signal?.aborted ? signal.reason : error;
  }
}

/** A config.json, and the part of the folder where it is. */
interface Config {
  from: Source;
  file: Present;
  part: string;
}

/** The config.json of the first folder that has one. */
async function configIn(folders: readonly URL[], wanted: Wanted, open: (base: URL) => Source): Promise<Config> {
  const [base, next, ...more] = folders;
  if (!base) throw new Error("a model is loaded from a folder");
  const from = open(base);
  // Beside a file that is named itself.
  const parts = wanted.file === undefined ? PARTS : [""];
  const asked = from.first(parts.map((part) => `${part}config.json`));
  const answer = await (next ? hinting(asked, `For the model on the hub give ${next.href}.`) : asked);
  if (!Array.isArray(answer)) return { from, file: answer, part: answer.file.replace("config.json", "") };
  if (!next) throw missing(answer, base);
  const why = `It was looked for there because ${base.href} has no config.json.`;
  return hinting(configIn([next, ...more], wanted, open), why);
}

/** An answer whose error is told with one more hint, before its own. */
async function hinting<T>(answer: Promise<T>, more: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof UnnoiseError)) throw error;
    const hint = error.hint === undefined ? more : `${more} ${error.hint}`;
    throw new UnnoiseError(error.code, error.message, { hint, cause: error.cause });
  }
}

/** A config with another `sample_size`, where one is given. */
export function ofSize<Config>(config: Config, size: Wanted["size"]): Config {
  return size === undefined || typeof config !== "object" ? config : { ...config, sample_size: size };
}

/** The network itself: its config and its weights. */
async function networkOf(
  { from, file, part }: Config,
  wanted: Wanted,
  onConfig: (config: unknown, halves: boolean) => unknown,
): Promise<Pick<ComingFiles, "config" | "weights" | "shards">> {
  const { found, halves } = weightsIn(from, part, wanted);
  const reading = async () => {
    const config = ofSize(await json(file), wanted.size);
    await onConfig(config, await halves());
    return config;
  };
  const arriving = async () => contentOf(from, part, await found);
  const [config, content] = await Promise.all([reading(), arriving()]);
  return { config, ...content };
}

/** What belongs to the whole pipeline: its scheduler and the names of its classes, and whether it is one of pictures at all. */
async function companionsOf(from: Source, part: string): Promise<{ files: object; warnings: ModelWarning[] }> {
  const places = pipelinesOf(from.base);
  const first = (files: readonly string[]) => from.first(places.flatMap((place) => files.map((file) => place + file)));
  const pipeline = first(["model_index.json"]).then(jsonIfThere("index"));
  // What the index says is not there is not asked for: a browser tells of each file that is absent as of an error.
  const own = async (name: "labels" | "analytic_dpm" | "defaults" | "vdm") => {
    const file = `${name}.json`;
    if (!mayHave(await pipeline, file)) return {};
    const found = await (name === "labels" ? first([file]) : from.first([file]));
    return jsonIfThere(name === "analytic_dpm" ? "analytic" : name)(found);
  };
  const averaged = async () =>
    part === "unet/" && mayHave(await pipeline, "unet_ema/config.json") && isThere(from, "unet_ema/config.json");
  const [scheduler, labels, analytic, defaults, vdm, hasBoth] = await Promise.all([
    first(SCHEDULERS),
    own("labels"),
    own("analytic_dpm"),
    own("defaults"),
    own("vdm"),
    averaged(),
    pipeline.then(checkPipeline),
  ]);
  const warnings: ModelWarning[] = [];
  if (!Array.isArray(scheduler) && scheduler.file.startsWith("../")) {
    const { href } = new URL(scheduler.file, from.base);
    warnings.push({ code: "scheduler-elsewhere", message: `the scheduler is that of the pipeline around it: ${href}` });
  }
  if (hasBoth) {
    const other = new URL("unet_ema/", from.base).href + from.base.search;
    const message = `the folder has unet/ and unet_ema/: unet/ was taken, as by diffusers' pipelines; for the averaged weights load ${other}`;
    warnings.push({ code: "weights-choice", message });
  }
  return {
    files: { ...(await jsonIfThere("scheduler")(scheduler)), ...labels, ...analytic, ...defaults, ...vdm },
    warnings,
  };
}
