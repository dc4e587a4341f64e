import { expV, logV } from "./generated/math";
import { after, loadPart, storePart, sumLanes, widen } from "./lanes";
import { shareEnd, shareStart } from "./shards";

/** The largest of a row; NaN if one is. */
function rowMax(a: usize, cols: i32): f32 {
  let top = f32x4.splat(-Infinity);
  let next = top;
  const rest = top;
  const last = after(a, cols & ~7);
  while (a < last) {
    top = f32x4.max(top, v128.load(a));
    next = f32x4.max(next, v128.load(a, 16));
    a += 32;
  }
  for (let left = cols & 7; left > 0; left -= 4) {
    top = f32x4.max(top, loadPart(a, left, rest));
    a += 16;
  }
  top = f32x4.max(top, next);
  return max(
    max(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1)),
    max(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)),
  );
}

/** Σ exp(a[i] − top) in float64. */
function sumExponentials(a: usize, cols: i32, top: f32): f64 {
  const shift = f32x4.splat(top);
  let total = f64x2.splat(0);
  const last = after(a, cols & ~3);
  while (a < last) {
    total = widen(total, expV(f32x4.sub(v128.load(a), shift)));
    a += 16;
  }
  // Lanes beyond the row add exp(−∞) = 0.
  if (cols & 3) total = widen(total, expV(f32x4.sub(loadPart(a, cols & 3, f32x4.splat(-Infinity)), shift)));
  return sumLanes(total);
}

/** out[i] = exp(a[i] − top), and their sum as above, to the bit; `out` may be `a`. */
function exponentials(out: usize, a: usize, cols: i32, top: f32): f64 {
  const shift = f32x4.splat(top);
  let total = f64x2.splat(0);
  const last = after(a, cols & ~3);
  while (a < last) {
    const e = expV(f32x4.sub(v128.load(a), shift));
    v128.store(out, e);
    total = widen(total, e);
    a += 16;
    out += 16;
  }
  if (cols & 3) {
    const e = expV(f32x4.sub(loadPart(a, cols & 3, f32x4.splat(-Infinity)), shift));
    storePart(out, e, cols & 3);
    total = widen(total, e);
  }
  return sumLanes(total);
}

/** log of a float64 by the float32 logarithm and one correction: exact near 1, where losses are small. */
function logWide(x: f64): f64 {
  const near = <f32>x;
  const log = <f64>f32x4.extract_lane(logV(f32x4.splat(near)), 0);
  const correction = (x - <f64>near) / <f64>near;
  return log + correction;
}

function scaleRow(out: usize, cols: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  const last = after(out, cols & ~3);
  while (out < last) {
    v128.store(out, f32x4.mul(v128.load(out), f));
    out += 16;
  }
  if (cols & 3) storePart(out, f32x4.mul(loadPart(out, cols & 3, f), f), cols & 3);
}

export function softmax(out: usize, a: usize, rows: i32, cols: i32, worker: i32, workers: i32): void {
  const first = shareStart(rows, 4, worker, workers);
  rows = shareEnd(rows, 4, worker, workers) - first;
  out += ((<usize>first) * cols) << 2;
  a += ((<usize>first) * cols) << 2;
  for (let r = 0; r < rows; r++) {
    const total = exponentials(out, a, cols, rowMax(a, cols));
    scaleRow(out, cols, <f32>(1.0 / total));
    out = after(out, cols);
    a = after(a, cols);
  }
}

export function logSoftmax(out: usize, a: usize, rows: i32, cols: i32, worker: i32, workers: i32): void {
  const first = shareStart(rows, 4, worker, workers);
  rows = shareEnd(rows, 4, worker, workers) - first;
  out += ((<usize>first) * cols) << 2;
  a += ((<usize>first) * cols) << 2;
  for (let r = 0; r < rows; r++) {
    const top = rowMax(a, cols);
    const shift = f32x4.splat(top);
    const logTotal = f32x4.splat(<f32>logWide(sumExponentials(a, cols, top)));
    for (let left = cols; left > 0; left -= 4) {
      storePart(out, f32x4.sub(f32x4.sub(loadPart(a, left, shift), shift), logTotal), left);
      out = after(out, min(4, left));
      a = after(a, min(4, left));
    }
  }
}

/** Loss and, unless dLogits is 0, `factor` times its gradient of one row; dLogits may be the logits. */
function crossEntropyRow(loss: usize, d: usize, a: usize, target: i32, cols: i32, factor: f64): void {
  const top = rowMax(a, cols);
  const score = <f64>load<f32>(after(a, target)) - <f64>top;
  const total = d == 0 ? sumExponentials(a, cols, top) : exponentials(d, a, cols, top);
  store<f32>(loss, <f32>(logWide(total) - score));
  if (d == 0) return;
  const hit = after(d, target);
  const e = <f64>load<f32>(hit);
  scaleRow(d, cols, <f32>(factor / total));
  // (e − total) / total rather than e / total − 1: a confident row keeps the digits of its small gradient.
  store<f32>(hit, <f32>(((e - total) / total) * factor));
}

/** Rows in tiles of four, tile i for worker i mod workers. */
export function crossEntropy(
  loss: usize, dLogits: usize, logits: usize, target: usize, rows: i32, cols: i32, ignore: i32,
  factor: f64, worker: i32, workers: i32,
): void {
  for (let start = worker << 2; start < rows; start += workers << 2) {
    const end = min(rows, start + 4);
    for (let r = start; r < end; r++) {
      const at = (<usize>cols * r) << 2;
      const d = dLogits == 0 ? <usize>0 : dLogits + at;
      const t = load<i32>(after(target, r));
      if (t == ignore) {
        store<f32>(after(loss, r), 0);
        if (d != 0) memory.fill(d, 0, (<usize>cols) << 2);
      } else {
        crossEntropyRow(after(loss, r), d, logits + at, t, cols, factor);
      }
    }
  }
}
