/** How parameters move: optimizers in PyTorch's form, gradient clipping, learning-rate schedules. */
export { Adadelta, type AdadeltaSettings } from "./adadelta.js";
export { Adagrad, type AdagradSettings } from "./adagrad.js";
export { Adam, AdamW, type AdamSettings } from "./adam.js";
export { ASGD, type ASGDSettings, type Trigger } from "./asgd.js";
export { clipGradNorm, type ClippedNorm } from "./clip.js";
export { type CommonSettings, type Learned, Optimizer, type ParameterGroup, type StepOptions } from "./optimizer.js";
export { type NamedGroup, OPTIMIZER_NAMES, optimizerOf, type OptimizerOptions } from "./optimizer-options.js";
export type { OptimizerState } from "./optimizer-state.js";
export {
  type AdaptiveSchedule,
  type Observation,
  Plateau,
  type PlateauSettings,
  ValidDecay,
  type ValidDecaySettings,
} from "./adaptive-schedules.js";
export {
  type LearningRate,
  learningRateOf,
  SCHEDULE_NAMES,
  type ScheduleOptions,
  type ScheduleUnit,
  type TrainingLength,
  type WarmUp,
} from "./schedule-config.js";
export {
  constant,
  cosine,
  exponential,
  inverseSqrt,
  linear,
  multiStep,
  noam,
  oneCycle,
  piecewise,
  type Schedule,
  stepDecay,
  warmupLinear,
  warmUp,
  zaremba,
} from "./schedules.js";
export { RMSprop, type RMSpropSettings } from "./rmsprop.js";
export { SGD, type SGDSettings } from "./sgd.js";
