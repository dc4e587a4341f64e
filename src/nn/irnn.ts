import { Rng } from "../runtime/index.js";
import { elmanRelu } from "./cells/index.js";
import { irnn, type IrnnOptions } from "./initialisers/irnn.js";
import { initialise } from "./initialisers/recipe.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";

export interface IRNNOptions extends RecurrentOptions, IrnnOptions {}

/**
 * Stacked IRNN: rectified units, h′ = max(W_ih·x + W_hh·h + b, 0), that start with W_hh = I and b = 0, so that each keeps what it
 * has. The cell is `elmanRelu`, the recipe `initialisers.irnn` (also preset `irnn` of `initialise`).
 *
 * Source: Le, Jaitly & Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units".
 *
 * @example new IRNN({ inputSize: 2, hiddenSize: 64, std: 0.01 }, rng)
 */
export class IRNN extends Recurrent {
  constructor(given: IRNNOptions, rng: Rng = new Rng(0)) {
    const { std, gain, ...options } = given ?? {};
    super(elmanRelu, options, rng);
    initialise(this, irnn({ std, gain }), rng);
  }
}
