import { after, loadPart, storePart, sumLanes } from "./lanes";
import { copyRow } from "./memory";
import { LINE, shareEnd, shareStart } from "./shards";
import { RECORD, countOf, gradientRow, gradOf, rowsBelow, rowsOf, sizeOf, widthOf } from "./table";

/** Elements, or rows, of one summation block. */
export const SUM_BLOCK: i32 = 256;

/** Two floats as terms of float64, in which the square of a float is exact. */
// @ts-ignore: decorator
@inline
function term(x: v128, squares: bool): v128 {
  const wide = f64x2.promote_low_f32x4(x);
  return squares ? f64x2.mul(wide, wide) : wide;
}

/** Σ a[i] (or a[i]²) of one block, in float64. */
// @ts-ignore: decorator
@inline
function blockSum(a: usize, n: i32, squares: bool): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const last = after(a, n & ~7);
  while (a < last) {
    s0 = f64x2.add(s0, term(v128.load64_zero(a), squares));
    s1 = f64x2.add(s1, term(v128.load64_zero(a, 8), squares));
    s2 = f64x2.add(s2, term(v128.load64_zero(a, 16), squares));
    s3 = f64x2.add(s3, term(v128.load64_zero(a, 24), squares));
    a += 32;
  }
  let total = sumLanes(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
  for (let i = 0; i < (n & 7); i++) {
    const x = <f64>load<f32>(a);
    total += squares ? x * x : x;
    a += 4;
  }
  return total;
}

export function sum(a: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let start = 0; start < n; start += SUM_BLOCK) {
    total += blockSum(after(a, start), min(SUM_BLOCK, n - start), false);
  }
  return total;
}

export function sumSquares(a: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let start = 0; start < n; start += SUM_BLOCK) {
    total += blockSum(after(a, start), min(SUM_BLOCK, n - start), true);
  }
  return total;
}

/** Blocks of a gradient that are dealt to a worker at once. */
const RUN: i32 = 32;

/** Block `b` of a gradient in rows: what a whole one would have there, put together in `scratch`. */
function rowsBlock(record: usize, b: i32, n: i32, scratch: usize): f64 {
  const rows = rowsOf(record);
  const count = countOf(record);
  const width = widthOf(record);
  const start = b * SUM_BLOCK;
  const end = start + n;
  let k = rowsBelow(rows, count, start / width);
  if (k == count || load<i32>(after(rows, k)) * width >= end) return 0;
  memory.fill(scratch, 0, <usize>(SUM_BLOCK * 4));
  for (; k < count; k++) {
    const row = load<i32>(after(rows, k));
    const from = max(start, row * width);
    const to = min(end, (row + 1) * width);
    if (from >= end) break;
    const grad = gradientRow(record, k, row);
    copyRow(after(scratch, from - start), after(grad, from - row * width), (<usize>(to - from)) << 2);
  }
  return blockSum(scratch, n, true);
}

/**
 * partial[i] = Σ g² over the i-th block of SUM_BLOCK elements, counted through all gradients of the table. `scratch` has
 * one block of floats for each worker, `stride` bytes apart.
 */
export function squares(
  table: usize, count: i32, partial: usize, scratch: usize, stride: i32, worker: i32, workers: i32,
): void {
  workers = max(1, workers);
  scratch += (<usize>stride) * worker;
  let skip = worker;
  for (const end = table + RECORD * count; table < end; table += RECORD) {
    const n = sizeOf(table);
    const blocks = (n + SUM_BLOCK - 1) / SUM_BLOCK;
    const runs = (blocks + RUN - 1) / RUN;
    let mine = skip;
    for (; mine < runs; mine += workers) {
      const last = min(blocks, (mine + 1) * RUN);
      for (let b = mine * RUN; b < last; b++) {
        const start = b * SUM_BLOCK;
        const size = min(SUM_BLOCK, n - start);
        const total = rowsOf(table) == 0
          ? blockSum(after(gradOf(table), start), size, true)
          : rowsBlock(table, b, size, scratch);
        store<f64>(partial + ((<usize>b) << 3), total);
      }
    }
    skip = mine - runs;
    partial += (<usize>blocks) << 3;
  }
}

/** Σ over tensors of Σ over their blocks of `partial`, each in ascending order. */
export function sumBlocks(table: usize, count: i32, partial: usize): f64 {
  let total: f64 = 0;
  for (const end = table + RECORD * count; table < end; table += RECORD) {
    let own: f64 = 0;
    for (let left = (sizeOf(table) + SUM_BLOCK - 1) / SUM_BLOCK; left > 0; left--) {
      own += load<f64>(partial);
      partial += 8;
    }
    total += own;
  }
  return total;
}

/** Thirty-two columns of one block of rows: eight chains hide the latency of an add. */
function columns32(out: usize, a: usize, step: usize, rows: i32, accumulate: bool): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  for (let r = 0; r < rows; r++) {
    s0 = f32x4.add(s0, v128.load(a));
    s1 = f32x4.add(s1, v128.load(a, 16));
    s2 = f32x4.add(s2, v128.load(a, 32));
    s3 = f32x4.add(s3, v128.load(a, 48));
    s4 = f32x4.add(s4, v128.load(a, 64));
    s5 = f32x4.add(s5, v128.load(a, 80));
    s6 = f32x4.add(s6, v128.load(a, 96));
    s7 = f32x4.add(s7, v128.load(a, 112));
    a += step;
  }
  put(out, s0, 4, accumulate);
  put(out + 16, s1, 4, accumulate);
  put(out + 32, s2, 4, accumulate);
  put(out + 48, s3, 4, accumulate);
  put(out + 64, s4, 4, accumulate);
  put(out + 80, s5, 4, accumulate);
  put(out + 96, s6, 4, accumulate);
  put(out + 112, s7, 4, accumulate);
}

/** Up to four columns of one block of rows. */
function columns4(out: usize, a: usize, step: usize, rows: i32, cols: i32, accumulate: bool): void {
  let s = f32x4.splat(0);
  const zero = s;
  for (let r = 0; r < rows; r++) {
    s = f32x4.add(s, loadPart(a, cols, zero));
    a += step;
  }
  put(out, s, cols, accumulate);
}

// @ts-ignore: decorator
@inline
function put(out: usize, s: v128, cols: i32, accumulate: bool): void {
  if (accumulate) s = f32x4.add(loadPart(out, cols, s), s);
  storePart(out, s, cols);
}

/** out[j] (+)= Σ_r a[r, j], rows in blocks of SUM_BLOCK, each its own chain from 0. Workers share the columns. */
export function columnSum(
  out: usize, a: usize, lda: i32, rows: i32, n: i32, accumulate: i32, worker: i32, workers: i32,
): void {
  const first = shareStart(n, LINE, worker, workers);
  n = shareEnd(n, LINE, worker, workers) - first;
  out = after(out, first);
  a = after(a, first);
  const step = (<usize>lda) << 2;
  if (rows <= 0 && !accumulate) memory.fill(out, 0, (<usize>n) << 2);
  for (let start = 0; start < rows; start += SUM_BLOCK) {
    const count = min(SUM_BLOCK, rows - start);
    const add = start > 0 || accumulate != 0;
    const block = a + step * start;
    let j = 0;
    for (; j + 32 <= n; j += 32) columns32(after(out, j), after(block, j), step, count, add);
    for (; j < n; j += 4) columns4(after(out, j), after(block, j), step, count, n - j, add);
  }
}
