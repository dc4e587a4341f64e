/**
 * The matrix product of streams, a module of its own: `gemm` as in gemm.ts, on panels of 32 columns instead of eight.
 *
 * A single row reads its weights once and in order then. Beyond the caches that is what counts: four panels of eight,
 * read side by side, come at half the speed of one run of addresses. Every output element is the same chain as in
 * gemm.ts, to the bit.
 */
import { madd, storeRow } from "./gemm";

/** Columns of a panel. */
const WIDE: i32 = 32;
/** Bytes from one step of a panel to the next. */
const STEP: usize = 128;

/**
 * One row × one panel: eight chains hide the latency of an add.
 *
 * The panel does not lie at address 0: that exit only keeps TurboFan from lifting all loads to the top of the turn, where
 * they would not fit the registers. Longer turns are slower for the same reason.
 */
function row(out: usize, a: usize, b: usize, k: i32, cols: i32, accumulate: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0);
  let c7 = f32x4.splat(0);
  let x: v128;
  const end = a + ((<usize>k) << 2);
  while (a < end) {
    x = v128.load32_splat(a);
    c0 = madd(c0, x, v128.load(b));
    c1 = madd(c1, x, v128.load(b, 16));
    c2 = madd(c2, x, v128.load(b, 32));
    c3 = madd(c3, x, v128.load(b, 48));
    if (b == 0) break;
    c4 = madd(c4, x, v128.load(b, 64));
    c5 = madd(c5, x, v128.load(b, 80));
    c6 = madd(c6, x, v128.load(b, 96));
    c7 = madd(c7, x, v128.load(b, 112));
    a += 4;
    b += STEP;
  }
  storeRow(out, c0, c1, cols, accumulate ? out : 0);
  if (cols > 8) storeRow(out + 32, c2, c3, cols - 8, accumulate ? out + 32 : 0);
  if (cols > 16) storeRow(out + 64, c4, c5, cols - 16, accumulate ? out + 64 : 0);
  if (cols > 24) storeRow(out + 96, c6, c7, cols - 24, accumulate ? out + 96 : 0);
}

/** Four rows × eight columns of a panel, in turns of four steps as tile4 of gemm.ts has them, for the same reason. */
function tile(out: usize, ldo: usize, a: usize, lda: usize, b: usize, k: i32, cols: i32, accumulate: bool): void {
  let a1 = a + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let b0: v128, b1: v128, x: v128;
  if (k != 0) {
    while (true) {
      b0 = v128.load(b);
      b1 = v128.load(b, 16);
      x = v128.load32_splat(a);
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
      if (--k == 0) break;

      b0 = v128.load(b, 128);
      b1 = v128.load(b, 144);
      x = v128.load32_splat(a, 4);
      c00 = madd(c00, x, b0);
      c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 4);
      c10 = madd(c10, x, b0);
      c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 4);
      c20 = madd(c20, x, b0);
      c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 4);
      c30 = madd(c30, x, b0);
      c31 = madd(c31, x, b1);
      if (--k == 0) break;

      b0 = v128.load(b, 256);
      b1 = v128.load(b, 272);
      x = v128.load32_splat(a, 8);
      c00 = madd(c00, x, b0);
      c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 8);
      c10 = madd(c10, x, b0);
      c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 8);
      c20 = madd(c20, x, b0);
      c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 8);
      c30 = madd(c30, x, b0);
      c31 = madd(c31, x, b1);
      if (--k == 0) break;

      b0 = v128.load(b, 384);
      b1 = v128.load(b, 400);
      x = v128.load32_splat(a, 12);
      c00 = madd(c00, x, b0);
      c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 12);
      c10 = madd(c10, x, b0);
      c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 12);
      c20 = madd(c20, x, b0);
      c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 12);
      c30 = madd(c30, x, b0);
      c31 = madd(c31, x, b1);
      if (--k == 0) break;

      a += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      b += 4 * STEP;
    }
  }
  storeRow(out, c00, c01, cols, accumulate ? out : 0);
  out += ldo;
  storeRow(out, c10, c11, cols, accumulate ? out : 0);
  out += ldo;
  storeRow(out, c20, c21, cols, accumulate ? out : 0);
  out += ldo;
  storeRow(out, c30, c31, cols, accumulate ? out : 0);
}

/** A panel at a time, all rows of it; streams have one worker. */
export function gemm(
  out: usize, ldo: i32, a: usize, lda: i32, packed: usize, m: i32, n: i32, k: i32, accumulate: i32,
  _worker: i32, _workers: i32,
): void {
  const outRow = (<usize>ldo) << 2;
  const aRow = (<usize>lda) << 2;
  const add = accumulate != 0;
  for (let j = 0; j < n; j += WIDE) {
    let o = out + ((<usize>j) << 2);
    let x = a;
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      for (let c = 0; c < WIDE && j + c < n; c += 8) {
        tile(o + ((<usize>c) << 2), outRow, x, aRow, packed + ((<usize>c) << 2), k, n - j - c, add);
      }
      o += outRow << 2;
      x += aRow << 2;
    }
    for (; i < m; i++) {
      row(o, x, packed, k, n - j, add);
      o += outRow;
      x += aRow;
    }
    packed += (<usize>k) * STEP;
  }
}
