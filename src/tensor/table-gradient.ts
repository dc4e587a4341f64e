import { runtime } from "../runtime/runtime.js";
import { kernelsOf } from "./kernels-of.js";
import { RowGradient } from "./row-gradient.js";
import type { Tensor } from "./tensor.js";

/**
 * Gradient of a table of which rows were taken: d[v, :] = Σ of dRows[r, :] over the r with index[r] = v, r ascending.
 *
 * table [V, F], index [N] int32 below V (a negative one took no row), dRows [N, F] → for [V, F], the rows that occur
 * alone; to be returned as it is by the `backward` of an operation that has the table among its inputs.
 */
export function tableGradient(table: Tensor, index: Tensor, dRows: Tensor): RowGradient {
  const kernels = kernelsOf("tableGradient", table, dRows);
  const numbers = distinct(runtime().heap.i32(index.ptr, index.size), table.shape[0]);
  const count = numbers.length;
  const width = table.size / table.shape[0];
  const gradient =
    table.node === null
      ? table.gradientSlot().targetRows(count)
      : new RowGradient(table.shape, index.emptyLike([count]), table.emptyLike([count, width]));
  gradient.numbers().set(numbers);
  const local = index.emptyLike([index.size]);
  // Views are made again: memory may have grown since.
  const ids = runtime().heap.i32(index.ptr, index.size);
  const to = runtime().heap.i32(local.ptr, index.size);
  for (let r = 0; r < ids.length; r++) to[r] = ids[r] < 0 ? -1 : places[ids[r]];
  kernels.fill(gradient.values.ptr, 0, gradient.values.size);
  kernels.scatterAddRows(gradient.values.ptr, dRows.ptr, local.ptr, index.size, width);
  return gradient;
}

/** Of each table row: its place among those that occur, where it occurs; and in which call it last did. */
let places = new Int32Array(0);
let calls = new Int32Array(0);
let call = 0;

/** The rows that occur, ascending; `places` then says where each is. */
function distinct(ids: Int32Array, height: number): Int32Array {
  if (places.length < height) {
    places = new Int32Array(height);
    calls = new Int32Array(height);
  }
  call = (call + 1) | 0;
  if (call <= 0) {
    calls.fill(0);
    call = 1;
  }
  const found = new Int32Array(Math.min(ids.length, height));
  let count = 0;
  const seen = calls;
  const now = call;
  for (let r = 0; r < ids.length; r++) {
    const row = ids[r];
    if (row < 0 || seen[row] === now) continue;
    seen[row] = now;
    found[count++] = row;
  }
  const numbers = found.subarray(0, count).sort();
  for (let k = 0; k < count; k++) places[numbers[k]] = k;
  return numbers;
}
