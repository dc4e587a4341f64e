/** Which steps of a batch exist, and where states begin anew: lengths, masks and resets become pieces of sequences. */
import { badChoice, badLengths, badStepMask } from "../errors.js";
import { Tensor } from "../tensor/index.js";

export interface StepSelection {
  /** Steps of each sequence, 0 … T; all T if absent. Outputs after the end are zero, the final state is that at the end. */
  readonly lengths?: readonly number[];
  /**
   * Which steps there are, [T, B]: 1 for a valid one, 0 for one to be skipped. A skipped step is as if it were not there: its
   * x is not read, the state passes over it, its output is zero. In place of `lengths`, of which it is the general form.
   */
  readonly mask?: Tensor;
  /**
   * Where sequences begin anew, [T, B]: 1 where step t of sequence b starts from the initial state instead of the one
   * before it, 0 elsewhere; on a skipped step it counts for the next valid one. The reverse direction begins anew on the
   * same boundary, coming from the other side.
   */
  readonly reset?: Tensor;
  /**
   * What the output of a skipped step, or of one beyond the end, is: `"zero"`, the default; or `"previous"`, that of the valid step read
   * before it, zeros where there is none. Keras's layers do the latter unless `zero_output_for_mask`. For layers of one direction.
   */
  readonly skippedOutput?: "zero" | "previous";
}

/** A run of steps of one sequence that starts from a state of its own. */
export interface Piece {
  /** The sequence, b. */
  readonly sequence: number;
  /** Its steps t, ascending. */
  readonly steps: Int32Array;
}

/** The pieces of all sequences, those of one sequence one after the other. */
export interface Pieces {
  readonly pieces: readonly Piece[];
  /** Index of the first piece of each sequence, and the number of pieces at the end. */
  readonly starts: Int32Array;
  /** Whether the first piece of a sequence begins anew. */
  readonly anew: readonly boolean[];
}

/**
 * Cut B sequences of up to T steps into pieces; a sequence without steps is one empty piece.
 *
 * Errors: `E_LENGTHS`; `E_MASK` for a mask or reset that is not [T, B] of 0 and 1; `E_OPTION` for lengths and mask at once.
 */
export function piecesOf(who: string, T: number, B: number, { lengths, mask, reset }: StepSelection): Pieces {
  if (lengths !== undefined && mask !== undefined) throw badChoice(who, "lengths", "mask");
  if (lengths !== undefined) checkLengths(who, T, B, lengths);
  const valid = mask && zerosAndOnes(who, "mask", T, B, mask);
  const resets = reset && zerosAndOnes(who, "reset", T, B, reset);
  const pieces: Piece[] = [];
  const starts = new Int32Array(B + 1);
  const anew: boolean[] = [];
  for (let b = 0; b < B; b++) {
    let steps: number[] = [];
    let [begins, first] = [false, false];
    for (let t = 0; t < (lengths?.[b] ?? T); t++) {
      if (resets?.[t * B + b] === 1) begins = true;
      if (valid?.[t * B + b] === 0) continue;
      if (begins && steps.length > 0) {
        pieces.push({ sequence: b, steps: Int32Array.from(steps) });
        steps = [];
      } else if (begins) first = true;
      begins = false;
      steps.push(t);
    }
    pieces.push({ sequence: b, steps: Int32Array.from(steps) });
    starts[b + 1] = pieces.length;
    anew.push(first);
  }
  return { pieces, starts, anew };
}

/** A sequence that is where it started, and one that begins anew with its next step. */
export const [START, ANEW] = [-1, -2];

/**
 * Where each of B sequences stands before step `before`: the last of its steps, `START` where there is none, `ANEW` where it
 * begins anew since. The selection is one that `piecesOf` accepts.
 */
export function standings(before: number, B: number, { lengths, mask, reset }: StepSelection): Int32Array {
  const [valid, resets] = [mask?.toArray(), reset?.toArray()];
  return Int32Array.from({ length: B }, (_, b) => {
    let at = START;
    for (let t = 0; t < Math.min(before, lengths?.[b] ?? before); t++) {
      if (resets?.[t * B + b] === 1) at = ANEW;
      if (valid?.[t * B + b] !== 0) at = t;
    }
    return at;
  });
}

function zerosAndOnes(who: string, name: string, T: number, B: number, given: Tensor): ArrayLike<number> {
  if (!(given instanceof Tensor)) throw badStepMask(who, name, [T, B], "something that is no tensor");
  const [steps, batch] = given.shape;
  if (given.rank !== 2 || steps !== T || batch !== B) {
    throw badStepMask(who, name, [T, B], `a tensor [${given.shape.join(", ")}]`);
  }
  const values = given.toArray();
  const wrong = values.findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0) {
    const where = `step ${Math.floor(wrong / B)} of sequence ${wrong % B}`;
    throw badStepMask(who, name, [T, B], `${values[wrong]} at ${where}`);
  }
  return values;
}

function checkLengths(who: string, T: number, B: number, lengths: readonly number[]): void {
  if (!Array.isArray(lengths) && !ArrayBuffer.isView(lengths)) {
    throw badLengths(who, B, T, `received ${String(lengths)}`);
  }
  if (lengths.length !== B) throw badLengths(who, B, T, `received ${lengths.length} of them`);
  // Holes of an array are lengths that are none.
  Array.from(lengths).forEach((length, b) => {
    if (!Number.isInteger(length) || length < 0 || length > T) {
      throw badLengths(who, B, T, `received ${String(length)} for sequence ${b}`);
    }
  });
}
