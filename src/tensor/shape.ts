/** Shapes: row-major, the last dimension adjacent in memory; `[]` is a single number. */
import { axisOutOfRange, badShape, broadcastMismatch } from "../errors.js";

/** Sizes of the dimensions, outermost first. */
export type Shape = readonly number[];

/** Elements of a tensor of this shape: Π shape[i], and 1 for `[]`. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Whether two shapes are equal, dimension by dimension. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The shape itself, if every extent is a whole number ≥ 0. Errors: `E_SHAPE` otherwise. */
export function checkShape(who: string, shape: Shape): Shape {
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0) throw badShape(who, shape);
  }
  return shape;
}

/** An axis counted from the front: −1 is the last. Errors: `E_AXIS` when it is not in [−rank, rank). */
export function resolveAxis(who: string, axis: number, shape: Shape): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= shape.length) throw axisOutOfRange(who, axis, shape);
  return resolved;
}

/**
 * The common shape of two operands: aligned at the last dimension; a dimension of 1, or a missing one, is repeated.
 *
 * [T, B, F] with [F] → [T, B, F]; [B, 1] with [1, F] → [B, F]. Errors: `E_BROADCAST` when two extents differ and
 * neither is 1.
 */
export function broadcastShapes(who: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw broadcastMismatch(who, a, b);
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** Elements to walk per index of `out` in a dense tensor of `shape`; 0 where the dimension is repeated. */
export function broadcastStrides(shape: Shape, out: Shape): number[] {
  const strides = out.map(() => 0);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1) strides[i - shape.length + out.length] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** A shape seen around one axis: `outer` blocks of `extent` slices of `inner` adjacent elements. */
export function around(shape: Shape, axis: number): { outer: number; extent: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), extent: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

/** A shape as rows of its last dimension; `[]` is one row of one. */
export function asRows(shape: Shape): { rows: number; cols: number } {
  const cols = shape.length === 0 ? 1 : shape[shape.length - 1];
  return { rows: sizeOf(shape.slice(0, -1)), cols };
}
