import type { FloatType } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import type { Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/**
 * The gradient of a table of which few rows were used: the rows that have one, all others being zero.
 *
 * Stands for d [V, F] with d[rows[k], :] = values[k, :]. A `backward` may return it for an input that is such a table.
 */
export class RowGradient {
  /** [V, ..], that of the table. */
  readonly shape: Shape;
  /** [U] int32, ascending, each once. */
  readonly rows: Tensor;
  /** [U, F]. */
  readonly values: Tensor;

  constructor(shape: Shape, rows: Tensor, values: Tensor) {
    this.shape = shape;
    this.rows = rows;
    this.values = values;
  }

  get dtype(): Tensor["dtype"] {
    return this.values.dtype;
  }

  /** Numbers of the rows, in the heap. */
  numbers(): Int32Array {
    return runtime().heap.i32(this.rows.ptr, this.rows.size);
  }

  /** Give its memory back now. */
  dispose(): void {
    this.rows.dispose();
    this.values.dispose();
  }

  /** Add it to `whole` [V, ..]. */
  addTo(whole: Tensor): void {
    const { rows, values } = this;
    runtime()
      .kernels(values.dtype as FloatType)
      .scatterAddRows(whole.ptr, values.ptr, rows.ptr, rows.size, values.shape[1]);
  }

  /** Write it, zeros included, into `whole` [V, ..]. */
  fill(whole: Tensor): Tensor {
    runtime()
      .kernels(whole.dtype as FloatType)
      .fill(whole.ptr, 0, whole.size);
    this.addTo(whole);
    return whole;
  }
}
