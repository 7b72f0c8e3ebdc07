/**
 * unnoise: diffusion models that run, step by step, in the browser.
 *
 * @packageDocumentation
 */

export type { PictureArea } from "./api/averaging.ts";
export { Diffuser } from "./api/diffuser.ts";
export { type FitOptions, type FittedPicture, fitPicture } from "./api/fit.ts";
export { modelFolders } from "./api/folders.ts";
export { parseModelJson } from "./api/json.ts";
export { Model } from "./api/model.ts";
export { noise } from "./api/noise.ts";
export type { Run } from "./api/run.ts";
export { slerp } from "./api/slerp.ts";
export type { Step } from "./api/step.ts";
export type {
  Objective,
  TrainData,
  TrainedFiles,
  Trainer,
  TrainerInfo,
  TrainImages,
  TrainOptions,
  TrainPoints,
  TrainReport,
} from "./api/trainer.ts";
export { weightsFiles } from "./api/weights.ts";
export type {
  AnalyticTable,
  LoadOptions,
  ModelFiles,
  ModelInfo,
  ModelWarning,
  RunDefaults,
  SchedulerConfig,
  VdmFile,
} from "./checkpoint.ts";
export type { Known, Observed, Potential, PotentialAnswer, PotentialFunction, Region, Start } from "./editing.ts";
export { UnnoiseError } from "./errors.ts";
export type { EncodeOptions, EstimateOptions, Likelihood, LikelihoodOptions, MeasureOptions } from "./findings.ts";
export type { CheckedAnswer, CheckedBackend, CheckedPart, CheckOptions, CheckReport } from "./host/checked.ts";
export type { Plan, PlanOptions, PlanStep, Trajectory } from "./plan.ts";
export type {
  Backend,
  BackendKind,
  BackendTiming,
  Blend,
  CallOptions,
  CreateOptions,
  Denoiser,
  DenoiserOptions,
  DeviceKind,
  DiffuseOptions,
  LoadProgress,
  SampleOptions,
  ScheduleOptions,
  Shape,
} from "./types.ts";
