import { sizeMismatch, unknownValue, wrongDtype } from "../errors.js";
import { Storage } from "./frame.js";
import { type Shape, checkShape, sizeOf } from "./shape.js";
import { bytesOf } from "./tensor-core.js";
import { Tensor, type TensorOptions } from "./tensor.js";

/** What a new parameter can be told. */
export interface ParameterOptions extends Pick<TensorOptions, "dtype"> {
  /** Its name in a state dict and in messages, e.g. `weight_ih_l0`. */
  name?: string;
}

/**
 * A tensor that is learned: persistent also when made within a scope, requires a gradient, and keeps the memory of its
 * gradient from step to step.
 *
 * Errors: `E_SHAPE`, `E_SIZE` when the values do not fill the shape, `E_DTYPE` for int32,
 * `E_VALUE` for a kind of number that there is not.
 */
export class Parameter extends Tensor {
  /** Its name in a state dict and in messages. */
  name?: string;

  /**
   * @param shape sizes of the dimensions
   * @param values numbers, row-major, copied; default zeros
   */
  constructor(shape: Shape, values?: ArrayLike<number>, options: ParameterOptions = {}) {
    const { dtype = values instanceof Float64Array ? "f64" : "f32", name } = options;
    checkShape("Parameter", shape);
    if (dtype === "i32") throw wrongDtype("Parameter", "f32 or f64", dtype);
    if (dtype !== "f32" && dtype !== "f64") throw unknownValue("Parameter", "dtype", dtype, ["f32", "f64"]);
    const size = sizeOf(shape);
    if (values !== undefined && values.length !== size) throw sizeMismatch("Parameter", shape, values.length);
    super(new Storage(size * bytesOf(dtype), null), 0, shape, dtype);
    this.requiresGrad = true;
    if (name !== undefined) this.name = name;
    if (values === undefined) this.data().fill(0);
    else this.data().set(values);
  }

  /** Set the gradient to zero, keeping its memory; before the first `backward()` there is none, and it stays null. */
  zeroGrad(): void {
    this.gradient?.clear();
  }
}
