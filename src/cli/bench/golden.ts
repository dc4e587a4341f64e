import type { Proof } from "./phases.js";

/**
 * What PyTorch computes for the built-in workloads.
 *
 * Made by bench/golden.py with PyTorch 1.13.0a0 in float64, from float32 parameters and data.
 */
export const GOLDEN: Readonly<Record<string, Proof>> = {
  "char-small.train": { loss: [4.176243598, 4.17450626, 4.1727976] },
  "char-small.infer": { checkAbs: 0.048401853 },
  "char-medium.train": { loss: [4.175888701, 4.167190004, 4.158514461] },
  "char-medium.infer": { checkAbs: 0.042671533 },
  "word-large.train": { loss: [9.210994928, 9.196042239, 9.180395773] },
  "word-large.infer": { checkAbs: 0.037168845 },
  "big.train": { loss: [5.545074708, 5.537042026, 5.528471903] },
  "big.infer": { checkAbs: 0.022820049 },
  "gru-small.train": { loss: [4.176995937, 4.171748947, 4.166661863] },
  "gru-small.infer": { checkAbs: 0.060183208 },
  "elman-small.train": { loss: [4.178887607, 4.163024047, 4.147604897] },
  "elman-small.infer": { checkAbs: 0.095287824 },
  "tagger.train": { loss: [2.835381793, 2.828293681, 2.821245061] },
  "tagger.infer": { checkAbs: 0.057037576 },
  "long.train": { loss: [0.425757992, 0.421372562, 0.41751069] },
  "long.infer": { checkAbs: 0.054969966 },
  "seq2seq.train": { loss: [8.517518267, 8.483494187, 8.44848531] },
  "stream-h64.stream": { checkAbs: 0.076073546 },
  "stream-h128.stream": { checkAbs: 0.069491947 },
  "stream-h256x2.stream": { checkAbs: 0.021377659 },
  "stream-h512x2.stream": { checkAbs: 0.018798465 },
};
