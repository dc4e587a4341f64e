import { badState, invalidValue, shapeMismatch } from "../errors.js";
import { concat, gatherRows, Tensor } from "../tensor/index.js";
import type { RecurrentState } from "./recurrent.js";

/**
 * A state carried from batch to batch in which some sequences begin anew: row b is that of `to` (default: zero) where
 * `begins[b]`, and stays where not. Gradients flow to the rows that were taken, of both.
 *
 * state, to: values [B, width]; begins: B of them, true or false, 1 or 0. Errors: `E_SHAPE` when the counts differ or `to` has other
 * shapes, `E_STATE` when it has other states, `E_VALUE` for what is no flag.
 *
 * @example state = resetRows(detachState(state), batch.begins);   // and start.forward(B) as third, for a LearnedState
 */
export function resetRows(
  state: RecurrentState,
  begins: ArrayLike<boolean | number>,
  to?: RecurrentState,
): RecurrentState {
  if (!Array.isArray(state as unknown))
    throw badState("resetRows", "a list of records, as a layer returns it", typeof state);
  const anew = Array.from(begins, (flag, b) => {
    if (flag !== true && flag !== false && flag !== 1 && flag !== 0)
      throw invalidValue("resetRows", `begins[${b}]`, "true or false, 1 or 0", flag);
    return Boolean(flag);
  });
  if (to !== undefined) checkFresh(state, to);
  for (const [name, { shape }] of state.flatMap((record) => Object.entries(record))) {
    if (anew.length !== shape[0]) throw shapeMismatch(`resetRows: begins of state ${name}`, [shape[0]], [anew.length]);
  }
  if (!anew.includes(true)) return state;
  return state.map((record, i) =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]) => {
        const [B] = value.shape;
        const fresh = to?.[i][name];
        // A negative row is one of zeros.
        const rows = Tensor.from(Int32Array.from(anew, (begin, b) => (begin ? (fresh === undefined ? -1 : B + b) : b)));
        return [name, gatherRows(fresh === undefined ? value : concat([value, fresh], 0), rows)];
      }),
    ),
  );
}

/** Errors: `E_STATE`, `E_SHAPE` where `to` is not a state like `state`. */
function checkFresh(state: RecurrentState, to: RecurrentState): void {
  const words = (record: object | undefined): string =>
    `{ ${Object.keys(record ?? {})
      .sort()
      .join(", ")} }`;
  for (let i = 0; i < Math.max(state.length, to.length); i++) {
    if (words(state[i]) !== words(to[i]))
      throw badState("resetRows: to", `${words(state[i])} in record ${i}`, words(to[i]));
    for (const [name, { shape }] of Object.entries(state[i])) {
      if (String(shape) !== String(to[i][name].shape))
        throw shapeMismatch(`resetRows: ${name} of record ${i} of to`, [...shape], to[i][name].shape);
    }
  }
}
