import { exp, log } from "../float64.js";
import { SUM_BLOCK, blocksOf, type Kernels } from "../kernels.js";
import { RECORD_WORDS, readGradient } from "../records.js";
import { stretches } from "./stretches.js";
import { type Floats, type Views } from "./views.js";

/** Sums, softmax and cross-entropy of the reference table; everything accumulates in float64. */
export function losses({
  floats,
  ints,
  doubles,
  dtype,
}: Views): Pick<Kernels, "sum" | "sumSquares" | "squares" | "softmax" | "logSoftmax" | "crossEntropy"> {
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

    squares(table, count, partial) {
      const words = doubles(table, count * RECORD_WORDS);
      let total = 0;
      for (let place = 0; place < count; place++) {
        const record = readGradient(words, place);
        const blocks = blocksOf(record.size);
        const sums = doubles(partial, blocks);
        sums.fill(0);
        partial += blocks * 8;
        for (const [first, n, from] of stretches(record, ints, dtype === "f64" ? 8 : 4)) {
          const x = floats(from, n);
          // Elements in ascending order, blocks that no row touches staying zero: rows and the whole add alike.
          for (let i = 0; i < n; i++) sums[Math.floor((first + i) / SUM_BLOCK)]! += x[i]! * x[i]!;
        }
        let own = 0;
        for (const sum of sums) own += sum;
        total += own;
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

    crossEntropy(loss, dLogits, logits, target, rows, cols, ignore, factor) {
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
        for (let i = at; i < at + cols; i++) d[i] = factor * (exp(x[i]! - top) / total - (i === hit ? 1 : 0));
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
