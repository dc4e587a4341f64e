/** What a call means, over numbers in memory: one row at a time, sums in double, rounded where they are stored. */
import { tanh } from "../runtime/float64.js";
import type { CallOp } from "./plan-format.js";

/** Where the numbers of one row lie, as elements of `values`. */
export interface CallRow {
  readonly values: Float32Array | Float64Array;
  readonly outs: readonly number[];
  readonly args: readonly number[];
  /** Row 0 of the memory of this row, and of its gradient (−1: not asked for). */
  readonly memory: number;
  readonly gradient: number;
  /** S. */
  readonly positions: number;
  /** U. */
  readonly units: number;
}

/** Execute one call for one row; calls.ts says what each computes. */
export const INTERPRET_CALL: Readonly<Record<CallOp, (row: CallRow) => void>> = {
  dot({ values, outs: [y], args: [q, valid], memory, positions, units }) {
    for (let s = 0; s < positions; s++) {
      let total = 0;
      if (values[valid + s] !== 0) {
        for (let k = 0; k < units; k++) total += values[memory + s * units + k] * values[q + k];
      }
      values[y + s] = total;
    }
  },

  mix({ values, outs: [y], args: [w, valid], memory, positions, units }) {
    for (let k = 0; k < units; k++) {
      let total = 0;
      for (let s = 0; s < positions; s++) {
        if (values[valid + s] !== 0) total += values[w + s] * values[memory + s * units + k];
      }
      values[y + k] = total;
    }
  },

  additive({ values, outs: [y], args: [q, v, valid, coverage, u], memory, positions, units }) {
    for (let s = 0; s < positions; s++) {
      let total = 0;
      if (values[valid + s] !== 0) {
        const covered = coverage === undefined ? 0 : values[coverage + s];
        for (let k = 0; k < units; k++) {
          const more = u === undefined ? 0 : covered * values[u + k];
          total += values[v + k] * tanh(values[q + k] + values[memory + s * units + k] + more);
        }
      }
      values[y + s] = total;
    }
  },

  dotBack({ values, outs: [dq], args: [d, q, valid], memory, gradient, positions, units }) {
    for (let k = 0; k < units; k++) {
      let total = 0;
      for (let s = 0; s < positions; s++) {
        if (values[valid + s] === 0) continue;
        const at = s * units + k;
        total += values[d + s] * values[memory + at];
        if (gradient >= 0) values[gradient + at] += values[d + s] * values[q + k];
      }
      values[dq + k] = total;
    }
  },

  mixBack({ values, outs: [dw], args: [d, w, valid], memory, gradient, positions, units }) {
    for (let s = 0; s < positions; s++) {
      let total = 0;
      if (values[valid + s] !== 0) {
        for (let k = 0; k < units; k++) {
          const at = s * units + k;
          total += values[d + k] * values[memory + at];
          if (gradient >= 0) values[gradient + at] += values[w + s] * values[d + k];
        }
      }
      values[dw + s] = total;
    }
  },

  additiveBack({ values, outs: [dq, dv, dc, du], args: [d, q, v, valid, coverage, u], ...row }) {
    const { memory, gradient, positions, units } = row;
    if (dc !== undefined) values.fill(0, dc, dc + positions);
    const sums = new Float64Array(positions);
    for (let k = 0; k < units; k++) {
      let [toQuery, toVector, toWeight] = [0, 0, 0];
      for (let s = 0; s < positions; s++) {
        if (values[valid + s] === 0) continue;
        const covered = coverage === undefined ? 0 : values[coverage + s];
        const weight = u === undefined ? 0 : values[u + k];
        const at = s * units + k;
        const t = tanh(values[q + k] + values[memory + at] + covered * weight);
        const inner = values[d + s] * values[v + k] * (1 - t * t);
        toQuery += inner;
        toVector += values[d + s] * t;
        toWeight += inner * covered;
        sums[s] += inner * weight;
        if (gradient >= 0) values[gradient + at] += inner;
      }
      values[dq + k] = toQuery;
      values[dv + k] = toVector;
      if (du !== undefined) values[du + k] = toWeight;
    }
    if (dc !== undefined) values.set(sums, dc);
  },
};
