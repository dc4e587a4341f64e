import type { FloatType } from "../kernels.js";

/** What the reference needs of a heap: typed views by byte offset and element count, made afresh on every call. */
export interface HeapViews {
  f32(ptr: number, n: number): Float32Array;
  f64(ptr: number, n: number): Float64Array;
  i32(ptr: number, n: number): Int32Array;
}

/** Floats of the table's own type; reads give doubles, stores round. */
export type Floats = Float32Array | Float64Array;

/** Views in one float type over a heap. */
export interface Views {
  readonly dtype: FloatType;
  floats(ptr: number, n: number): Floats;
  ints(ptr: number, n: number): Int32Array;
  doubles(ptr: number, n: number): Float64Array;
}

/** Bind a heap to a float type. */
export function viewsOf(heap: HeapViews, dtype: FloatType): Views {
  return {
    dtype,
    floats: dtype === "f32" ? (ptr, n) => heap.f32(ptr, n) : (ptr, n) => heap.f64(ptr, n),
    ints: (ptr, n) => heap.i32(ptr, n),
    doubles: (ptr, n) => heap.f64(ptr, n),
  };
}

/** Elements from the first to the last of a rows × cols block with leading dimension `ld` (also a row stride of 0). */
export function span(rows: number, cols: number, ld: number): number {
  return rows > 0 && cols > 0 ? (rows - 1) * ld + cols : 0;
}
