/**
 * unnoise: diffusion models that run, step by step, in the browser.
 *
 * @packageDocumentation
 */

export { Diffuser } from "./api/diffuser.ts";
export { modelFolders } from "./api/folders.ts";
export { Model } from "./api/model.ts";
export { noise } from "./api/noise.ts";
export type { Run } from "./api/run.ts";
export { slerp } from "./api/slerp.ts";
export type { Step } from "./api/step.ts";
export { UnnoiseError } from "./errors.ts";
export type { EncodeOptions, EstimateOptions, Likelihood, LikelihoodOptions, MeasureOptions } from "./findings.ts";
export type { CheckedAnswer, CheckedBackend, CheckedPart, CheckOptions, CheckReport } from "./host/checked.ts";
export type { Known, Observed, Plan, PlanOptions, PlanStep, Start, Trajectory } from "./plan.ts";
export type {
  AnalyticTable,
  Backend,
  BackendKind,
  Blend,
  CallOptions,
  CreateOptions,
  Denoiser,
  DenoiserOptions,
  DeviceKind,
  DiffuseOptions,
  LoadOptions,
  LoadProgress,
  ModelFiles,
  ModelInfo,
  ModelWarning,
  SampleOptions,
  ScheduleOptions,
  SchedulerConfig,
  Shape,
} from "./types.ts";
