import { after, loadPart, storePart } from "./lanes";
import { LINE, shareEnd, shareStart } from "./shards";

// Places in BINARY_OPS.
const ADD: i32 = 0;
const SUB: i32 = 1;
const MUL: i32 = 2;
const DIV: i32 = 3;
const MAX: i32 = 4;
const MIN: i32 = 5;
const GREATER: i32 = 6;
const EQUAL: i32 = 7;

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return f32x4.add(x, y);
  if (op == SUB) return f32x4.sub(x, y);
  if (op == MUL) return f32x4.mul(x, y);
  if (op == DIV) return f32x4.div(x, y);
  if (op == MAX) return f32x4.max(x, y);
  if (op == MIN) return f32x4.min(x, y);
  if (op == GREATER) return v128.and(f32x4.gt(x, y), f32x4.splat(1));
  return v128.and(f32x4.eq(x, y), f32x4.splat(1));
}

/** Four floats `step` bytes apart, as far as `count` goes. */
// @ts-ignore: decorator
@inline
function gather(from: usize, step: usize, count: i32): v128 {
  let x = v128.load32_splat(from);
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(from + step));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(from + step * 2));
  if (count > 3) x = f32x4.replace_lane(x, 3, load<f32>(from + step * 3));
  return x;
}

/** One row: both contiguous, one of them a scalar, or any strides. */
// @ts-ignore: decorator
@inline
function row(op: i32, out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  const last = after(out, cols & ~3);
  const rest = cols & 3;
  const zero = f32x4.splat(0);
  if (aCol == 1 && bCol == 1) {
    while (out < last) {
      v128.store(out, apply(op, v128.load(a), v128.load(b)));
      out += 16;
      a += 16;
      b += 16;
    }
    storePart(out, apply(op, loadPart(a, rest, zero), loadPart(b, rest, zero)), rest);
  } else if (aCol == 1 && bCol == 0) {
    const y = v128.load32_splat(b);
    while (out < last) {
      v128.store(out, apply(op, v128.load(a), y));
      out += 16;
      a += 16;
    }
    storePart(out, apply(op, loadPart(a, rest, zero), y), rest);
  } else if (aCol == 0 && bCol == 1) {
    const x = v128.load32_splat(a);
    while (out < last) {
      v128.store(out, apply(op, x, v128.load(b)));
      out += 16;
      b += 16;
    }
    storePart(out, apply(op, x, loadPart(b, rest, zero)), rest);
  } else {
    const aStep = (<usize>aCol) << 2;
    const bStep = (<usize>bCol) << 2;
    for (let left = cols; left > 0; left -= 4) {
      storePart(out, apply(op, gather(a, aStep, left), gather(b, bStep, left)), left);
      out += 16;
      a += aStep << 2;
      b += bStep << 2;
    }
  }
}

function addRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(ADD, out, cols, a, aCol, b, bCol);
}
function subRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(SUB, out, cols, a, aCol, b, bCol);
}
function mulRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(MUL, out, cols, a, aCol, b, bCol);
}
function divRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(DIV, out, cols, a, aCol, b, bCol);
}
function maxRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(MAX, out, cols, a, aCol, b, bCol);
}
function minRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(MIN, out, cols, a, aCol, b, bCol);
}
function greaterRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(GREATER, out, cols, a, aCol, b, bCol);
}
function equalRow(out: usize, cols: i32, a: usize, aCol: i32, b: usize, bCol: i32): void {
  row(EQUAL, out, cols, a, aCol, b, bCol);
}

/** out[r, c] = a[r·aRow + c·aCol] op b[r·bRow + c·bCol]; a stride of 0 broadcasts. */
export function binary(
  op: i32, out: usize, rows: i32, cols: i32, a: usize, aRow: i32, aCol: i32, b: usize, bRow: i32, bCol: i32,
  worker: i32, workers: i32,
): void {
  if (cols <= 0) return;
  // A column is a row with other strides, and rows that follow one another without a gap are one long row.
  if (cols == 1) {
    cols = rows;
    rows = 1;
    aCol = aRow;
    bCol = bRow;
  } else if (aRow == cols * aCol && bRow == cols * bCol) {
    cols *= rows;
    rows = 1;
  }
  if (rows == 1) {
    const first = shareStart(cols, LINE, worker, workers);
    cols = shareEnd(cols, LINE, worker, workers) - first;
    if (cols <= 0) return;
    out = after(out, first);
    a = after(a, first * aCol);
    b = after(b, first * bCol);
  } else {
    const first = shareStart(rows, 1, worker, workers);
    rows = shareEnd(rows, 1, worker, workers) - first;
    out += ((<usize>first) * cols) << 2;
    a += ((<usize>first) * aRow) << 2;
    b += ((<usize>first) * bRow) << 2;
  }
  for (let r = 0; r < rows; r++) {
    if (op == ADD) addRow(out, cols, a, aCol, b, bCol);
    else if (op == SUB) subRow(out, cols, a, aCol, b, bCol);
    else if (op == MUL) mulRow(out, cols, a, aCol, b, bCol);
    else if (op == DIV) divRow(out, cols, a, aCol, b, bCol);
    else if (op == MAX) maxRow(out, cols, a, aCol, b, bCol);
    else if (op == MIN) minRow(out, cols, a, aCol, b, bCol);
    else if (op == GREATER) greaterRow(out, cols, a, aCol, b, bCol);
    else equalRow(out, cols, a, aCol, b, bCol);
    out = after(out, cols);
    a = after(a, aRow);
    b = after(b, bRow);
  }
}

/** out[i] += alpha · a[i]. */
export function axpy(out: usize, alpha: f64, a: usize, n: i32, worker: i32, workers: i32): void {
  const first = shareStart(n, LINE, worker, workers);
  n = shareEnd(n, LINE, worker, workers) - first;
  out = after(out, first);
  a = after(a, first);
  const x = f32x4.splat(<f32>alpha);
  const zero = f32x4.splat(0);
  const last = after(out, n & ~3);
  const rest = n & 3;
  while (out < last) {
    v128.store(out, f32x4.add(v128.load(out), f32x4.mul(x, v128.load(a))));
    out += 16;
    a += 16;
  }
  storePart(out, f32x4.add(loadPart(out, rest, zero), f32x4.mul(x, loadPart(a, rest, zero))), rest);
}

/** out[i] = alpha · a[i]. */
export function scale(out: usize, alpha: f64, a: usize, n: i32, worker: i32, workers: i32): void {
  const first = shareStart(n, LINE, worker, workers);
  n = shareEnd(n, LINE, worker, workers) - first;
  out = after(out, first);
  a = after(a, first);
  const x = f32x4.splat(<f32>alpha);
  const last = after(out, n & ~3);
  const rest = n & 3;
  while (out < last) {
    v128.store(out, f32x4.mul(x, v128.load(a)));
    out += 16;
    a += 16;
  }
  storePart(out, f32x4.mul(x, loadPart(a, rest, x)), rest);
}
