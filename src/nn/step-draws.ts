/** The randomness of a step that is a module: a generator for each step, and which row of the batch each of its rows is. */
import { reversedRows } from "../cell/index.js";
import type { Rng } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import type { SequenceRows } from "./sequence-rows.js";

/** What a step may draw from: what `Dropout.forward` takes. Empty without `rng`, when the layer computes the expectation. */
export interface StepDraws {
  /** A generator of this step alone. */
  readonly rng?: Rng;
  /**
   * Row t·B + b of the caller's batch that each row of the step is, [N] int32. A mask that is a function of it does not depend on
   * how the rows are sorted, nor on who else is in the batch.
   */
  readonly rows?: Tensor;
}

/**
 * What step s of a direction draws from: `rng.split("step" + suffix).split(s)`, a pure function of the key of `rng`, the direction
 * and s, which counts from where the row is first read. The rows are those of the door, turned around where it is read from its end.
 */
export function stepDraws(
  rng: Rng | undefined,
  { suffix, reverse, door }: { readonly suffix: string; readonly reverse: boolean; readonly door: SequenceRows },
): (s: number) => StepDraws {
  if (rng === undefined) return () => ({});
  const own = rng.split(`step${suffix}`);
  const { rows, original } = door;
  const packed = original?.data() ?? Int32Array.from({ length: rows.rows }, (_, r) => r);
  const read = reverse ? reversedRows(rows).map((r) => packed[r]) : Int32Array.from(packed);
  return (s) => {
    const first = rows.offsets[s];
    return { rng: own.split(s), rows: Tensor.from(read.slice(first, first + rows.active[s])) };
  };
}
