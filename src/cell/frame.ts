import type { Plan } from "./plan-format.js";

/** What of a plan decides where the words of a frame lie. */
export type FrameTables = Pick<Plan, "dims" | "buffers" | "weights">;

/**
 * One run of a plan: the numbers that the shape-generic plan left open.
 * n[s] = active[s], off[s] = offsets[s] = Σ n[<s]. Pointers are byte offsets into the heap, 16-byte aligned.
 */
export interface Frame {
  /** S: steps of the time loop. */
  readonly steps: number;
  /** B: rows of the batch, n[0] ≤ B. */
  readonly batch: number;
  /** R = Σ n. */
  readonly rows: number;
  /** n[s], S entries, never increasing. */
  readonly active: Int32Array;
  /** off[s], S entries. */
  readonly offsets: Int32Array;
  /** Size of each of `plan.dims`, ≥ 1. */
  readonly dims: Readonly<Record<string, number>>;
  /** Address of each of `plan.buffers`. */
  readonly buffers: readonly number[];
  /** Address of each of `plan.weights`, packed. */
  readonly weights: readonly number[];
}

/** Bytes of one word of a frame. */
export const WORD = 4;

/** Word numbers of a frame's fixed head; the tables of a plan's dims, buffers and weights follow it. */
export const FRAME = { steps: 0, batch: 1, rows: 2, active: 3, offsets: 4, dims: 5 } as const;

/** Word that holds the size of dim `plan.dims[index]`. */
export function dimWord(index: number): number {
  return FRAME.dims + index;
}

/** Word that holds the address of `plan.buffers[index]`. */
export function bufferWord(plan: FrameTables, index: number): number {
  return FRAME.dims + plan.dims.length + index;
}

/** Word that holds the address of `plan.weights[index]`. */
export function weightWord(plan: FrameTables, index: number): number {
  return bufferWord(plan, plan.buffers.length) + index;
}

/** Words of a frame of `steps` steps: head, tables of the plan, then n[S] and off[S]. */
export function frameWords(plan: FrameTables, steps: number): number {
  return weightWord(plan, plan.weights.length) + 2 * steps;
}

/**
 * Write `frame` where emitted code reads it. `into` is a view of the heap itself: its `byteOffset` is the frame's
 * address, which `active` and `offsets` in the head are reckoned from.
 */
export function writeFrame(plan: FrameTables, frame: Frame, into: Int32Array): void {
  const tables = weightWord(plan, plan.weights.length);
  into[FRAME.steps] = frame.steps;
  into[FRAME.batch] = frame.batch;
  into[FRAME.rows] = frame.rows;
  into[FRAME.active] = into.byteOffset + WORD * tables;
  into[FRAME.offsets] = into.byteOffset + WORD * (tables + frame.steps);
  plan.dims.forEach((name, i) => (into[dimWord(i)] = frame.dims[name]!));
  plan.buffers.forEach((_, i) => (into[bufferWord(plan, i)] = frame.buffers[i]!));
  plan.weights.forEach((_, i) => (into[weightWord(plan, i)] = frame.weights[i]!));
  into.set(frame.active.subarray(0, frame.steps), tables);
  into.set(frame.offsets.subarray(0, frame.steps), tables + frame.steps);
}
