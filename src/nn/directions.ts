/** One layer in its directions: what every recurrent layer does around a run over packed rows, whatever runs. */
import type { LayerOutput } from "../cell/index.js";
import type { Tensor } from "../tensor/index.js";
import { type Merge, merged } from "./merge.js";
import type { CellState } from "./recurrent-state.js";
import type { SequenceRows } from "./sequence-rows.js";

/** One direction: how it runs, from what, and which way. */
export interface Direction {
  /** Whether it reads every piece from its end. */
  readonly reverse: boolean;
  /** Initial states [B, its width] of the sequences, and of those that begin anew, by name; zero where absent. */
  readonly state?: CellState;
  readonly anew?: CellState;
  /** x [R, I], packed, in the order of reading, and the initial states of the pieces. */
  run(x: Tensor, initial: Readonly<Record<string, Tensor>>): LayerOutput;
}

export interface DirectionsOutput {
  /** [R, M], packed, in the order of time. */
  readonly output: Tensor;
  /** By direction, each [B, its width]. */
  readonly final: readonly CellState[];
  /** By direction, each [T, B, its width]; empty records unless the run traces. */
  readonly states: readonly CellState[];
}

/** Run a layer in one direction or in two, whose outputs are merged. */
export function runDirections(
  door: SequenceRows,
  packed: Tensor,
  directions: readonly Direction[],
  merge: Merge,
): DirectionsOutput {
  const runs = directions.map(({ reverse, state = {}, anew = {}, run }) => {
    const turned = (value: Tensor): Tensor => (reverse ? door.reverse(value) : value);
    const initial: Record<string, Tensor> = {};
    for (const name of Object.keys({ ...state, ...anew })) {
      const value = door.enter(state[name], anew[name], reverse);
      if (value !== undefined) initial[name] = value;
    }
    const { output, final, states } = run(turned(packed), initial);
    return {
      output: turned(output),
      final: mapped(final, (value) => door.leave(value, reverse)),
      states: mapped(states, (value) => door.unpack(turned(value))),
    };
  });
  const [first, second] = runs.map(({ output }) => output);
  return {
    output: second === undefined ? first : merged(merge, first, second),
    final: runs.map(({ final }) => final),
    states: runs.map(({ states }) => states),
  };
}

function mapped(record: CellState, change: (value: Tensor) => Tensor): CellState {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
