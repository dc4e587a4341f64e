/** The cells under the names PyTorch gives their networks. */
import type { Rng } from "../runtime/index.js";
import { unknownValue } from "../errors.js";
import { elman, elmanRelu, gru, lstm } from "./cells/index.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";

/**
 * Stacked LSTM, `torch.nn.LSTM`: see `cells/lstm.ts` for the equations, `Recurrent` for the options. What `proj_size` is there
 * is a cell of its own, `projectedLstm`.
 */
export class LSTM extends Recurrent {
  constructor(options: RecurrentOptions, rng?: Rng) {
    super(lstm, options, rng);
  }
}

/** Stacked GRU, `torch.nn.GRU` (reset after): see `cells/gru.ts` for the equations, `Recurrent` for the options. */
export class GRU extends Recurrent {
  constructor(options: RecurrentOptions, rng?: Rng) {
    super(gru, options, rng);
  }
}

export interface RNNOptions extends RecurrentOptions {
  /** φ, default "tanh". */
  readonly nonlinearity?: "tanh" | "relu";
}

/** Stacked simple recurrent network, `torch.nn.RNN`: see `cells/elman.ts` for the equations. */
export class RNN extends Recurrent {
  constructor(given: RNNOptions, rng?: Rng) {
    const { nonlinearity = "tanh", ...options } = given ?? {};
    const cell = { tanh: elman, relu: elmanRelu }[nonlinearity];
    if (cell === undefined) throw unknownValue("RNN", "nonlinearity", nonlinearity, ["tanh", "relu"]);
    super(cell, options, rng);
  }
}
