import { madd, storeRow } from "./gemm";

/**
 * Products of copied operands of gemmTN, each element one chain over the rows of a block, from 0 in a register.
 *
 * A tile of a is four columns of it, 16 bytes a row; a panel of b is eight, 32 bytes a row. Where a panel has few
 * columns the roles are swapped: vectors run along a and the numbers of b are spread, so that no lane multiplies nothing.
 */

/** Bytes from one tile of a to the next; a cache line more than its size, so that tiles fall on different sets. */
export const TILE_BYTES: usize = 4 * 4 * 256 + 64;

/** Four rows of out × eight columns from copied operands; `height` rows and `cols` columns are stored. */
export function tile(
  out: usize, outRow: usize, a: usize, b: usize, count: i32, height: i32, cols: i32, accumulate: bool,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let b0: v128, b1: v128, x: v128;
  // Four rows in one turn; the exits are explained in gemm.ts.
  while (true) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a);
    c00 = madd(c00, x, b0);
    c01 = madd(c01, x, b1);
    x = v128.load32_splat(a, 4);
    c10 = madd(c10, x, b0);
    c11 = madd(c11, x, b1);
    x = v128.load32_splat(a, 8);
    c20 = madd(c20, x, b0);
    c21 = madd(c21, x, b1);
    x = v128.load32_splat(a, 12);
    c30 = madd(c30, x, b0);
    c31 = madd(c31, x, b1);
    if (--count == 0) break;

    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load32_splat(a, 16);
    c00 = madd(c00, x, b0);
    c01 = madd(c01, x, b1);
    x = v128.load32_splat(a, 20);
    c10 = madd(c10, x, b0);
    c11 = madd(c11, x, b1);
    x = v128.load32_splat(a, 24);
    c20 = madd(c20, x, b0);
    c21 = madd(c21, x, b1);
    x = v128.load32_splat(a, 28);
    c30 = madd(c30, x, b0);
    c31 = madd(c31, x, b1);
    if (--count == 0) break;

    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = v128.load32_splat(a, 32);
    c00 = madd(c00, x, b0);
    c01 = madd(c01, x, b1);
    x = v128.load32_splat(a, 36);
    c10 = madd(c10, x, b0);
    c11 = madd(c11, x, b1);
    x = v128.load32_splat(a, 40);
    c20 = madd(c20, x, b0);
    c21 = madd(c21, x, b1);
    x = v128.load32_splat(a, 44);
    c30 = madd(c30, x, b0);
    c31 = madd(c31, x, b1);
    if (--count == 0) break;

    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = v128.load32_splat(a, 48);
    c00 = madd(c00, x, b0);
    c01 = madd(c01, x, b1);
    x = v128.load32_splat(a, 52);
    c10 = madd(c10, x, b0);
    c11 = madd(c11, x, b1);
    x = v128.load32_splat(a, 56);
    c20 = madd(c20, x, b0);
    c21 = madd(c21, x, b1);
    x = v128.load32_splat(a, 60);
    c30 = madd(c30, x, b0);
    c31 = madd(c31, x, b1);
    if (--count == 0) break;

    a += 64;
    b += 128;
  }
  storeRow(out, c00, c01, cols, accumulate ? out : 0);
  out += outRow;
  if (height > 1) storeRow(out, c10, c11, cols, accumulate ? out : 0);
  out += outRow;
  if (height > 2) storeRow(out, c20, c21, cols, accumulate ? out : 0);
  out += outRow;
  if (height > 3) storeRow(out, c30, c31, cols, accumulate ? out : 0);
}

/** Store one column of a tile, as many of its four rows as there are. */
// @ts-ignore: decorator
@inline
function storeColumn(out: usize, outRow: usize, x: v128, height: i32, accumulate: bool): void {
  for (let i = 0; i < min(4, height); i++) {
    const sum = f32x4.extract_lane(x, 0);
    store<f32>(out, accumulate ? load<f32>(out) + sum : sum);
    x = i8x16.shuffle(x, x, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
    out += outRow;
  }
}

/**
 * Eight tiles × one column of b. The first `tiles` of them are stored, the first rows of which lie `stride` rows of out
 * apart; `height` rows are left in out from the first on.
 */
export function column(
  out: usize, outRow: usize, a: usize, b: usize, count: i32, tiles: i32, stride: i32, height: i32, accumulate: bool,
): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0);
  let c7 = f32x4.splat(0);
  let x: v128;
  const end = b + ((<usize>count) << 5);
  while (b < end) {
    x = v128.load32_splat(b);
    c0 = madd(c0, v128.load(a), x);
    c1 = madd(c1, v128.load(a, TILE_BYTES), x);
    c2 = madd(c2, v128.load(a, TILE_BYTES * 2), x);
    c3 = madd(c3, v128.load(a, TILE_BYTES * 3), x);
    c4 = madd(c4, v128.load(a, TILE_BYTES * 4), x);
    c5 = madd(c5, v128.load(a, TILE_BYTES * 5), x);
    c6 = madd(c6, v128.load(a, TILE_BYTES * 6), x);
    c7 = madd(c7, v128.load(a, TILE_BYTES * 7), x);
    a += 16;
    b += 32;
  }
  for (let t = 0; t < min(8, tiles); t++) {
    storeColumn(out, outRow, c0, height, accumulate);
    c0 = c1;
    c1 = c2;
    c2 = c3;
    c3 = c4;
    c4 = c5;
    c5 = c6;
    c6 = c7;
    out += outRow * stride;
    height -= stride;
  }
}

/** Four tiles × two columns of b. */
export function pair(
  out: usize, outRow: usize, a: usize, b: usize, count: i32, tiles: i32, stride: i32, height: i32, accumulate: bool,
): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let d2 = f32x4.splat(0);
  let d3 = f32x4.splat(0);
  let x: v128, y: v128, z: v128;
  const end = b + ((<usize>count) << 5);
  while (b < end) {
    x = v128.load32_splat(b);
    y = v128.load32_splat(b, 4);
    z = v128.load(a);
    c0 = madd(c0, z, x);
    d0 = madd(d0, z, y);
    z = v128.load(a, TILE_BYTES);
    c1 = madd(c1, z, x);
    d1 = madd(d1, z, y);
    z = v128.load(a, TILE_BYTES * 2);
    c2 = madd(c2, z, x);
    d2 = madd(d2, z, y);
    z = v128.load(a, TILE_BYTES * 3);
    c3 = madd(c3, z, x);
    d3 = madd(d3, z, y);
    a += 16;
    b += 32;
  }
  for (let t = 0; t < min(4, tiles); t++) {
    storeColumn(out, outRow, c0, height, accumulate);
    storeColumn(out + 4, outRow, d0, height, accumulate);
    c0 = c1;
    c1 = c2;
    c2 = c3;
    d0 = d1;
    d1 = d2;
    d2 = d3;
    out += outRow * stride;
    height -= stride;
  }
}

/** Two tiles × four columns of b, of which the first `cols`, three or four, are stored. */
export function quad(
  out: usize, outRow: usize, a: usize, b: usize, count: i32, tiles: i32, stride: i32, height: i32, cols: i32,
  accumulate: bool,
): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let d2 = f32x4.splat(0);
  let d3 = f32x4.splat(0);
  let x: v128, y: v128, z: v128;
  const end = b + ((<usize>count) << 5);
  while (b < end) {
    x = v128.load(a);
    y = v128.load(a, TILE_BYTES);
    z = v128.load32_splat(b);
    c0 = madd(c0, x, z);
    d0 = madd(d0, y, z);
    z = v128.load32_splat(b, 4);
    c1 = madd(c1, x, z);
    d1 = madd(d1, y, z);
    z = v128.load32_splat(b, 8);
    c2 = madd(c2, x, z);
    d2 = madd(d2, y, z);
    z = v128.load32_splat(b, 12);
    c3 = madd(c3, x, z);
    d3 = madd(d3, y, z);
    a += 16;
    b += 32;
  }
  for (let t = 0; t < min(2, tiles); t++) {
    storeColumn(out, outRow, c0, height, accumulate);
    storeColumn(out + 4, outRow, c1, height, accumulate);
    storeColumn(out + 8, outRow, c2, height, accumulate);
    if (cols > 3) storeColumn(out + 12, outRow, c3, height, accumulate);
    c0 = d0;
    c1 = d1;
    c2 = d2;
    c3 = d3;
    out += outRow * stride;
    height -= stride;
  }
}
