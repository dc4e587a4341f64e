/** Regularisers that stand before or behind a recurrent layer of any cell: on its weights, words, outputs and gradients. */
export { activationPenalty, type ActivationPenaltyOptions, temporalActivationPenalty } from "./activation-penalty.js";
export { dropConnect, type DropConnectOptions } from "./drop-connect.js";
export { gradientNoise, type GradientNoiseOptions } from "./gradient-noise.js";
export { maxNorm, type MaxNormOptions } from "./max-norm.js";
export { weightNoise, type WeightNoiseOptions } from "./weight-noise.js";
export { weightsOf } from "./weights-of.js";
export { l1Penalty, l2Penalty } from "./weight-penalty.js";
export {
  embeddingDropout,
  type EmbeddingDropoutOptions,
  wordDropout,
  type WordDropoutOptions,
} from "./word-dropout.js";
