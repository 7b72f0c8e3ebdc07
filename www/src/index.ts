/**
 * unnoise: diffusion models that run, step by step, in the browser.
 *
 * @packageDocumentation
 */
export type { CheckedAnswer, CheckedBackend, CheckedPart, CheckOptions, CheckReport } from "./checked.ts";
export { Diffuser } from "./diffuser.ts";
export { UnnoiseError } from "./errors.ts";
export type { EncodeOptions, EstimateOptions, Likelihood, LikelihoodOptions, MeasureOptions } from "./findings.ts";
export { modelFolders } from "./folders.ts";
export { Model } from "./model.ts";
export { noise } from "./noise.ts";
export type { Plan, PlanOptions, PlanStep, Trajectory } from "./plan.ts";
export type { Run } from "./run.ts";
export { slerp } from "./slerp.ts";
export type { Step } from "./step.ts";
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
