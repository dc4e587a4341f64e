import { badNumber } from "../errors.js";
import { dropout, type DropoutOptions, type Tensor } from "../tensor/index.js";
import { expectDraws, expectOptions, expectTensor } from "./given.js";
import { Module } from "./module.js";

/**
 * Inverted dropout: with `rng` each element is 0 with probability p, else multiplied by 1/(1 − p); without it the
 * expectation, which is the identity. x [.., F] → [.., F]. `rows`: the row number that the mask is a function of, for each row of x
 * (int32); default the row itself. Errors: `E_NUMBER` when p is no probability.
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

  forward(x: Tensor, options: Readonly<Pick<DropoutOptions, "rng" | "rows">> = {}): Tensor {
    expectDraws("Dropout.forward", options, ["rng", "rows"]);
    const { rng, rows } = options;
    if (rows !== undefined) expectTensor("Dropout.forward", "rows", rows);
    return dropout(x, { p: this.p, rng, rows });
  }
}
