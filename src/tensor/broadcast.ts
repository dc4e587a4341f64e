/** Broadcasting and its opposite, on top of kernels that know rows, columns and strides only. */
import type { BinaryOp, Kernels } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import { kernelsOf } from "./kernels-of.js";
import { type Shape, around, broadcastShapes, broadcastStrides, sameShape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** A new tensor a op b in the common shape of both. Errors: `E_BROADCAST`, `E_DTYPE`. */
export function binary(who: string, op: BinaryOp, a: Tensor, b: Tensor): Tensor {
  kernelsOf(who, a, b);
  const out = a.emptyLike(broadcastShapes(who, a.shape, b.shape));
  binaryInto(op, out, a, b);
  return out;
}

/** out = a op b, both repeated to the shape of `out`; `out` may be an operand of its own shape. */
function binaryInto(op: BinaryOp, out: Tensor, a: Tensor, b: Tensor): void {
  if (out.size === 0) return;
  const kernels = kernelsOf(op, out);
  const { extents, aStrides, bStrides } = coalesce(out.shape, a.shape, b.shape);
  const [cols, rows, ...outer] = extents;
  const step = kernels.bytes;
  const index = outer.map(() => 0);
  let outAt = out.ptr;
  let aAt = a.ptr;
  let bAt = b.ptr;
  for (;;) {
    kernels.binary(op, outAt, rows, cols, aAt, aStrides[1], aStrides[0], bAt, bStrides[1], bStrides[0]);
    outAt += rows * cols * step;
    let d = 0;
    for (; d < outer.length; d++) {
      aAt += aStrides[d + 2] * step;
      bAt += bStrides[d + 2] * step;
      if (++index[d] < outer[d]) break;
      aAt -= outer[d] * aStrides[d + 2] * step;
      bAt -= outer[d] * bStrides[d + 2] * step;
      index[d] = 0;
    }
    if (d === outer.length) return;
  }
}

/** The fewest dimensions, innermost first and at least two, that describe the walk over both operands. */
function coalesce(out: Shape, a: Shape, b: Shape): { extents: number[]; aStrides: number[]; bStrides: number[] } {
  const aAll = broadcastStrides(a, out);
  const bAll = broadcastStrides(b, out);
  const extents: number[] = [];
  const aStrides: number[] = [];
  const bStrides: number[] = [];
  for (let i = out.length - 1; i >= 0; i--) {
    if (out[i] === 1) continue;
    const top = extents.length - 1;
    const joins = top >= 0 && aAll[i] === aStrides[top] * extents[top] && bAll[i] === bStrides[top] * extents[top];
    if (joins) {
      extents[top] *= out[i];
    } else {
      extents.push(out[i]);
      aStrides.push(aAll[i]);
      bStrides.push(bAll[i]);
    }
  }
  while (extents.length < 2) {
    extents.push(1);
    aStrides.push(0);
    bStrides.push(0);
  }
  return { extents, aStrides, bStrides };
}

/** x · factor repeated to `shape`: the transpose of `reduceTo`. */
export function expandTo(x: Tensor, shape: Shape, factor = 1): Tensor {
  const out = x.emptyLike(shape);
  binaryInto("mul", out, x, x.constant(factor));
  return out;
}

/** The sum of `gradient` over the dimensions in which `shape` was repeated: the derivative of broadcasting. */
export function reduceTo(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const rank = gradient.shape.length;
  const aligned = gradient.shape.map((_, i) => shape[i - rank + shape.length] ?? 1);
  let x = gradient;
  for (let axis = rank - 1; axis >= 0; axis--) {
    if (aligned[axis] === x.shape[axis]) continue;
    // Adjacent dimensions that are summed go in one sweep.
    let first = axis;
    while (first > 0 && aligned[first - 1] === 1) first--;
    const merged = x.shape.slice(first, axis + 1).reduce((product, extent) => product * extent, 1);
    const view = x.view([...x.shape.slice(0, first), merged, ...x.shape.slice(axis + 1)]);
    const kept = x.shape.map((extent, i) => (i >= first && i <= axis ? 1 : extent));
    x = x.emptyLike(kept);
    sumInto(kernelsOf("sum", x), x, view, first);
    axis = first;
  }
  return x.view(shape);
}

/** out = Σ over `axis` of x; sums along the last axis run in float64, the others are column sums in blocks of rows. */
export function sumInto(kernels: Kernels, out: Tensor, x: Tensor, axis: number): void {
  const { outer, extent, inner } = around(x.shape, axis);
  const { bytes } = kernels;
  const from = x.ptr;
  if (inner === 1) {
    rowSums(kernels, out.ptr, from, outer, extent);
    return;
  }
  for (let o = 0; o < outer; o++) {
    kernels.columnSum(out.ptr + o * inner * bytes, from + o * extent * inner * bytes, inner, extent, inner, false);
  }
}

/** out[r] = Σ_c a[r, c], in float64. */
export function rowSums(kernels: Kernels, out: number, a: number, rows: number, cols: number): void {
  const sums = runtime().heap[kernels.dtype](out, rows);
  for (let r = 0; r < rows; r++) sums[r] = kernels.sum(a + r * cols * kernels.bytes, cols);
}
