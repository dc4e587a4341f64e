import { after, storePart } from "./lanes";
import { LINE, shareEnd, shareStart } from "./shards";

/** From this many bytes on the engine's own copy is faster than a loop, its call included. */
const LONG: usize = 1024;

export function fill(out: usize, value: f64, n: i32, worker: i32, workers: i32): void {
  const first = shareStart(n, LINE, worker, workers);
  n = shareEnd(n, LINE, worker, workers) - first;
  out = after(out, first);
  const x = f32x4.splat(<f32>value);
  const last = after(out, n & ~3);
  while (out < last) {
    v128.store(out, x);
    out += 16;
  }
  storePart(out, x, n & 3);
}

export function copy(out: usize, a: usize, n: i32, worker: i32, workers: i32): void {
  const first = shareStart(n, LINE, worker, workers);
  n = shareEnd(n, LINE, worker, workers) - first;
  memory.copy(after(out, first), after(a, first), (<usize>n) << 2);
}

/** Copy one row that does not overlap its copy. */
// @ts-ignore: decorator
@inline
export function copyRow(out: usize, a: usize, bytes: usize): void {
  if (bytes >= LONG) {
    memory.copy(out, a, bytes);
    return;
  }
  const last = a + (bytes & ~15);
  const end = a + bytes;
  while (a < last) {
    v128.store(out, v128.load(a));
    a += 16;
    out += 16;
  }
  while (a < end) {
    store<f32>(out, load<f32>(a));
    a += 4;
    out += 4;
  }
}
