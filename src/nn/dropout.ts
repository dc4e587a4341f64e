import { badNumber } from "../errors.js";
import type { Rng } from "../runtime/index.js";
import { dropout, type Tensor } from "../tensor/index.js";
import { expectDraws, expectOptions } from "./given.js";
import { Module } from "./module.js";

/**
 * Inverted dropout: with `rng` each element is 0 with probability p, else multiplied by 1/(1 − p); without it the
 * expectation, which is the identity. x [..] → [..]. Errors: `E_NUMBER` when p is no probability.
 */
export class Dropout extends Module {
  readonly p: number;

  constructor(options: { readonly p: number }) {
    super();
    expectOptions("Dropout", options, ["p"]);
    const { p } = options;
    if (!(p >= 0 && p <= 1)) throw badNumber("Dropout", "p", "a probability, 0 … 1", p);
    this.p = p;
  }

  forward(x: Tensor, options: { readonly rng?: Rng } = {}): Tensor {
    expectDraws("Dropout.forward", options, ["rng"]);
    return dropout(x, { p: this.p, rng: options.rng });
  }
}
