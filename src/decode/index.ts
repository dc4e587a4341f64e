/** From scores to choices: works on arrays of scores and on steppers, never on a model. */
export { argmax, Sampler, type Logits, type SamplerOptions } from "./sampler.js";
export type { RepetitionControl } from "./repetition.js";
export { generate, type Stepper } from "./stepper.js";
export { rowsOf, type RowStepper } from "./row-stepper.js";
export { beamSearch, type Hypothesis } from "./beam-search.js";
export type { BeamOptions, FinishRule } from "./beam-options.js";
export { coveragePenalty, lengthDivisor, type CoveragePenalty, type LengthPenalty } from "./penalties.js";
