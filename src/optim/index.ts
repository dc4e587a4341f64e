/** How parameters move: optimizers in PyTorch's form, gradient clipping, learning-rate schedules. */
export { Adam, AdamW, type AdamSettings } from "./adam.js";
export { clipGradNorm, type ClippedNorm } from "./clip.js";
export { type CommonSettings, type Learned, Optimizer, type ParameterGroup, type StepOptions } from "./optimizer.js";
export type { OptimizerState } from "./optimizer-state.js";
export { constant, cosine, type Schedule, stepDecay, warmupLinear } from "./schedules.js";
export { SGD, type SGDSettings } from "./sgd.js";
