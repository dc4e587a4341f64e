import { shareEnd, shareStart } from "./shards";

/** Lay out B (element (j, p) at src + j·strideN + p·strideK) as panels of eight columns, zero-padded. */
export function pack(
  dst: usize, src: usize, n: i32, k: i32, strideN: i32, strideK: i32, worker: i32, workers: i32,
): void {
  const first = shareStart(n, 8, worker, workers);
  n = shareEnd(n, 8, worker, workers) - first;
  dst += ((<usize>first) * k) << 2;
  src += ((<usize>first) * strideN) << 2;
  const column = (<usize>strideN) << 2;
  const step = (<usize>strideK) << 2;
  for (let j = 0; j < n; j += 8) {
    const cols = n - j;
    let from = src + column * j;
    if (cols < 8) {
      for (let p = 0; p < k; p++) {
        let at = from;
        for (let c = 0; c < 8; c++) {
          store<f32>(dst + (<usize>c << 2), c < cols ? load<f32>(at) : 0);
          at += column;
        }
        from += step;
        dst += 32;
      }
    } else if (strideN == 1) {
      for (let p = 0; p < k; p++) {
        v128.store(dst, v128.load(from));
        v128.store(dst, v128.load(from, 16), 16);
        from += step;
        dst += 32;
      }
    } else if (strideK == 1) {
      let p = 0;
      for (; p + 4 <= k; p += 4) {
        transpose4(dst, from, column);
        transpose4(dst + 16, from + (column << 2), column);
        from += 16;
        dst += 128;
      }
      for (; p < k; p++) {
        column8(dst, from, column);
        from += 4;
        dst += 32;
      }
    } else {
      for (let p = 0; p < k; p++) {
        column8(dst, from, column);
        from += step;
        dst += 32;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function column8(dst: usize, from: usize, column: usize): void {
  for (let c: usize = 0; c < 32; c += 4) {
    store<f32>(dst + c, load<f32>(from));
    from += column;
  }
}

/** Four columns × four steps, turned: rows of 32 bytes at dst. */
// @ts-ignore: decorator
@inline
function transpose4(dst: usize, from: usize, column: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + column);
  const r2 = v128.load(from + (column << 1));
  const r3 = v128.load(from + column + (column << 1));
  const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const t2 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(t0, t1, 0, 2));
  v128.store(dst, v128.shuffle<i64>(t0, t1, 1, 3), 32);
  v128.store(dst, v128.shuffle<i64>(t2, t3, 0, 2), 64);
  v128.store(dst, v128.shuffle<i64>(t2, t3, 1, 3), 96);
}
