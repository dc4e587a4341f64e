/** The first `count` (0 … 4) floats at `from`, the lanes of `rest` after them; reads no byte beyond. */
// @ts-ignore: decorator
@inline
export function loadPart(from: usize, count: i32, rest: v128): v128 {
  if (count >= 4) return v128.load(from);
  if (count > 0) rest = v128.load_lane<f32>(from, rest, 0);
  if (count > 1) rest = v128.load_lane<f32>(from, rest, 1, 4);
  if (count > 2) rest = v128.load_lane<f32>(from, rest, 2, 8);
  return rest;
}

/** Store the first `count` (0 … 4) lanes; writes no byte beyond. */
// @ts-ignore: decorator
@inline
export function storePart(out: usize, x: v128, count: i32): void {
  if (count >= 4) {
    v128.store(out, x);
    return;
  }
  if (count > 0) v128.store_lane<f32>(out, x, 0);
  if (count > 1) v128.store_lane<f32>(out, x, 1, 4);
  if (count > 2) v128.store_lane<f32>(out, x, 2, 8);
}

/** Address `n` floats after `from`. */
// @ts-ignore: decorator
@inline
export function after(from: usize, n: i32): usize {
  return from + ((<usize>n) << 2);
}

/** The sum of the lanes, in float64, added to two running sums. */
// @ts-ignore: decorator
@inline
export function widen(total: v128, x: v128): v128 {
  return f64x2.add(
    f64x2.add(total, f64x2.promote_low_f32x4(x)),
    f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3)),
  );
}

// @ts-ignore: decorator
@inline
export function sumLanes(total: v128): f64 {
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}
