/** Linear-chain conditional random fields. */
export { type ConstraintScheme, spanConstraints, type TagConstraints } from "./constraints.js";
export { CRF, type CRFDecoding, type CRFOptions, type CRFReduction, type RankedPath, type TaggedSteps } from "./crf.js";
export type { TagPath } from "./viterbi.js";
