/** The cell language: a page of equations becomes a recurrent network. */
export {
  bias,
  defineCell,
  gain,
  inputWeight,
  outputWeight,
  peephole,
  recurrentVector,
  recurrentWeight,
  widthsOf,
  type CellDefinition,
  type CellSpec,
  type InputSpec,
  type ParameterRole,
  type ParameterSpec,
  type UpdateGate,
} from "./define.js";
export {
  abs,
  exp,
  Expression,
  linear,
  log,
  relu,
  sigmoid,
  sqrt,
  stopGradient,
  tanh,
  where,
  type Gated,
  type Operand,
  type PlainWeight,
} from "./symbol.js";
export { candidate } from "./candidate.js";
export { delay } from "./delay.js";
export {
  clip,
  hardSigmoid,
  hardTanh,
  leakyRelu,
  modRelu,
  sign,
  softplus,
  softsign,
  type HardSigmoid,
} from "./functions.js";
export { layerNorm, rmsNorm, softmax, type NormOptions } from "./normalise.js";
export { columnMean, columnNorm } from "./column-values.js";
export { eachGate, mean, rowMax, size, sum } from "./row-values.js";
export {
  additiveScores,
  type Coverage,
  dotScores,
  maskedSoftmax,
  MemorySymbol,
  mix,
  POSITIONS,
} from "./memory-values.js";
export { type InlinedStep, type InlineOptions, inputMaps, stepOf } from "./inline-cell.js";
export { tangentCell, tangentName } from "./tangent.js";
export { planCell } from "./plan.js";
export type { Plan } from "./plan-format.js";
export { runLayer, type LayerInput, type LayerOutput } from "./layer.js";
export { packRows, reversedRows, type Rows } from "./rows.js";
export {
  columnMeans,
  givenColumnMeans,
  hasBias,
  inputDropout,
  type InputMasks,
  ownStates,
  recurrentDropout,
  type RecurrentMasks,
  shownColumnMeans,
  updateDropout,
  withoutBias,
  zoneout,
  zoneoutExpectation,
} from "./rewrite/index.js";
export { explain, type ExplainSizes } from "./explain.js";
export { predictedBytes, type MemorySizes, type TrainingBytes } from "./memory.js";
