import { shapeMismatch } from "../errors.js";
import { concat, gatherRows, Tensor } from "../tensor/index.js";
import type { RecurrentState } from "./recurrent.js";

/**
 * A state carried from batch to batch in which some sequences begin anew: row b is that of `to` (default: zero) where
 * `begins[b]`, and stays where not. Gradients flow to the rows that were taken, of both.
 *
 * state, to: values [B, width]; begins: B of them. Errors: `E_SHAPE` when the counts differ.
 *
 * @example state = resetRows(detachState(state), batch.begins);   // and start.forward(B) as third, for a LearnedState
 */
export function resetRows(state: RecurrentState, begins: readonly boolean[], to?: RecurrentState): RecurrentState {
  for (const [name, { shape }] of state.flatMap((record) => Object.entries(record))) {
    if (begins.length !== shape[0])
      throw shapeMismatch(`resetRows: begins of state ${name}`, [shape[0]], [begins.length]);
  }
  if (!begins.includes(true)) return state;
  return state.map((record, i) =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]) => {
        const [B] = value.shape;
        const fresh = to?.[i]?.[name];
        // A negative row is one of zeros.
        const rows = Tensor.from(
          Int32Array.from(begins, (begin, b) => (begin ? (fresh === undefined ? -1 : B + b) : b)),
        );
        return [name, gatherRows(fresh === undefined ? value : concat([value, fresh], 0), rows)];
      }),
    ),
  );
}
