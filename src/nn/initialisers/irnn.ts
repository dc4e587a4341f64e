import { expectOptions } from "../given.js";
import type { InitialiserRecipe } from "./recipe.js";
import { constant, identity, normal } from "./rules.js";

export interface IrnnOptions {
  /** Standard deviation of the input weights, default 0.001. */
  readonly std?: number;
  /** What the recurrent matrix is on its diagonal, default 1; below it a unit forgets: iRNN of the same article. */
  readonly gain?: number;
}

/**
 * Where an IRNN starts: recurrent matrices gain·I (recurrent vectors gain), input weights N(0, std²), biases 0. For rectified units (`elmanRelu`): each
 * then keeps what it has, and errors go back unchanged.
 *
 * Errors: `E_NUMBER` for a negative std. Source: Le, Jaitly & Hinton 2015, https://arxiv.org/abs/1504.00941.
 */
export function irnn(options: IrnnOptions = {}): Required<Omit<InitialiserRecipe, "forgetBias" | "gates">> {
  expectOptions("irnn", options, ["std", "gain"]);
  const { std = 0.001, gain = 1 } = options;
  return {
    input: normal(std),
    recurrent: identity(gain),
    recurrentVector: constant(gain),
    output: normal(std),
    bias: constant(0),
    peephole: constant(0),
    gain: constant(1),
  };
}
