/** Makes a model of files chosen on this computer. */

import type { AnalyticTable, ModelFiles } from "../src/index.ts";
import { ControlError } from "./controls.ts";
import { texts } from "./texts.ts";

/** Sorts files by their names: config.json, the .safetensors, and where there are, the three others. */
export async function modelFromFiles(files: readonly File[]): Promise<ModelFiles> {
  const named = (name: string) => files.find((file) => file.name === name);
  const config = named("config.json");
  const weights = files.find((file) => file.name.endsWith(".safetensors"));
  if (!config) throw new ControlError("invalid-model", texts.modelNoFiles("config.json"));
  if (!weights) throw new ControlError("invalid-model", texts.modelNoFiles(".safetensors file"));
  const model: ModelFiles = { config: await readObject(config), weights };
  const scheduler = named("scheduler_config.json");
  const labels = named("labels.json");
  const analytic = named("analytic_dpm.json");
  if (scheduler) model.scheduler = await readObject(scheduler);
  if (labels) model.labels = await readNames(labels);
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
  try {
    return JSON.parse(await file.text());
  } catch {
    throw new ControlError("invalid-model", texts.modelNotJson(file.name));
  }
}
