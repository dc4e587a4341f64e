import { exp, log } from "../float64.js";
import { SUM_BLOCK, type Kernels } from "../kernels.js";
import { type Floats, type Views } from "./views.js";

/** Sums, softmax and cross-entropy of the reference table; everything accumulates in float64. */
export function losses({
  floats,
  ints,
}: Views): Pick<Kernels, "sum" | "sumSquares" | "softmax" | "logSoftmax" | "crossEntropy"> {
  return {
    sum(a, n) {
      const x = floats(a, n);
      let total = 0;
      for (let start = 0; start < n; start += SUM_BLOCK) {
        let block = 0;
        for (let i = start; i < Math.min(start + SUM_BLOCK, n); i++) block += x[i]!;
        total += block;
      }
      return total;
    },

    sumSquares(a, n) {
      const x = floats(a, n);
      let total = 0;
      for (let start = 0; start < n; start += SUM_BLOCK) {
        let block = 0;
        for (let i = start; i < Math.min(start + SUM_BLOCK, n); i++) block += x[i]! * x[i]!;
        total += block;
      }
      return total;
    },

    softmax(out, a, rows, cols) {
      const y = floats(out, rows * cols);
      const x = floats(a, rows * cols);
      for (let at = 0; at < rows * cols; at += cols) {
        const top = rowMax(x, at, cols);
        const total = sumExp(x, at, cols, top);
        for (let i = at; i < at + cols; i++) y[i] = exp(x[i]! - top) / total;
      }
    },

    logSoftmax(out, a, rows, cols) {
      const y = floats(out, rows * cols);
      const x = floats(a, rows * cols);
      for (let at = 0; at < rows * cols; at += cols) {
        const top = rowMax(x, at, cols);
        const logTotal = log(sumExp(x, at, cols, top));
        for (let i = at; i < at + cols; i++) y[i] = x[i]! - top - logTotal;
      }
    },

    crossEntropy(loss, dLogits, logits, target, rows, cols, ignore) {
      const l = floats(loss, rows);
      const x = floats(logits, rows * cols);
      const t = ints(target, rows);
      const d = dLogits === 0 ? undefined : floats(dLogits, rows * cols);
      for (let r = 0; r < rows; r++) {
        const at = r * cols;
        if (t[r] === ignore) {
          l[r] = 0;
          d?.fill(0, at, at + cols);
          continue;
        }
        const top = rowMax(x, at, cols);
        const total = sumExp(x, at, cols, top);
        const hit = at + t[r]!;
        // Taken before dLogits is written: the two may be the same memory.
        l[r] = log(total) - (x[hit]! - top);
        if (d === undefined) continue;
        for (let i = at; i < at + cols; i++) d[i] = exp(x[i]! - top) / total - (i === hit ? 1 : 0);
      }
    },
  };
}

function rowMax(x: Floats, at: number, cols: number): number {
  let top = -Infinity;
  for (let i = at; i < at + cols; i++) top = Math.max(top, x[i]!);
  return top;
}

function sumExp(x: Floats, at: number, cols: number, top: number): number {
  let total = 0;
  for (let i = at; i < at + cols; i++) total += exp(x[i]! - top);
  return total;
}
