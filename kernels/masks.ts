import { after, storePart } from "./lanes";
import { shareEnd, shareStart } from "./shards";

/** MurmurHash3's finaliser; the twin of `mix` in src/runtime/random.ts. */
// @ts-ignore: decorator
@inline
function mix(x: v128): v128 {
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x85ebca6b));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** The first round of `bits`, which is the same in all of row i: mix of the row's word. */
// @ts-ignore: decorator
@inline
function firstRound(k0: i32, i: i32): v128 {
  return mix(i32x4.add(i32x4.splat(i ^ k0), i32x4.splat(0x9e3779b9)));
}

/** Four neighbours in row i; after `firstRound` the twin of `bits` in src/runtime/random.ts, bit for bit. */
// @ts-ignore: decorator
@inline
function bits(k0: i32, k1: i32, i: i32, first: v128, j: v128): v128 {
  let a = i32x4.splat(i ^ k0);
  let b = v128.xor(v128.xor(j, i32x4.splat(k1)), first);
  a = v128.xor(a, mix(i32x4.add(b, i32x4.splat(k0))));
  b = v128.xor(b, mix(i32x4.add(a, i32x4.splat(k1))));
  return v128.xor(a, mix(i32x4.add(b, i32x4.splat(0x7f4a7c15))));
}

/** out[r, c] = bits(k0, k1, row(r), c) < ⌊p·2³²⌋ ? 0 : 1/(1−p); row(r) = r, or index[r] when `index` ≠ 0. */
export function dropoutMask(
  out: usize, rows: i32, cols: i32, k0: i32, k1: i32, p: f64, index: usize, worker: i32, workers: i32,
): void {
  const first = shareStart(rows, 4, worker, workers);
  const end = shareEnd(rows, 4, worker, workers);
  out += ((<usize>first) * cols) << 2;
  // 2³² does not fit: p = 1 drops everything, and no hash is asked.
  if (p >= 1) {
    memory.fill(out, 0, (<usize>(end - first) * cols) << 2);
    return;
  }
  const threshold = i32x4.splat(<i32>(<u32>(<u64>(p * 4294967296.0))));
  const keep = f32x4.splat(<f32>(1.0 / (1.0 - p)));
  const four = i32x4.splat(4);
  for (let r = first; r < end; r++) {
    const row = index == 0 ? r : load<i32>(index + ((<usize>r) << 2));
    const round = firstRound(k0, row);
    let j = i32x4(0, 1, 2, 3);
    const last = after(out, cols & ~3);
    while (out < last) {
      v128.store(out, v128.and(keep, i32x4.ge_u(bits(k0, k1, row, round, j), threshold)));
      j = i32x4.add(j, four);
      out += 16;
    }
    if (cols & 3) {
      storePart(out, v128.and(keep, i32x4.ge_u(bits(k0, k1, row, round, j), threshold)), cols & 3);
      out = after(out, cols & 3);
    }
  }
}
