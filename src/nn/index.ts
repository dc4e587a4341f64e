/** Networks: cells, the driver that runs them over time, and the layers around them. */
export { AdaptiveSoftmax, type AdaptiveSoftmaxOptions, type AdaptiveSoftmaxOutput } from "./adaptive-softmax.js";
export {
  type Candidates,
  type CandidateSampler,
  drawCandidates,
  logExpectedCount,
  logUniform,
} from "./candidate-sampler.js";
export * from "./attention/index.js";
export * from "./cells/index.js";
export type { FamilyOption, FamilyOptions } from "./cell-family.js";
export { Convolution, type ConvolutionOptions, type ConvolutionPadding } from "./convolution.js";
export * from "./crf/index.js";
export * from "./decoder/index.js";
export { deepCell } from "./deep-cell.js";
export { Dropout } from "./dropout.js";
export { Embedding, type EmbeddingOptions } from "./embedding.js";
export {
  initialise,
  type Initialisable,
  type InitialisableParts,
  type InitialiserPreset,
  type InitialiserRecipe,
} from "./initialisers/recipe.js";
export * as initialisers from "./initialisers/index.js";
export { IRNN, type IRNNOptions } from "./irnn.js";
export { LearnedState, type Stateful } from "./learned-state.js";
export { resetRows } from "./reset-rows.js";
export {
  hessianVectorProduct,
  type Direction,
  type HessianInput,
  type HessianProduct,
  type Moving,
} from "./hessian-vector.js";
export { Linear, type LinearOptions } from "./linear.js";
export type { Merge, MergeFunction } from "./merge.js";
export { Module } from "./module.js";
export { monteCarlo, type MonteCarloSummary } from "./monte-carlo.js";
export { type GroupOf, type GroupRule, parameterGroups } from "./parameter-groups.js";
export { PopulationStatistics, type PopulationOptions } from "./population-statistics.js";
export { attendOverTime, type Attended, lastStep, maxOverTime, meanOverTime, type PooledSteps } from "./pool-steps.js";
export { Pooling, POOLING_KINDS, type PoolingKind, type PoolingOptions } from "./pooling.js";
export {
  Orthogonal,
  orthogonal,
  type OrthogonalMap,
  type OrthogonalOptions,
  type OrthogonalStart,
} from "./parametrise/orthogonal.js";
export { Unitary, unitary, type UnitaryMap, type UnitaryOptions, type UnitaryStart } from "./parametrise/unitary.js";
export { SpectralNorm, type SpectralNormOptions } from "./parametrise/spectral-norm.js";
export {
  detachState,
  Recurrent,
  type CellState,
  type RecurrentInput,
  type RecurrentOptions,
  type RecurrentOutput,
  type RecurrentState,
  type RecurrentTrace,
  type StepInput,
} from "./recurrent.js";
export type { RecurrenceOptions } from "./recurrence.js";
export type { CellInputs } from "./recurrent-inputs.js";
export { GRU, LSTM, RNN, type RNNOptions } from "./recurrent-classes.js";
export { type ReadyLayer, type Skip, Stack, type StackLayer, type StackOptions } from "./stack.js";
export type { StepDraws } from "./step-draws.js";
export {
  TapeRecurrent,
  type StepModule,
  type TapeRecurrentInput,
  type TapeRecurrentOptions,
} from "./tape-recurrent.js";
export {
  forwardWindow,
  truncatedWindows,
  type TruncatedWindow,
  type TruncationOptions,
  type WindowInput,
} from "./truncation.js";
export * from "./regularise/index.js";
export type { StepSelection } from "./sequence-pieces.js";
export { SampledSoftmax, type SampledSoftmaxInput, type SampledSoftmaxOptions } from "./sampled-softmax.js";
export {
  spellWords,
  type SpeltWords,
  WordCharacters,
  WORD_CHARACTERS_KINDS,
  type WordCharactersKind,
  type WordCharactersOptions,
} from "./word-characters.js";
export { binaryCrossEntropy, crossEntropy, mseLoss } from "../tensor/index.js";
