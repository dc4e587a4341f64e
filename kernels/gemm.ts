import { loadPart } from "./lanes";

/**
 * Matrix product on packed panels, out[i, j] (+)= Σ_p a[i, p] · B(j, p).
 *
 * Every output element is one chain over ascending p from 0, whatever the tile, the number of rows or of workers: that
 * is what makes a batch, a single row and a split over threads agree to the bit. A tile is four rows × one panel of eight
 * columns: eight accumulators, two loads of B and four broadcasts of A fill the sixteen registers that x64 offers.
 */

/** acc + a · b: two roundings, or one where the relaxed build may fuse. */
// @ts-ignore: decorator
@inline
export function madd(acc: v128, a: v128, b: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(a, b, acc);
  return f32x4.add(acc, f32x4.mul(a, b));
}

/** Bytes of A that one row block may take, so that it stays in the second-level cache while all panels pass over it. */
const BLOCK_BYTES: i32 = 256 * 1024;
/** Steps of k that are done for all rows before the next: a panel of them takes half of a first-level cache. */
const STRETCH: i32 = 512;

/** Store one row of a panel, eight columns or the valid ones of the last panel, plus what lies at `add`; 0: nothing does. */
// @ts-ignore: decorator
@inline
export function storeRow(out: usize, lo: v128, hi: v128, cols: i32, add: usize): void {
  if (cols >= 8) {
    if (add != 0) {
      lo = f32x4.add(v128.load(add), lo);
      hi = f32x4.add(v128.load(add, 16), hi);
    }
    v128.store(out, lo);
    v128.store(out, hi, 16);
  } else {
    storePart(out, lo, hi, cols, add);
  }
}

function storePart(out: usize, lo: v128, hi: v128, cols: i32, add: usize): void {
  for (let c = 0; c < cols; c++) {
    let x = f32x4.extract_lane(lo, 0);
    if (add != 0) {
      x = load<f32>(add) + x;
      add += 4;
    }
    store<f32>(out, x);
    out += 4;
    lo = i8x16.shuffle(lo, hi, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
    hi = i8x16.shuffle(hi, hi, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
  }
}

/** Four rows × one panel; `resume`: the chains go on from what `out` holds. */
// @ts-ignore: decorator
@inline
function four(
  out: usize, ldo: usize, a: usize, lda: usize, b: usize, k: i32, cols: i32, add: usize, addStep: usize,
  resume: bool,
): void {
  let a1 = a + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  if (resume) {
    const out2 = out + (ldo << 1);
    c00 = loadPart(out, cols, c01);
    c10 = loadPart(out + ldo, cols, c01);
    c20 = loadPart(out2, cols, c01);
    c30 = loadPart(out2 + ldo, cols, c01);
    if (cols > 4) {
      c11 = loadPart(out + ldo + 16, cols - 4, c01);
      c21 = loadPart(out2 + 16, cols - 4, c01);
      c31 = loadPart(out2 + ldo + 16, cols - 4, c01);
      c01 = loadPart(out + 16, cols - 4, c01);
    }
  }
  let b0: v128, b1: v128, x: v128;
  if (k != 0) {
    // Four steps in one turn. The exit after each is also what keeps TurboFan from lifting all loads to the top of the
    // turn, where they would not fit the registers.
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

      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
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

      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
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

      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
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
      b += 128;
    }
  }
  storeRow(out, c00, c01, cols, add);
  out += ldo;
  add += addStep;
  storeRow(out, c10, c11, cols, add);
  out += ldo;
  add += addStep;
  storeRow(out, c20, c21, cols, add);
  out += ldo;
  add += addStep;
  storeRow(out, c30, c31, cols, add);
}

function tile4(
  out: usize, ldo: usize, a: usize, lda: usize, b: usize, k: i32, cols: i32, add: usize, addStep: usize,
): void {
  four(out, ldo, a, lda, b, k, cols, add, addStep, false);
}

function resume4(
  out: usize, ldo: usize, a: usize, lda: usize, b: usize, k: i32, cols: i32, add: usize, addStep: usize,
): void {
  four(out, ldo, a, lda, b, k, cols, add, addStep, true);
}

/** Three rows × one panel. */
function tile3(
  out: usize, ldo: usize, a: usize, lda: usize, b: usize, k: i32, cols: i32, add: usize, addStep: usize,
): void {
  let a1 = a + lda;
  let a2 = a1 + lda;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let b0: v128, b1: v128, x: v128;
  const end = a + ((<usize>k) << 2);
  while (a < end) {
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
    a += 4;
    a1 += 4;
    a2 += 4;
    b += 32;
  }
  storeRow(out, c00, c01, cols, add);
  out += ldo;
  add += addStep;
  storeRow(out, c10, c11, cols, add);
  out += ldo;
  add += addStep;
  storeRow(out, c20, c21, cols, add);
}

/** Two rows × one panel, or × two where a second one follows: eight chains hide the latency of an add. */
function tile2(
  out: usize, ldo: usize, a: usize, lda: usize, b: usize, k: i32, cols: i32, add: usize, addStep: usize,
): void {
  let a1 = a + lda;
  // Without a second panel its place is read twice and stored nowhere.
  let d = cols > 8 ? b + ((<usize>k) << 5) : b;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c02 = f32x4.splat(0);
  let c03 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c12 = f32x4.splat(0);
  let c13 = f32x4.splat(0);
  let x: v128, y: v128, z: v128;
  const end = a + ((<usize>k) << 2);
  while (a < end) {
    x = v128.load32_splat(a);
    y = v128.load32_splat(a1);
    z = v128.load(b);
    c00 = madd(c00, x, z);
    c10 = madd(c10, y, z);
    z = v128.load(b, 16);
    c01 = madd(c01, x, z);
    c11 = madd(c11, y, z);
    z = v128.load(d);
    c02 = madd(c02, x, z);
    c12 = madd(c12, y, z);
    z = v128.load(d, 16);
    c03 = madd(c03, x, z);
    c13 = madd(c13, y, z);
    a += 4;
    a1 += 4;
    b += 32;
    d += 32;
  }
  storeRow(out, c00, c01, cols, add);
  storeRow(out + ldo, c10, c11, cols, add + addStep);
  if (cols > 8) {
    storeRow(out + 32, c02, c03, cols - 8, next(add, 32));
    storeRow(out + ldo + 32, c12, c13, cols - 8, next(add, addStep + 32));
  }
}

/**
 * One row × up to four panels, the eight chains of which hide the latency of an add.
 *
 * Each panel is read a cache line at a time. No panel lies at address 0: those exits only keep TurboFan from lifting the
 * loads of all panels to the top of the turn, where they would not fit the registers.
 */
function tile1(out: usize, a: usize, b: usize, k: i32, cols: i32, add: usize): void {
  const panel = (<usize>k) << 5;
  // Panels that do not exist read the first one and are stored nowhere.
  let d = cols > 8 ? b + panel : b;
  let e = cols > 16 ? d + panel : b;
  let f = cols > 24 ? e + panel : b;
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0);
  let c7 = f32x4.splat(0);
  let x: v128, y: v128;
  const paired = a + ((<usize>(k & ~1)) << 2);
  while (a < paired) {
    x = v128.load32_splat(a);
    y = v128.load32_splat(a, 4);
    c0 = madd(c0, x, v128.load(b));
    c1 = madd(c1, x, v128.load(b, 16));
    c0 = madd(c0, y, v128.load(b, 32));
    c1 = madd(c1, y, v128.load(b, 48));
    if (b == 0) break;
    c2 = madd(c2, x, v128.load(d));
    c3 = madd(c3, x, v128.load(d, 16));
    c2 = madd(c2, y, v128.load(d, 32));
    c3 = madd(c3, y, v128.load(d, 48));
    if (d == 0) break;
    c4 = madd(c4, x, v128.load(e));
    c5 = madd(c5, x, v128.load(e, 16));
    c4 = madd(c4, y, v128.load(e, 32));
    c5 = madd(c5, y, v128.load(e, 48));
    if (e == 0) break;
    c6 = madd(c6, x, v128.load(f));
    c7 = madd(c7, x, v128.load(f, 16));
    c6 = madd(c6, y, v128.load(f, 32));
    c7 = madd(c7, y, v128.load(f, 48));
    a += 8;
    b += 64;
    d += 64;
    e += 64;
    f += 64;
  }
  if (k & 1) {
    x = v128.load32_splat(a);
    c0 = madd(c0, x, v128.load(b));
    c1 = madd(c1, x, v128.load(b, 16));
    c2 = madd(c2, x, v128.load(d));
    c3 = madd(c3, x, v128.load(d, 16));
    c4 = madd(c4, x, v128.load(e));
    c5 = madd(c5, x, v128.load(e, 16));
    c6 = madd(c6, x, v128.load(f));
    c7 = madd(c7, x, v128.load(f, 16));
  }
  storeRow(out, c0, c1, cols, add);
  if (cols > 8) storeRow(out + 32, c2, c3, cols - 8, next(add, 32));
  if (cols > 16) storeRow(out + 64, c4, c5, cols - 16, next(add, 64));
  if (cols > 24) storeRow(out + 96, c6, c7, cols - 24, next(add, 96));
}

/** What is added `bytes` further on, if anything is. */
// @ts-ignore: decorator
@inline
function next(add: usize, bytes: usize): usize {
  return add == 0 ? 0 : add + bytes;
}

/** The last one to three rows: panels are taken so many at a time that the adds do not wait for each other. */
function remainder(
  rows: i32, out: usize, ldo: usize, a: usize, lda: usize, packed: usize, n: i32, k: i32, add: usize, addStep: usize,
): void {
  const step = rows == 1 ? 32 : rows == 2 ? 16 : 8;
  const panels = (<usize>k * step) << 2;
  for (let j = 0; j < n; j += step) {
    if (rows == 1) tile1(out, a, packed, k, n - j, add);
    else if (rows == 2) tile2(out, ldo, a, lda, packed, k, n - j, add, addStep);
    else tile3(out, ldo, a, lda, packed, k, n - j, add, addStep);
    out += (<usize>step) << 2;
    add = next(add, (<usize>step) << 2);
    packed += panels;
  }
}

/**
 * Rows in tiles of four, tile i for worker i mod workers. A block of tiles meets every panel before the next block, and a
 * stretch of k meets every row before the next stretch: a panel stays in the first-level cache and a block in the second.
 * The finished sums are added to the numbers at `base`, rows `baseRow` bytes apart; 0: to none.
 */
function product(
  out: usize, ldo: i32, a: usize, lda: i32, packed: usize, m: i32, n: i32, k: i32, base: usize, baseRow: usize,
  worker: i32, workers: i32,
): void {
  const outRow = (<usize>ldo) << 2;
  const aRow = (<usize>lda) << 2;
  const full = m >> 2;
  const rest = m & 3;
  const panelBytes = (<usize>k) << 5;
  const outStep = outRow * (workers << 2);
  const aStep = aRow * (workers << 2);
  const baseStep = baseRow * (workers << 2);
  // A chain that is interrupted waits in `out`; where that must be added to, there is no place to wait.
  const stretches = base == out ? 1 : max(1, (k + STRETCH - 1) / STRETCH);
  const stretch = (k + stretches - 1) / stretches;
  const perBlock = workers * max(1, BLOCK_BYTES / max(1, stretch << 4));
  let from = 0;
  do {
    const count = min(stretch, k - from);
    const adds = base != 0 && from + count >= k;
    const step = adds ? baseRow : 0;
    for (let first = worker; first < full; first += perBlock) {
      const last = min(full, first + perBlock);
      let panel = packed + ((<usize>from) << 5);
      for (let j = 0; j < n; j += 8) {
        let o = out + outRow * (first << 2) + ((<usize>j) << 2);
        let x = a + aRow * (first << 2) + ((<usize>from) << 2);
        let add = adds ? base + baseRow * (first << 2) + ((<usize>j) << 2) : 0;
        for (let tile = first; tile < last; tile += workers) {
          if (from == 0) tile4(o, outRow, x, aRow, panel, count, n - j, add, step);
          else resume4(o, outRow, x, aRow, panel, count, n - j, add, step);
          o += outStep;
          x += aStep;
          add = next(add, baseStep);
        }
        panel += panelBytes;
      }
    }
    from += stretch;
  } while (from < k);
  if (rest != 0 && full % workers == worker) {
    const add = next(base, baseRow * (full << 2));
    remainder(rest, out + outRow * (full << 2), outRow, a + aRow * (full << 2), aRow, packed, n, k, add, baseRow);
  }
}

/** out (+)= a · B. */
export function gemm(
  out: usize, ldo: i32, a: usize, lda: i32, packed: usize, m: i32, n: i32, k: i32, accumulate: i32,
  worker: i32, workers: i32,
): void {
  const base = accumulate != 0 ? out : 0;
  product(out, ldo, a, lda, packed, m, n, k, base, accumulate != 0 ? (<usize>ldo) << 2 : 0, worker, workers);
}

/** out[i, j] = (a · B)[i, j] + bias[j]. */
export function gemmBias(
  out: usize, ldo: i32, a: usize, lda: i32, packed: usize, m: i32, n: i32, k: i32, bias: usize,
  worker: i32, workers: i32,
): void {
  product(out, ldo, a, lda, packed, m, n, k, bias, 0, worker, workers);
}
