/** The door of a recurrent layer: which row of [T, B, ·] is which packed row, and back. */
import { packRows, reversedRows, type Rows } from "../cell/index.js";
import { badLengths } from "../errors.js";
import { gatherRows, reshape, Tensor } from "../tensor/index.js";

export interface SequenceRows {
  readonly rows: Rows;
  /** [T, B, F] → packed [R, F]. */
  pack(x: Tensor): Tensor;
  /** Packed [R, F] → [T, B, F], zeros after each sequence's end. */
  unpack(x: Tensor): Tensor;
  /** Packed rows with every sequence turned around; its own inverse. */
  reverse(x: Tensor): Tensor;
  /** [B, F] in the caller's order → sorted by length. */
  sort(state: Tensor): Tensor;
  /** [B, F] sorted by length → the caller's order. */
  unsort(state: Tensor): Tensor;
  /** Original row t·B + b of every packed row (what a dropout mask is a function of); null: the packed row itself. */
  readonly original: Tensor | null;
  /** Original sequence b of every sorted one; null: no sequence moved. */
  readonly order: Tensor | null;
  /** Original sequence b of every packed row, made when first asked for. */
  sequences(): Tensor;
}

/**
 * The rows of a batch of B sequences of up to T steps.
 *
 * @param lengths one whole number in 0 … T per sequence; absent: all have T steps, and no row moves
 */
export function sequenceRows(who: string, T: number, B: number, lengths?: readonly number[]): SequenceRows {
  if (lengths !== undefined) checkLengths(who, T, B, lengths);
  const rows = packRows(lengths ?? Array.from({ length: B }, () => T));
  // Computed when first needed: a forward pass over full sequences needs none of them.
  let mirror: Tensor | null = null;
  const reverse = (x: Tensor): Tensor => gatherRows(x, (mirror ??= Tensor.from(reversedRows(rows))));
  let owners: Tensor | null = null;
  const sequences = (): Tensor => (owners ??= Tensor.from(sequenceOfRows(rows)));
  if (rows.full && rows.steps === T) {
    const same = (x: Tensor): Tensor => x;
    return {
      rows,
      pack: (x) => reshape(x, [T * B, x.shape[2]]),
      unpack: (x) => reshape(x, [T, B, x.shape[1]]),
      reverse,
      sort: same,
      unsort: same,
      original: null,
      order: null,
      sequences,
    };
  }
  const there = new Int32Array(rows.rows);
  const back = new Int32Array(T * B).fill(-1);
  for (let s = 0; s < rows.steps; s++) {
    for (let r = 0; r < rows.active[s]; r++) {
      const packed = rows.offsets[s] + r;
      there[packed] = s * B + rows.order[r];
      back[there[packed]] = packed;
    }
  }
  const inverse = new Int32Array(B);
  rows.order.forEach((b, r) => (inverse[b] = r));
  const [toPacked, toPadded] = [Tensor.from(there), Tensor.from(back)];
  const [toSorted, toCaller] = [Tensor.from(rows.order), Tensor.from(inverse)];
  return {
    rows,
    pack: (x) => gatherRows(reshape(x, [T * B, x.shape[2]]), toPacked),
    unpack: (x) => reshape(gatherRows(x, toPadded), [T, B, x.shape[1]]),
    reverse,
    sort: (state) => gatherRows(state, toSorted),
    unsort: (state) => gatherRows(state, toCaller),
    original: toPacked,
    order: toSorted,
    sequences,
  };
}

function sequenceOfRows({ rows, steps, active, offsets, order }: Rows): Int32Array {
  const owners = new Int32Array(rows);
  for (let s = 0; s < steps; s++) owners.set(order.subarray(0, active[s]), offsets[s]);
  return owners;
}

function checkLengths(who: string, T: number, B: number, lengths: readonly number[]): void {
  if (lengths.length !== B) throw badLengths(who, B, T, `received ${lengths.length} of them`);
  lengths.forEach((length, b) => {
    if (!Number.isInteger(length) || length < 0 || length > T) {
      throw badLengths(who, B, T, `received ${length} for sequence ${b}`);
    }
  });
}
