/** Makes a model of files chosen on this computer. */

import type { AnalyticTable, ModelFiles } from "../src/index.ts";
import { ControlError } from "./controls.ts";
import { texts } from "./texts.ts";

/** Files of weights that are pickles, which nothing here reads. */
const PICKLE = /\.(bin|ckpt|pth?|pkl)$/i;
/** The most bytes of a JSON file: as many as the library reads of one. */
const MOST_JSON = 8_000_000;

/** What was decided when such a model was put together. */
const choices = new WeakMap<object, string>();

/** What was chosen among the files of a model; undefined where there was no choice. */
export function choiceAmong(model: string | ModelFiles): string | undefined {
  return typeof model === "string" ? undefined : choices.get(model);
}

/** Sorts files by their names: config.json, the .safetensors, and where there are, the three others. */
export async function modelFromFiles(files: readonly File[]): Promise<ModelFiles> {
  const named = (name: string) => files.find((file) => file.name === name);
  const config = named("config.json");
  const sets = files.filter((file) => file.name.endsWith(".safetensors"));
  // As of a folder, halves are taken before whole numbers.
  const weights = sets.find((file) => file.name.endsWith(".fp16.safetensors")) ?? sets[0];
  const pickle = files.find((file) => PICKLE.test(file.name));
  if (!weights && pickle) throw new ControlError("invalid-model", texts.modelPickle(pickle.name));
  if (!config) throw new ControlError("invalid-model", texts.modelNoFiles("config.json"));
  if (!weights) throw new ControlError("invalid-model", texts.modelNoFiles(".safetensors file"));
  const model: ModelFiles = { config: await readObject(config), weights };
  const others = sets.filter((file) => file !== weights).map((file) => file.name);
  if (others.length > 0) choices.set(model, texts.modelChoice(weights.name, others.join(", ")));
  const scheduler = named("scheduler_config.json");
  const labels = named("labels.json");
  const analytic = named("analytic_dpm.json");
  if (scheduler) model.scheduler = await readObject(scheduler);
  if (labels) model.labels = await readNames(labels);
  const index = named("model_index.json");
  if (index) model.index = await readObject(index);
  if (analytic) model.analytic = await readTable(analytic);
  return model;
}

async function readObject(file: File): Promise<object> {
  const value = await readJson(file);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ControlError("invalid-model", texts.modelNotObject(file.name));
}

async function readTable(file: File): Promise<AnalyticTable> {
  const value = await readObject(file);
  const table: unknown = "mean_sq_eps" in value ? value.mean_sq_eps : undefined;
  if (Array.isArray(table) && table.every((entry) => typeof entry === "number")) return { mean_sq_eps: table };
  throw new ControlError("invalid-model", texts.modelNotTable(file.name));
}

async function readNames(file: File): Promise<string[]> {
  const value = await readJson(file);
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw new ControlError("invalid-model", texts.modelNotNames(file.name));
}

async function readJson(file: File): Promise<unknown> {
  if (file.size > MOST_JSON) throw new ControlError("invalid-model", texts.modelLongJson(file.name, MOST_JSON / 1e6));
  try {
    return JSON.parse(await file.text());
  } catch {
    throw new ControlError("invalid-model", texts.modelNotJson(file.name));
  }
}
