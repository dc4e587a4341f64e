import { badNumber } from "../errors.js";
import type { Rng } from "../runtime/index.js";
import { dropout, type Tensor } from "../tensor/index.js";
import { Module } from "./module.js";

/**
 * Inverted dropout: with `rng` each element is 0 with probability p, else multiplied by 1/(1 − p); without it the
 * expectation, which is the identity. x [..] → [..]. Errors: `E_NUMBER` when p is no probability.
 */
export class Dropout extends Module {
  readonly p: number;

  constructor({ p }: { readonly p: number }) {
    super();
    if (!(p >= 0 && p <= 1)) throw badNumber("Dropout", "p", "a probability, 0 … 1", p);
    this.p = p;
  }

  forward(x: Tensor, { rng }: { readonly rng?: Rng } = {}): Tensor {
    return dropout(x, { p: this.p, rng });
  }
}
