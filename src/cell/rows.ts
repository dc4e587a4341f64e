/**
 * Who is active when: B sequences sorted by length, longest first, so that the active rows of every step are a prefix.
 * Packed row off[s] + r is step s of sorted sequence r; R = Σ lengths rows in all, and none of them is padding.
 */
export interface Rows {
  /** S: the longest length. */
  readonly steps: number;
  /** B, sequences of length zero included. */
  readonly batch: number;
  /** R. */
  readonly rows: number;
  /** n[s], never increasing. */
  readonly active: Int32Array;
  /** off[s] = Σ n[<s]. */
  readonly offsets: Int32Array;
  /** Sorted position → original sequence; ties keep their order. */
  readonly order: Int32Array;
  /** Lengths in sorted order. */
  readonly lengths: Int32Array;
  /** Whether every sequence has S steps (then packed rows are the dense [S, B] rows). */
  readonly full: boolean;
}

/** The packed rows of sequences of these lengths (≥ 0, integers). */
export function packRows(lengths: readonly number[]): Rows {
  const order = Int32Array.from(lengths.map((_, b) => b).sort((a, b) => lengths[b] - lengths[a] || a - b));
  const sorted = Int32Array.from(order, (b) => lengths[b]);
  const steps = sorted.length === 0 ? 0 : sorted[0];
  const active = new Int32Array(steps);
  const offsets = new Int32Array(steps);
  let rows = 0;
  let count = sorted.length;
  for (let s = 0; s < steps; s++) {
    while (count > 0 && sorted[count - 1] <= s) count--;
    active[s] = count;
    offsets[s] = rows;
    rows += count;
  }
  const full = rows === steps * lengths.length;
  return { steps, batch: lengths.length, rows, active, offsets, order, lengths: sorted, full };
}

/** History row (B initial rows, then R packed rows) that holds each sorted sequence's state at its own end. */
export function finalRows({ batch, offsets, lengths }: Rows): Int32Array {
  return Int32Array.from(lengths, (length, r) => (length === 0 ? r : batch + offsets[length - 1] + r));
}

/** History row that each packed row's step started from. */
export function previousRows({ batch, steps, rows, active, offsets }: Rows): Int32Array {
  const previous = new Int32Array(rows);
  for (let s = 0; s < steps; s++) {
    const from = s === 0 ? 0 : batch + offsets[s - 1];
    for (let r = 0; r < active[s]; r++) previous[offsets[s] + r] = from + r;
  }
  return previous;
}

/** Sorted sequence of every packed row. */
export function ownerRows({ rows, steps, active, offsets }: Rows): Int32Array {
  const sequences = new Int32Array(rows);
  for (let s = 0; s < steps; s++) {
    for (let r = 0; r < active[s]; r++) sequences[offsets[s] + r] = r;
  }
  return sequences;
}

/** Packed row of the same sequence at the mirrored step: an involution that turns every sequence around. */
export function reversedRows({ steps, rows, active, offsets, lengths }: Rows): Int32Array {
  const reversed = new Int32Array(rows);
  for (let s = 0; s < steps; s++) {
    for (let r = 0; r < active[s]; r++) reversed[offsets[s] + r] = offsets[lengths[r] - 1 - s] + r;
  }
  return reversed;
}

/** Consecutive steps of a batch: the rows they have, and the packed row of the whole batch that is their first. */
export interface Stretch {
  readonly rows: Rows;
  readonly first: number;
}

/**
 * Cut a batch into stretches of `steps` steps (the last may be shorter). A sequence that has ended before a stretch has
 * length zero in it, so its state passes through.
 */
export function cutRows(rows: Rows, steps: number): Stretch[] {
  if (rows.steps <= steps) return [{ rows, first: 0 }];
  const stretches: Stretch[] = [];
  for (let from = 0; from < rows.steps; from += steps) {
    const to = Math.min(from + steps, rows.steps);
    const first = rows.offsets[from];
    const active = rows.active.subarray(from, to);
    const offsets = rows.offsets.subarray(from, to).map((offset) => offset - first);
    const lengths = rows.lengths.map((length) => Math.min(Math.max(length - from, 0), to - from));
    const count = offsets[to - from - 1] + active[to - from - 1];
    const full = count === (to - from) * rows.batch;
    stretches.push({
      rows: { steps: to - from, batch: rows.batch, rows: count, active, offsets, order: rows.order, lengths, full },
      first,
    });
  }
  return stretches;
}
