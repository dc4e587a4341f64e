import { broadcastTo, Parameter, reshape, scope } from "../tensor/index.js";
import { expectStateful } from "./given.js";
import { Module } from "./module.js";
import type { RecurrentState } from "./recurrent.js";

/** What an initial state can be learned for: a `Recurrent`, a `Stack` or a `TapeRecurrent`. */
export interface Stateful {
  /** The state before the first step of B sequences. */
  zeroState(batch: number): RecurrentState;
  /** What the names of its records end in. */
  readonly suffixes: readonly string[];
}

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

  constructor(net: Stateful) {
    super();
    expectStateful("LearnedState", net);
    const { suffixes } = net;
    this.#suffixes = suffixes;
    this.#records = scope(() =>
      net.zeroState(1).map((record, i) =>
        Object.fromEntries(
          Object.entries(record).map(([name, { shape, dtype }]) => {
            const options = { dtype: dtype as "f32" | "f64", name: name + suffixes[i] };
            return [name, new Parameter([shape[1]], undefined, options)];
          }),
        ),
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
