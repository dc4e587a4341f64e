/**
 * The functions that a step may call: each reads a row and the memory of that row, m [S, U], and has its own derivative.
 * What a position s contributes is left out where valid[s] = 0, whatever lies in the memory there.
 *
 *   dot       (q [U], valid [S])                              → y [S]   y[s] = m[s]·q
 *   mix       (w [S], valid [S])                              → y [U]   y = Σ_s w[s]·m[s]
 *   additive  (q [U], v [U], valid [S] (, c [S], u [U]))      → y [S]   y[s] = v·tanh(q + m[s] (+ c[s]·u))
 *
 * The derivative of f is a call too: it takes the gradient of y and the arguments of f, gives one gradient for each of
 * `reaches`, and adds that of m. dot and mix are each other's: dq = mix(dy), dw = dot(dy).
 */
import { POSITIONS, type CallOp, type Plan, type Stage } from "./plan-format.js";

/** The width of an argument or result: that of the memory's rows, or one number for each of them. */
export type CallWidth = "units" | "positions";

export interface CallForm {
  readonly args: readonly CallWidth[];
  readonly results: readonly CallWidth[];
  /** The derivative; null: a derivative has none. */
  readonly back: CallOp | null;
  /** By result of the derivative: the argument whose gradient it is. */
  readonly reaches: readonly number[];
  /** Arguments and results of the longer form, if there is one. */
  readonly long?: Pick<CallForm, "args" | "results" | "reaches">;
}

const [u, s] = ["units", "positions"] as const;
const last = { back: null, reaches: [] } as const;

export const CALLS: Readonly<Record<CallOp, CallForm>> = {
  dot: { args: [u, s], results: [s], back: "dotBack", reaches: [0] },
  mix: { args: [s, s], results: [u], back: "mixBack", reaches: [0] },
  additive: {
    args: [u, u, s],
    results: [s],
    back: "additiveBack",
    reaches: [0, 1],
    long: { args: [u, u, s, s, u], results: [s], reaches: [0, 1, 3, 4] },
  },
  dotBack: { args: [s, u, s], results: [u], ...last },
  mixBack: { args: [u, s, s], results: [s], ...last },
  additiveBack: {
    args: [s, u, u, s],
    results: [u, u],
    ...last,
    long: { args: [s, u, u, s, s, u], results: [u, u, s, u], reaches: [] },
  },
};

/** About how many multiplications and additions each number of a memory costs; a tanh counts as 20. */
const COST: Readonly<Record<CallOp, number>> = {
  dot: 2,
  mix: 2,
  additive: 23,
  dotBack: 4,
  mixBack: 4,
  additiveBack: 30,
};

/** What the calls of some stages cost for each row. */
export function callFlops({ buffers }: Plan, stages: readonly Stage[], dims: Readonly<Record<string, number>>): number {
  const each = stages.flatMap(({ calls = [] }) =>
    calls.map(({ op, memory }) => COST[op] * dims[POSITIONS] * dims[buffers[memory.buffer].dim]),
  );
  return each.reduce((sum, flops) => sum + flops, 0);
}

/** The form of a call with so many arguments. */
export function callForm(op: CallOp, args: number): CallForm {
  const form = CALLS[op];
  return form.long !== undefined && args === form.long.args.length ? { ...form, ...form.long } : form;
}

/** The widths of the results of a call. */
export function resultDims(op: CallOp, units: string, args: number): readonly string[] {
  return callForm(op, args).results.map((width) => dimOf(width, units));
}

/** The widths of its arguments. */
export function argumentDims(op: CallOp, units: string, args: number): readonly string[] {
  return callForm(op, args).args.map((width) => dimOf(width, units));
}

function dimOf(width: CallWidth, units: string): string {
  return width === "units" ? units : POSITIONS;
}
