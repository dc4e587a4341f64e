import { column, pair, quad, tile, TILE_BYTES } from "./gemm-transposed-tiles";
import { loadPart } from "./lanes";
import { SUM_BLOCK } from "./sums";

/**
 * Weight gradients: out[i, j] (+)= Σ_r a[r, i] · b[map(r), j].
 *
 * A sum runs in blocks of SUM_BLOCK rows, each its own chain from 0 in registers, blocks added in ascending order: the
 * order depends on the number of rows alone. Both operands are walked down their columns, where rows a power of two
 * apart fall on a few cache sets; so up to COLUMNS of b, and a group of tiles of a at a time, are first copied.
 */

/** Tiles of a, of four rows of out each, that are copied at once. */
const GROUP: i32 = 16;
/** Columns of b that are copied at once; a is copied once for each such part. */
const COLUMNS: i32 = 256;
/** Of fewer columns the roles are swapped: seven would take as long as eight. */
const NARROW: i32 = 7;
/** Bytes from one copied panel of b to the next; a cache line more than its size, as TILE_BYTES. */
const PANEL_BYTES: usize = 8 * 4 * 256 + 64;
/** Bytes of scratch of one worker: GEMM_TN_SCRATCH_BYTES in src/runtime/kernels.ts. */
const SCRATCH_BYTES: usize = PANEL_BYTES * 32 + TILE_BYTES * 16;

/** Copy up to `GROUP` tiles of a, `stride` floats apart; columns beyond `width` become zeros. */
function copyTiles(
  to: usize, a: usize, aRow: usize, count: i32, tiles: i32, stride: i32, width: i32,
): void {
  const step = (<usize>stride) << 2;
  const last = width - (tiles - 1) * stride;
  const whole = last < 4 ? tiles - 1 : tiles;
  const zero = f32x4.splat(0);
  let end = to + TILE_BYTES * whole;
  // Four rows at a time: a whole cache line of a tile.
  for (; count >= 4; count -= 4) {
    let from = a;
    let from2 = a + (aRow << 1);
    let out = to;
    while (out < end) {
      v128.store(out, v128.load(from));
      v128.store(out, v128.load(from + aRow), 16);
      v128.store(out, v128.load(from2), 32);
      v128.store(out, v128.load(from2 + aRow), 48);
      from += step;
      from2 += step;
      out += TILE_BYTES;
    }
    if (whole < tiles) {
      v128.store(out, loadPart(from, last, zero));
      v128.store(out, loadPart(from + aRow, last, zero), 16);
      v128.store(out, loadPart(from2, last, zero), 32);
      v128.store(out, loadPart(from2 + aRow, last, zero), 48);
    }
    a += aRow << 2;
    to += 64;
    end += 64;
  }
  for (; count > 0; count--) {
    let from = a;
    let out = to;
    while (out < end) {
      v128.store(out, v128.load(from));
      from += step;
      out += TILE_BYTES;
    }
    if (whole < tiles) v128.store(out, loadPart(from, last, zero));
    a += aRow;
    to += 16;
    end += 16;
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

/** Read one number of each cache line of some rows: they come nearer, so that copying them waits for less. */
function touch(at: usize, row: usize, rows: i32, bytes: usize): void {
  for (; rows > 0; rows--) {
    const end = at + bytes;
    for (let line = at; line < end; line += 64) load<i32>(line);
    at += row;
  }
}

/** A group of copied tiles × the last one to six columns of b. */
function narrow(
  out: usize, outRow: usize, a: usize, b: usize, count: i32, tiles: i32, stride: i32, height: i32, cols: i32,
  accumulate: bool,
): void {
  const down = outRow * stride;
  let skip: usize = 0;
  if (cols > 2) {
    for (let t = 0; t < tiles; t += 2) {
      quad(
        out + down * t, outRow, a + TILE_BYTES * t, b, count, tiles - t, stride, height - stride * t, cols, accumulate,
      );
    }
    cols -= 4;
    skip = 16;
  }
  out += skip;
  b += skip;
  if (cols == 2) {
    for (let t = 0; t < tiles; t += 4) {
      pair(out + down * t, outRow, a + TILE_BYTES * t, b, count, tiles - t, stride, height - stride * t, accumulate);
    }
  } else if (cols == 1) {
    for (let t = 0; t < tiles; t += 8) {
      column(out + down * t, outRow, a + TILE_BYTES * t, b, count, tiles - t, stride, height - stride * t, accumulate);
    }
  }
}

/** One block of rows into the tiles of out that belong to this worker; `more` rows follow it. */
function block(
  out: usize, a: usize, aRow: usize, b: usize, bRow: usize, map: usize, count: i32, more: i32, m: i32, n: i32,
  accumulate: bool, scratch: usize, worker: i32, workers: i32,
): void {
  const outRow = (<usize>n) << 2;
  const stride = workers << 2;
  const mine = (((m + 3) >> 2) - worker + workers - 1) / workers;
  if (mine <= 0) return;
  // Groups and parts of equal size: a last one of a single tile would read all panels for little.
  const groups = (mine + GROUP - 1) / GROUP;
  const group = (mine + groups - 1) / groups;
  const parts = (n + COLUMNS - 1) / COLUMNS;
  const part = ((n + parts - 1) / parts + 7) & ~7;
  const packed = scratch + PANEL_BYTES * (COLUMNS >> 3);
  for (let left = 0; left < n; left += part) {
    const right = min(n, left + part);
    let panel = scratch;
    for (let j = left; j < right; j += 8) {
      copyPanel(panel, b + ((<usize>j) << 2), bRow, map, count, n - j);
      panel += PANEL_BYTES;
    }
    for (let first = 0; first < mine; first += group) {
      const tiles = min(group, mine - first);
      const i0 = (first * workers + worker) << 2;
      copyTiles(packed, a + ((<usize>i0) << 2), aRow, count, tiles, stride, m - i0);
      // While this group is multiplied the next one is touched, a few rows before each tile.
      let ahead = i0 + tiles * stride;
      let rows = count;
      let near = a;
      if (ahead >= m) {
        ahead = worker << 2;
        if (right >= n) {
          near += aRow * count;
          rows = more;
        }
      }
      near += (<usize>ahead) << 2;
      const width = (<usize>min(group * stride, m - ahead)) << 2;
      const step = (rows - 1) / max(1, tiles * ((right - left) >> 4)) + 1;
      // More rows than that before a tile are not hidden behind it.
      if (step > 3) rows = 0;
      panel = scratch;
      // Two panels at a time: they share the cache lines of out.
      for (let j = left; j < right; j += 16) {
        let to = out + outRow * i0 + ((<usize>j) << 2);
        const cols = n - j;
        if (cols < NARROW) {
          narrow(to, outRow, packed, panel, count, tiles, stride, m - i0, cols, accumulate);
          break;
        }
        const second = right - j > 8 ? cols - 8 : 0;
        if (second > 0 && second < NARROW) {
          narrow(to + 32, outRow, packed, panel + PANEL_BYTES, count, tiles, stride, m - i0, second, accumulate);
        }
        let from = packed;
        for (let i = i0, t = 0; t < tiles; t++, i += stride) {
          if (rows > 0) {
            touch(near, aRow, min(step, rows), width);
            near += aRow * step;
            rows -= step;
          }
          tile(to, outRow, from, panel, count, m - i, cols, accumulate);
          if (second >= NARROW) tile(to + 32, outRow, from, panel + PANEL_BYTES, count, m - i, second, accumulate);
          to += outRow * stride;
          from += TILE_BYTES;
        }
        panel += PANEL_BYTES * 2;
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
    const more = min(SUM_BLOCK, rows - start - count);
    const add = start > 0 || accumulate != 0;
    block(
      out, a + aRow * start, aRow, map == 0 ? b + bRow * start : b, bRow,
      map == 0 ? map : map + ((<usize>start) << 2), count, more, m, n, add, scratch, worker, workers,
    );
  }
}
