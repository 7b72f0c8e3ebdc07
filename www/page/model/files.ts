/** Files from this computer: the settings of a picture that was saved, or a model. Anything else is refused by what it is. */

import { type AnalyticTable, type ModelFiles, parseModelJson } from "../../src/index.ts";
import { listed } from "../../ui/words.ts";
import { ControlError, quoted } from "../panel/numbers.ts";
import { bytes, t } from "../texts.ts";
import { type FileKind, kindOf } from "./kinds.ts";
import { tell } from "./told.ts";

/** The longest JSON file that is read, in bytes: as many as the library reads of one. */
export const LONGEST_JSON = 8_000_000;

/** What files that belong together are to the page. */
export type Given = { settings: File; kind: "png" | "json" } | { pictures: File[] } | { model: ModelFiles };

/** JSON files that belong to a model. */
const OF_A_MODEL = [
  "config.json",
  "model_index.json",
  "scheduler_config.json",
  "labels.json",
  "analytic_dpm.json",
  "vdm.json",
  "defaults.json",
];

/** A file, and what it is. */
interface Sorted extends FileKind {
  file: File;
}

/** What is said of a file that is larger than is read. */
export function tooLarge({ name, size }: File, most: number): string {
  return t("fileTooLarge", { file: quoted(name), size: bytes(size), most: bytes(most) });
}

/**
 * Sorts what was dropped or opened, from a folder where it has a name. Throws a `ControlError` that says what a file is, where the
 * page cannot read it.
 */
export async function sortFiles(files: readonly File[], folder?: string): Promise<Given> {
  const sorted = await Promise.all(files.map(sort));
  const weights = sorted.some(({ kind }) => kind === "safetensors" || kind === "pickle");
  if (weights || files.some(({ name }) => OF_A_MODEL.includes(name))) {
    const model = await modelOf(sorted);
    tell(model, { name: folder });
    return { model };
  }
  const [only, ...more] = sorted;
  if (only && more.length === 0 && (only.kind === "png" || only.kind === "json")) {
    return { settings: only.file, kind: only.kind };
  }
  const other = sorted.find(({ kind }) => kind !== "picture" && kind !== "png");
  if (!other) return { pictures: files.slice() };
  if (more.length > 0) throw new ControlError("", t("fileSeveral", { readable: t("readable") }));
  const { file, what } = other;
  throw new ControlError("", t("fileRefused", { file: quoted(file.name), what: t(what), readable: t("readable") }));
}

/** A model of its files: config.json and the weights, and where there are, the three others. Throws a `ControlError`. */
export async function modelFromFiles(files: readonly File[]): Promise<ModelFiles> {
  return modelOf(await Promise.all(files.map(sort)));
}

async function sort(file: File): Promise<Sorted> {
  try {
    return { file, ...(await kindOf(file)) };
  } catch {
    throw new ControlError("invalid-model", t("fileUnreadable", { file: quoted(file.name) }));
  }
}

async function modelOf(files: readonly Sorted[]): Promise<ModelFiles> {
  const named = (name: string) => files.find(({ file }) => file.name === name)?.file;
  const ofKind = (kind: FileKind["kind"]) => files.filter((sorted) => sorted.kind === kind).map(({ file }) => file);
  const config = named("config.json");
  const sets = [...ofKind("safetensors"), ...ofKind("pickle")];
  const [first, ...more] = weightsAmong(sets);
  if (!first) throw new ControlError("invalid-model", withoutWeights(files));
  if (!config) throw new ControlError("invalid-model", t("fileNoConfig", { file: quoted(first.name) }));
  const model: ModelFiles = { config: await readObject(config), weights: more.length > 0 ? [first, ...more] : first };
  const others = sets.filter((file) => file !== first && !more.includes(file)).map((file) => file.name);
  if (others.length > 0)
    tell(model, { choice: t("fileChoice", { taken: quoted(first.name), others: listed(others, t) }) });
  const scheduler = named("scheduler_config.json");
  const labels = named("labels.json");
  const analytic = named("analytic_dpm.json");
  if (scheduler) model.scheduler = await readObject(scheduler);
  if (labels) model.labels = await readNames(labels);
  const index = named("model_index.json");
  if (index) model.index = await readObject(index);
  if (analytic) model.analytic = await readTable(analytic);
  const vdm = named("vdm.json");
  if (vdm) model.vdm = await readObject(vdm);
  const defaults = named("defaults.json");
  if (defaults) model.defaults = await readObject(defaults);
  return model;
}

/** Ends the name of one of several files that have the weights together. */
const SHARD = /-\d{5}-of-(\d{5})\.(safetensors|bin)$/;

/** The files of the weights among these, of safetensors first: as of a folder, halves are taken before whole numbers. */
function weightsAmong(sets: readonly File[]): File[] {
  const whole = sets.filter(({ name }) => !SHARD.test(name));
  const single = whole.find(({ name }) => name.endsWith(".fp16.safetensors")) ?? whole[0];
  const all = sets.filter(({ name }) => SHARD.test(name));
  const [, count, format = ""] = SHARD.exec(all[0]?.name ?? "") ?? [];
  const shards = all.filter(({ name }) => name.endsWith(format));
  const [first] = shards;
  if (!first || single?.name.endsWith(".safetensors") || (single && format === "bin")) return single ? [single] : [];
  if (shards.length === Number(count)) return shards;
  const found = { file: quoted(first.name), found: shards.length, count: Number(count) };
  throw new ControlError("invalid-model", t("fileShards", found));
}

/** What is wrong with files among which there are no weights. */
function withoutWeights(files: readonly Sorted[]): string {
  const [wrong] = files.filter(({ kind }) => kind === "other" || kind === "png" || kind === "picture");
  if (wrong) return t("fileNoWeightsBut", { file: quoted(wrong.file.name), what: t(wrong.what) });
  const names = files.map(({ file }) => file.name);
  return t("fileNoWeights", { names: listed(names, t) });
}

async function readObject(file: File): Promise<object> {
  const value = await readJson(file);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ControlError("invalid-model", t("fileNotObject", { file: quoted(file.name) }));
}

async function readTable(file: File): Promise<AnalyticTable> {
  const value = await readObject(file);
  const table: unknown = "mean_sq_eps" in value ? value.mean_sq_eps : undefined;
  if (Array.isArray(table) && table.every((entry) => typeof entry === "number")) return { mean_sq_eps: table };
  throw new ControlError("invalid-model", t("fileNotTable", { file: quoted(file.name) }));
}

async function readNames(file: File): Promise<string[]> {
  const value = await readJson(file);
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw new ControlError("invalid-model", t("fileNotNames", { file: quoted(file.name) }));
}

async function readJson(file: File): Promise<unknown> {
  if (file.size > LONGEST_JSON) throw new ControlError("invalid-model", tooLarge(file, LONGEST_JSON));
  try {
    return parseModelJson(await file.text());
  } catch {
    throw new ControlError("invalid-model", t("fileNotJson", { file: quoted(file.name) }));
  }
}
