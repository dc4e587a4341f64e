import { unknownValue } from "../../errors.js";
import type { Rng } from "../../runtime/index.js";
import { dropout, mul, Tensor } from "../../tensor/index.js";
import { expectDraws, expectTensor } from "../given.js";

export interface DropConnectOptions {
  /** Probability of a weight to be dropped, 0 … 1. */
  readonly p: number;
  /** Where the mask comes from: one generator, one mask; without it the expectation, the weight itself. */
  readonly rng?: Rng;
  /** Drop single weights (default), or rows: all that comes into one unit of one gate. */
  readonly drop?: "weights" | "rows";
}

/**
 * DropConnect, or weight drop: each weight is 0 with probability p, else multiplied by 1/(1 − p).
 *
 * weight [M, K] → [M, K] (or a vector [M] → [M], each number a row), to be used in its place for a whole sequence: one mask for all its steps. On recurrent matrices it
 * is the weight drop of the AWD-LSTM; `drop: "rows"` is its `variational` form. p = 0 is the identity, p = 1 gives zeros.
 * Errors: `E_VALUE`, `E_DTYPE`. Sources: Wan et al. 2013; Merity, Keskar, Socher 2018, "Regularizing and optimizing LSTM
 * language models".
 *
 * @example const weight = dropConnect(parameters.weight_hh, { p: 0.5, rng: rng.split("weight_hh").split(step) });
 */
export function dropConnect(weight: Tensor, options: DropConnectOptions): Tensor {
  expectDraws("dropConnect", options, ["p", "rng", "drop"]);
  expectTensor("dropConnect", "weight", weight);
  const { p, rng, drop = "weights" } = options;
  if (drop === "weights") return dropout(weight, { p, rng });
  if (drop !== "rows") throw unknownValue("dropConnect", "drop", drop, ["weights", "rows"]);
  const rows = dropout(Tensor.ones([weight.shape[0], ...weight.shape.slice(1).fill(1)], weight.dtype), { p, rng });
  return rng === undefined || p === 0 ? weight : mul(weight, rows);
}
