import { expV, logV, sigmoidV, tanhV } from "./generated/math";
import { after, loadPart, storePart } from "./lanes";
import { LINE, shareEnd, shareStart } from "./shards";

// Places in UNARY_OPS.
const NEG: i32 = 0;
const EXP: i32 = 1;
const LOG: i32 = 2;
const TANH: i32 = 3;
const SIGMOID: i32 = 4;
const RELU: i32 = 5;
const SQRT: i32 = 6;
const ABS: i32 = 7;
const SQUARE: i32 = 8;

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128): v128 {
  if (op == NEG) return f32x4.neg(x);
  if (op == EXP) return expV(x);
  if (op == LOG) return logV(x);
  if (op == TANH) return tanhV(x);
  if (op == SIGMOID) return sigmoidV(x);
  if (op == RELU) return f32x4.max(x, f32x4.splat(0));
  if (op == SQRT) return f32x4.sqrt(x);
  if (op == ABS) return f32x4.abs(x);
  return f32x4.mul(x, x);
}

/** dy · op′(x), with y = op(x) at hand. */
// @ts-ignore: decorator
@inline
function slope(op: i32, dy: v128, x: v128, y: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == NEG) return f32x4.neg(dy);
  if (op == EXP) return f32x4.mul(dy, y);
  if (op == LOG) return f32x4.div(dy, x);
  if (op == TANH) return f32x4.mul(dy, f32x4.sub(one, f32x4.mul(y, y)));
  if (op == SIGMOID) return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(one, y)));
  if (op == RELU) return v128.and(dy, f32x4.gt(x, zero));
  if (op == SQRT) return f32x4.div(f32x4.mul(dy, f32x4.splat(0.5)), y);
  if (op == ABS) return v128.or(v128.and(dy, f32x4.gt(x, zero)), v128.and(f32x4.neg(dy), f32x4.lt(x, zero)));
  return f32x4.mul(dy, f32x4.add(x, x));
}

// @ts-ignore: decorator
@inline
function forward(op: i32, out: usize, a: usize, n: i32): void {
  const last = after(out, n & ~3);
  while (out < last) {
    v128.store(out, apply(op, v128.load(a)));
    out += 16;
    a += 16;
  }
  if (n & 3) storePart(out, apply(op, loadPart(a, n & 3, f32x4.splat(1))), n & 3);
}

// @ts-ignore: decorator
@inline
function backward(op: i32, da: usize, dy: usize, a: usize, y: usize, n: i32): void {
  const last = after(da, n & ~3);
  const rest = n & 3;
  const one = f32x4.splat(1);
  while (da < last) {
    v128.store(da, slope(op, v128.load(dy), v128.load(a), v128.load(y)));
    da += 16;
    dy += 16;
    a += 16;
    y += 16;
  }
  if (rest) storePart(da, slope(op, loadPart(dy, rest, one), loadPart(a, rest, one), loadPart(y, rest, one)), rest);
}

/** out[i] = op(a[i]). */
export function unary(op: i32, out: usize, a: usize, n: i32, worker: i32, workers: i32): void {
  const first = shareStart(n, LINE, worker, workers);
  n = shareEnd(n, LINE, worker, workers) - first;
  out = after(out, first);
  a = after(a, first);
  if (op == NEG) forward(NEG, out, a, n);
  else if (op == EXP) forward(EXP, out, a, n);
  else if (op == LOG) forward(LOG, out, a, n);
  else if (op == TANH) forward(TANH, out, a, n);
  else if (op == SIGMOID) forward(SIGMOID, out, a, n);
  else if (op == RELU) forward(RELU, out, a, n);
  else if (op == SQRT) forward(SQRT, out, a, n);
  else if (op == ABS) forward(ABS, out, a, n);
  else forward(SQUARE, out, a, n);
}

/** da[i] = dy[i] · op′(a[i]). */
export function unaryGrad(
  op: i32, da: usize, dy: usize, a: usize, y: usize, n: i32, worker: i32, workers: i32,
): void {
  const first = shareStart(n, LINE, worker, workers);
  n = shareEnd(n, LINE, worker, workers) - first;
  da = after(da, first);
  dy = after(dy, first);
  a = after(a, first);
  y = after(y, first);
  if (op == NEG) backward(NEG, da, dy, a, y, n);
  else if (op == EXP) backward(EXP, da, dy, a, y, n);
  else if (op == LOG) backward(LOG, da, dy, a, y, n);
  else if (op == TANH) backward(TANH, da, dy, a, y, n);
  else if (op == SIGMOID) backward(SIGMOID, da, dy, a, y, n);
  else if (op == RELU) backward(RELU, da, dy, a, y, n);
  else if (op == SQRT) backward(SQRT, da, dy, a, y, n);
  else if (op == ABS) backward(ABS, da, dy, a, y, n);
  else backward(SQUARE, da, dy, a, y, n);
}
