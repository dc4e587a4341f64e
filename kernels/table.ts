/**
 * Tables of tensors: one call does the work of all of them. Records of RECORD float64 each; src/runtime/records.ts says
 * what every field means.
 */

export const RECORD: usize = 24 * 8;

const GRAD: usize = 0;
const SIZE: usize = 1;
const ROWS: usize = 2;
const COUNT: usize = 3;
const WIDTH: usize = 4;
const SPREAD: usize = 5;

// @ts-ignore: decorator
@inline
export function field(record: usize, index: usize): f64 {
  return load<f64>(record + (index << 3));
}

// @ts-ignore: decorator
@inline
export function address(record: usize, index: usize): usize {
  return <usize>(<u32>field(record, index));
}

// @ts-ignore: decorator
@inline
export function whole(record: usize, index: usize): i32 {
  return <i32>field(record, index);
}

/** Address of the gradient. */
// @ts-ignore: decorator
@inline
export function gradOf(record: usize): usize {
  return address(record, GRAD);
}

/** Elements of the tensor. */
// @ts-ignore: decorator
@inline
export function sizeOf(record: usize): i32 {
  return whole(record, SIZE);
}

/** Address of the numbers of the rows that have a gradient, ascending; 0 if the gradient is whole. */
// @ts-ignore: decorator
@inline
export function rowsOf(record: usize): usize {
  return address(record, ROWS);
}

/** How many rows have a gradient. */
// @ts-ignore: decorator
@inline
export function countOf(record: usize): i32 {
  return whole(record, COUNT);
}

/** Elements of a row. */
// @ts-ignore: decorator
@inline
export function widthOf(record: usize): i32 {
  return whole(record, WIDTH);
}

/** Where the gradient of row number `row`, the k-th that has one, is. */
// @ts-ignore: decorator
@inline
export function gradientRow(record: usize, k: i32, row: i32): usize {
  const at = whole(record, SPREAD) != 0 ? row : k;
  return gradOf(record) + (((<usize>at) * widthOf(record)) << 2);
}

/** How many of the `count` ascending numbers are below `row`. */
export function rowsBelow(rows: usize, count: i32, row: i32): i32 {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<i32>(rows + ((<usize>middle) << 2)) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
