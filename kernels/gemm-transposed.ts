import { madd, storeRow } from "./gemm";
import { loadPart } from "./lanes";
import { SUM_BLOCK } from "./sums";

/**
 * Weight gradients: out[i, j] (+)= Σ_r a[r, i] · b[map(r), j].
 *
 * A sum runs in blocks of SUM_BLOCK rows, each its own chain from 0 in registers, blocks added in ascending order: the
 * order depends on the number of rows alone. Both operands are walked down their columns, where rows a power of two apart
 * fall on a few cache sets; so a group of tiles of a and two panels of b at a time are first copied into scratch.
 */

/** Tiles of a, of four rows of out each, that are copied at once: every panel of b is copied once per group. */
const GROUP: i32 = 16;
/** Bytes of one copied panel of b. */
const PANEL_BYTES: usize = 8 * 4 * 256;
/** Bytes from one copied tile of a to the next; a cache line more than its size, so that tiles fall on different sets. */
const TILE_BYTES: usize = 4 * 4 * 256 + 64;
/** Bytes of scratch of one worker: GEMM_TN_SCRATCH_BYTES in src/runtime/kernels.ts. */
const SCRATCH_BYTES: usize = PANEL_BYTES * 2 + TILE_BYTES * 16;

/** Four rows of out × eight columns from copied operands; `height` rows and `cols` columns are stored. */
function tile(
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

/** Copy up to `GROUP` tiles of a, `stride` floats apart, row by row; columns beyond `width` become zeros. */
function copyTiles(
  to: usize, a: usize, aRow: usize, count: i32, tiles: i32, stride: i32, width: i32,
): void {
  const step = (<usize>stride) << 2;
  const last = width - (tiles - 1) * stride;
  const whole = last < 4 ? tiles - 1 : tiles;
  const zero = f32x4.splat(0);
  for (let r = 0; r < count; r++) {
    let from = a;
    let out = to;
    let t = 0;
    for (; t + 4 <= whole; t += 4) {
      v128.store(out, v128.load(from));
      from += step;
      v128.store(out, v128.load(from), TILE_BYTES);
      from += step;
      v128.store(out, v128.load(from), TILE_BYTES * 2);
      from += step;
      v128.store(out, v128.load(from), TILE_BYTES * 3);
      from += step;
      out += TILE_BYTES * 4;
    }
    for (; t < whole; t++) {
      v128.store(out, v128.load(from));
      from += step;
      out += TILE_BYTES;
    }
    if (whole < tiles) v128.store(out, loadPart(from, last, zero));
    a += aRow;
    to += 16;
  }
}

/** Copy up to eight columns of b, its rows through the map if there is one. */
function copyPanel(to: usize, b: usize, bRow: usize, map: usize, count: i32, cols: i32): void {
  const zero = f32x4.splat(0);
  const end = to + ((<usize>count) << 5);
  if (cols >= 8 && map == 0) {
    while (to < end) {
      v128.store(to, v128.load(b));
      v128.store(to, v128.load(b, 16), 16);
      b += bRow;
      to += 32;
    }
    return;
  }
  for (let r = 0; to < end; r++) {
    const from = b + bRow * (map == 0 ? r : load<i32>(map + ((<usize>r) << 2)));
    v128.store(to, loadPart(from, cols, zero));
    v128.store(to, loadPart(from + 16, cols - 4, zero), 16);
    to += 32;
  }
}

/** One block of rows into the tiles of out that belong to this worker. */
function block(
  out: usize, a: usize, aRow: usize, b: usize, bRow: usize, map: usize, count: i32, m: i32, n: i32,
  accumulate: bool, scratch: usize, worker: i32, workers: i32,
): void {
  const outRow = (<usize>n) << 2;
  const stride = workers << 2;
  const mine = (((m + 3) >> 2) - worker + workers - 1) / workers;
  const groups = (mine + GROUP - 1) / GROUP;
  // Groups of equal size: a last one of a single tile would copy all of b for little.
  const group = groups > 0 ? (mine + groups - 1) / groups : 0;
  const packed = scratch + PANEL_BYTES * 2;
  for (let first = 0; first < mine; first += group) {
    const tiles = min(group, mine - first);
    const i0 = (first * workers + worker) << 2;
    copyTiles(packed, a + ((<usize>i0) << 2), aRow, count, tiles, stride, m - i0);
    // Two panels at a time: they share the cache lines of b.
    for (let j = 0; j < n; j += 16) {
      const column = b + ((<usize>j) << 2);
      const second = n - j - 8;
      copyPanel(scratch, column, bRow, map, count, n - j);
      if (second > 0) copyPanel(scratch + PANEL_BYTES, column + 32, bRow, map, count, second);
      let to = out + outRow * i0 + ((<usize>j) << 2);
      let from = packed;
      for (let i = i0, t = 0; t < tiles; t++, i += stride) {
        tile(to, outRow, from, scratch, count, m - i, n - j, accumulate);
        if (second > 0) tile(to + 32, outRow, from, scratch + PANEL_BYTES, count, m - i, second, accumulate);
        to += outRow * stride;
        from += TILE_BYTES;
      }
    }
  }
}

/**
 * Rows of out in tiles of four, tile i for worker i mod workers. `map` is 0 or the address of int32 row numbers of b;
 * `scratch` has SCRATCH_BYTES for each worker.
 */
export function gemmTN(
  out: usize, a: usize, lda: i32, b: usize, ldb: i32, map: usize, rows: i32, m: i32, n: i32, accumulate: i32,
  scratch: usize, worker: i32, workers: i32,
): void {
  const aRow = (<usize>lda) << 2;
  const bRow = (<usize>ldb) << 2;
  scratch += SCRATCH_BYTES * worker;
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
      map == 0 ? map : map + ((<usize>start) << 2), count, m, n, add, scratch, worker, workers,
    );
  }
}
