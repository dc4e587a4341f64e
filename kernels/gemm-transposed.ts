import { madd, storeRow } from "./gemm";
import { loadPart } from "./lanes";
import { SUM_BLOCK } from "./sums";

/**
 * Weight gradients: out[i, j] (+)= Σ_r a[r, i] · b[map(r), j].
 *
 * A sum runs in blocks of SUM_BLOCK rows, each its own chain from 0 in registers, blocks added in ascending order: the
 * order depends on the number of rows alone. Operands are read where they lie; a block of them fits the second-level
 * cache, and rows of out follow one another, so that out streams.
 */

/** Rows of out that share the cache lines of a: sixteen floats are one line. */
const GROUP: i32 = 16;

/** The row of b that belongs to row r. */
// @ts-ignore: decorator
@inline
function rowOf(b: usize, bRow: usize, map: usize, r: i32): usize {
  return b + bRow * (map == 0 ? r : load<i32>(map + ((<usize>r) << 2)));
}

/** Four rows of out × eight columns; b in row order. */
function tile(
  out: usize, outRow: usize, a: usize, aRow: usize, b: usize, bRow: usize, count: i32, accumulate: bool,
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
    a += aRow;
    b += bRow;

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
    a += aRow;
    b += bRow;

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
    a += aRow;
    b += bRow;

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
    a += aRow;
    b += bRow;
  }
  storeRow(out, c00, c01, 8, accumulate);
  out += outRow;
  storeRow(out, c10, c11, 8, accumulate);
  out += outRow;
  storeRow(out, c20, c21, 8, accumulate);
  out += outRow;
  storeRow(out, c30, c31, 8, accumulate);
}

/** Four rows of out × eight columns; b through a map of row numbers. */
function tileMapped(
  out: usize, outRow: usize, a: usize, aRow: usize, b: usize, bRow: usize, map: usize, count: i32, accumulate: bool,
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
  const end = map + ((<usize>count) << 2);
  while (map < end) {
    const from = b + bRow * load<i32>(map);
    b0 = v128.load(from);
    b1 = v128.load(from, 16);
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
    a += aRow;
    map += 4;
  }
  storeRow(out, c00, c01, 8, accumulate);
  out += outRow;
  storeRow(out, c10, c11, 8, accumulate);
  out += outRow;
  storeRow(out, c20, c21, 8, accumulate);
  out += outRow;
  storeRow(out, c30, c31, 8, accumulate);
}

/** Up to four rows of out × up to eight columns: the right and lower edges. */
function edge(
  out: usize, outRow: usize, a: usize, aRow: usize, b: usize, bRow: usize, map: usize, count: i32,
  height: i32, width: i32, accumulate: bool,
): void {
  // Rows that do not exist read the first one and are stored nowhere.
  let a1 = a + (height > 1 ? 4 : 0);
  let a2 = a + (height > 2 ? 8 : 0);
  let a3 = a + (height > 3 ? 12 : 0);
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  const zero = f32x4.splat(0);
  for (let r = 0; r < count; r++) {
    const from = rowOf(b, bRow, map, r);
    const b0 = loadPart(from, width, zero);
    const b1 = loadPart(from + 16, width - 4, zero);
    let x = v128.load32_splat(a);
    c00 = madd(c00, x, b0);
    c01 = madd(c01, x, b1);
    x = v128.load32_splat(a1);
    c10 = madd(c10, x, b0);
    c11 = madd(c11, x, b1);
    x = v128.load32_splat(a2);
    c20 = madd(c20, x, b0);
    c21 = madd(c21, x, b1);
    x = v128.load32_splat(a3);
    c30 = madd(c30, x, b0);
    c31 = madd(c31, x, b1);
    a += aRow;
    a1 += aRow;
    a2 += aRow;
    a3 += aRow;
  }
  storeRow(out, c00, c01, width, accumulate);
  if (height > 1) storeRow(out + outRow, c10, c11, width, accumulate);
  if (height > 2) storeRow(out + outRow * 2, c20, c21, width, accumulate);
  if (height > 3) storeRow(out + outRow * 3, c30, c31, width, accumulate);
}

/** One block of rows into the tiles of out that belong to this worker. */
function block(
  out: usize, a: usize, aRow: usize, b: usize, bRow: usize, map: usize, count: i32, m: i32, n: i32,
  accumulate: bool, worker: i32, workers: i32,
): void {
  const outRow = (<usize>n) << 2;
  const stride = workers << 2;
  const group = GROUP * workers;
  for (let i0 = worker << 2; i0 < m; i0 += group) {
    const last = min(m, i0 + group);
    for (let j = 0; j < n; j += 8) {
      const width = n - j;
      const from = b + ((<usize>j) << 2);
      for (let i = i0; i < last; i += stride) {
        const height = m - i;
        const to = out + outRow * i + ((<usize>j) << 2);
        const x = a + ((<usize>i) << 2);
        if (width < 8 || height < 4) {
          edge(to, outRow, x, aRow, from, bRow, map, count, height, width, accumulate);
        } else if (map == 0) {
          tile(to, outRow, x, aRow, from, bRow, count, accumulate);
        } else {
          tileMapped(to, outRow, x, aRow, from, bRow, map, count, accumulate);
        }
      }
    }
  }
}

/** Rows of out in tiles of four, tile i for worker i mod workers. `map` is 0 or the address of int32 row numbers of b. */
export function gemmTN(
  out: usize, a: usize, lda: i32, b: usize, ldb: i32, map: usize, rows: i32, m: i32, n: i32, accumulate: i32,
  worker: i32, workers: i32,
): void {
  const aRow = (<usize>lda) << 2;
  const bRow = (<usize>ldb) << 2;
  if (rows <= 0 && !accumulate) {
    const outRow = (<usize>n) << 2;
    for (let i = worker << 2; i < m; i += workers << 2) {
      memory.fill(out + outRow * i, 0, outRow * min(4, m - i));
    }
  }
  for (let start = 0; start < rows; start += SUM_BLOCK) {
    const count = min(SUM_BLOCK, rows - start);
    const add = start > 0 || accumulate != 0;
    block(
      out, a + aRow * start, aRow, map == 0 ? b + bRow * start : b, bRow,
      map == 0 ? map : map + ((<usize>start) << 2), count, m, n, add, worker, workers,
    );
  }
}
