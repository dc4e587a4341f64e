import { broadcastTo, Parameter, reshape } from "../tensor/index.js";
import { Module } from "./module.js";
import type { Recurrent, RecurrentState } from "./recurrent.js";

/**
 * An initial state that is learned: one vector per state, layer and direction, the same for every sequence of a batch.
 *
 * Parameters are named `<state>_l<layer>` with `_reverse` for the second direction, each [its width], and start from zero:
 * an untrained one is the zero state. Their gradient is the sum over the batch of that of the initial states.
 *
 * @example
 * const start = new LearnedState(net);
 * const { output } = net.forward(x, { state: start.forward(x.shape[1]) });   // and give start.parameters() to the optimizer
 */
export class LearnedState extends Module {
  readonly #records: readonly Readonly<Record<string, Parameter>>[];
  readonly #suffixes: readonly string[];

  constructor(net: Recurrent) {
    super();
    const { dtype } = net.options;
    this.#suffixes = net.stack.map(({ suffix }) => suffix);
    this.#records = net.stack.map(({ dims, suffix }) =>
      Object.fromEntries(
        net.cell.states.map(({ name, dim }) => [
          name,
          new Parameter([dims[dim]], undefined, { dtype, name: name + suffix }),
        ]),
      ),
    );
  }

  override *namedParameters(prefix = ""): IterableIterator<[string, Parameter]> {
    for (const [i, record] of this.#records.entries()) {
      for (const [name, value] of Object.entries(record)) yield [`${prefix}${name}${this.#suffixes[i]}`, value];
    }
  }

  /** The state before the first step of `batch` sequences, each value [B, its width]. */
  forward(batch: number): RecurrentState {
    return this.#records.map((record) =>
      Object.fromEntries(
        Object.entries(record).map(([name, value]) => [
          name,
          broadcastTo(reshape(value, [1, value.size]), [batch, value.size]),
        ]),
      ),
    );
  }
}
