import { after, storePart } from "./lanes";

/** From this many bytes on the engine's own copy is faster than a loop, its call included. */
const LONG: usize = 1024;

export function fill(out: usize, value: f64, n: i32): void {
  const x = f32x4.splat(<f32>value);
  const last = after(out, n & ~3);
  while (out < last) {
    v128.store(out, x);
    out += 16;
  }
  storePart(out, x, n & 3);
}

export function copy(out: usize, a: usize, n: i32): void {
  memory.copy(out, a, (<usize>n) << 2);
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
