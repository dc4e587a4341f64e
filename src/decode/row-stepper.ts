import { invalidValue } from "../errors.js";
import type { Logits } from "./sampler.js";
import type { Stepper } from "./stepper.js";

/** A model that reads one token in each of R rows at a time: all that a search knows of it. */
export interface RowStepper {
  /** Number of choices V. */
  readonly size: number;
  /** Rows at present, R. */
  readonly rows: number;
  /** Every row reads one token; scores of what may follow, [R, V], a row after the other, valid until the next call. */
  step(tokens: Int32Array): Logits;
  /** Go on with these rows, in this order; a row may be left out or taken several times. */
  select(rows: Int32Array): void;
  /** Where each row looked in its source at the last step, [R, S]; absent or null if it does not look anywhere. */
  readonly attention?: Float32Array | Float64Array | null;
}

/**
 * A model that reads one sequence, as one that reads several: each row is a state of it, which is restored, stepped and
 * saved. All rows begin where the stepper is now.
 *
 * @param rows rows to begin with (default 1)
 */
export function rowsOf<State>(stepper: Stepper<State>, rows = 1): RowStepper {
  const beginning = stepper.save();
  let states = Array.from({ length: rows }, () => beginning);
  return {
    size: stepper.size,
    get rows() {
      return states.length;
    },
    step(tokens) {
      if (tokens.length !== states.length) {
        throw invalidValue("rowsOf.step", "tokens", `${states.length}, one for each row`, tokens.length);
      }
      const all = new Float64Array(states.length * stepper.size);
      states = states.map((state, row) => {
        stepper.restore(state);
        all.set(stepper.step(tokens[row]), row * stepper.size);
        return stepper.save();
      });
      return all;
    },
    select(chosen) {
      states = Array.from(chosen, (row) => states[row]);
    },
  };
}
