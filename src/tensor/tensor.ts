import { sizeMismatch, unknownValue, wrongDtype } from "../errors.js";
import type { DType } from "../runtime/kernels.js";
import { type Frame, Storage, currentFrame } from "./frame.js";
import { LeafGradient } from "./leaf-gradient.js";
import { add } from "./ops/add.js";
import { astype } from "./ops/astype.js";
import { clone } from "./ops/clone.js";
import { detach } from "./ops/detach.js";
import { div } from "./ops/div.js";
import { logSoftmax } from "./ops/log-softmax.js";
import { matmul } from "./ops/matmul.js";
import { type ReduceOptions, mean } from "./ops/mean.js";
import { mul } from "./ops/mul.js";
import { permute, transpose } from "./ops/permute.js";
import { reshape } from "./ops/reshape.js";
import { select, slice } from "./ops/slice.js";
import { softmax } from "./ops/softmax.js";
import { sub } from "./ops/sub.js";
import { sum } from "./ops/sum.js";
import { abs, exp, log, neg, relu, sigmoid, sqrt, square, tanh } from "./ops/unary.js";
import { type Shape, checkShape, sizeOf } from "./shape.js";
import { backward, type BackwardOptions } from "./backward.js";
import type { Selection } from "./selection.js";
import type { Entry } from "./tape.js";
import { TensorCore, bytesOf } from "./tensor-core.js";

/** What a new tensor can be told. */
export interface TensorOptions {
  /** Kind of number; default that of the typed array given, f32 for a plain one. */
  dtype?: DType;
  /** Whether `backward()` should compute a gradient for it; default false. */
  requiresGrad?: boolean;
}

/**
 * A dense, row-major array of numbers in the heap.
 *
 * Made within a scope it lives until the scope ends (return it to keep it longer); made outside any scope, until nobody
 * refers to it. Operations never change their inputs; `set` and writing into `data()` do.
 */
export class Tensor extends TensorCore {
  /** Whether gradients flow to or through this tensor. */
  requiresGrad = false;
  /** @internal What has arrived; null before anything has. */
  gradient: LeafGradient | null = null;
  /** @internal The operation this tensor came from, and which of its outputs it is. */
  node: { entry: Entry; index: number } | null = null;
  /** @internal Whose rows these are, while that is known. */
  selection: Selection | null = null;

  /**
   * dL/dself, added up over `backward()` calls; null before the first. Only leaves (not results of ops) have one.
   *
   * Looking at the gradient of a table of which few rows were used makes it whole: zeros for the other rows.
   */
  get grad(): Tensor | null {
    return this.gradient?.show() ?? null;
  }

  set grad(gradient: Tensor | null) {
    if (gradient !== null || this.gradient !== null) this.gradientSlot().replace(gradient);
  }

  /** @internal Where gradients of this leaf arrive. */
  gradientSlot(): LeafGradient {
    return (this.gradient ??= new LeafGradient(this));
  }

  /** A tensor whose contents are whatever was there before. Errors: `E_SHAPE`, `E_VALUE` for an unknown dtype. */
  static empty(shape: Shape, dtype: DType = "f32"): Tensor {
    checkShape("Tensor.empty", shape);
    if (dtype !== "f32" && dtype !== "f64" && dtype !== "i32") {
      throw unknownValue("Tensor", "dtype", dtype, ["f32", "f64", "i32"]);
    }
    return allocate(shape, dtype, currentFrame());
  }

  /** A tensor of zeros. Errors: `E_SHAPE`. */
  static zeros(shape: Shape, dtype: DType = "f32"): Tensor {
    return Tensor.full(shape, 0, dtype);
  }

  /** A tensor of ones. Errors: `E_SHAPE`. */
  static ones(shape: Shape, dtype: DType = "f32"): Tensor {
    return Tensor.full(shape, 1, dtype);
  }

  /** A tensor of one value. Errors: `E_SHAPE`. */
  static full(shape: Shape, value: number, dtype: DType = "f32"): Tensor {
    const tensor = Tensor.empty(shape, dtype);
    tensor.data().fill(value);
    return tensor;
  }

  /**
   * A tensor of these numbers, copied, row-major; `shape` defaults to one dimension.
   *
   * Errors: `E_SIZE` when the shape holds more or fewer; `E_DTYPE` for int32 that requires a gradient.
   *
   * @example Tensor.from([1, 2, 3, 4, 5, 6], [2, 3])
   */
  static from(values: ArrayLike<number>, shape: Shape = [values.length], options: TensorOptions = {}): Tensor {
    const { dtype = dtypeOf(values), requiresGrad = false } = options;
    checkShape("Tensor.from", shape);
    if (sizeOf(shape) !== values.length) throw sizeMismatch("Tensor.from", shape, values.length);
    if (requiresGrad && dtype === "i32") throw wrongDtype("Tensor.from", "f32 or f64 to require a gradient", dtype);
    const tensor = Tensor.empty(shape, dtype).set(values);
    tensor.requiresGrad = requiresGrad;
    return tensor;
  }

  /** A tensor of shape `[]`. */
  static scalar(value: number, dtype: DType = "f32"): Tensor {
    return Tensor.full([], value, dtype);
  }

  /** An uninitialised tensor like this one, for ops to write into; `frame` is where it lives (default: here and now). */
  emptyLike(shape: Shape = this.shape, dtype: DType = this.dtype, frame: Frame | null = currentFrame()): Tensor {
    return allocate(shape, dtype, frame);
  }

  /** A constant of this tensor's dtype, shape `[]`. */
  constant(value: number): Tensor {
    const tensor = this.emptyLike([]);
    tensor.data()[0] = value;
    return tensor;
  }

  /** @internal The same memory, from element `first` on, seen as `shape`; not recorded. */
  view(shape: Shape, first = 0): Tensor {
    return new Tensor(this.storage, this.offset + first * bytesOf(this.dtype), shape, this.dtype);
  }

  /**
   * Add the gradient of this tensor into the `grad` of every leaf it was computed from, and free the graph.
   *
   * Errors: `E_BACKWARD` for many numbers without `gradient`, without a graph, or for a graph that was freed.
   */
  backward(options?: BackwardOptions): void {
    backward(this, options);
  }

  // Ops know this class as a type only and make their results with `emptyLike`: so these calls are no import cycle.
  /** self + b, broadcast. */
  add(b: Tensor | number): Tensor {
    return add(this, b);
  }
  /** self − b, broadcast. */
  sub(b: Tensor | number): Tensor {
    return sub(this, b);
  }
  /** self · b element by element, broadcast. */
  mul(b: Tensor | number): Tensor {
    return mul(this, b);
  }
  /** self / b element by element, broadcast. */
  div(b: Tensor | number): Tensor {
    return div(this, b);
  }
  /** −self. */
  neg(): Tensor {
    return neg(this);
  }
  /** e^self. */
  exp(): Tensor {
    return exp(this);
  }
  /** ln self. */
  log(): Tensor {
    return log(this);
  }
  /** tanh self. */
  tanh(): Tensor {
    return tanh(this);
  }
  /** 1 / (1 + e^−self). */
  sigmoid(): Tensor {
    return sigmoid(this);
  }
  /** max(self, 0). */
  relu(): Tensor {
    return relu(this);
  }
  /** |self|. */
  abs(): Tensor {
    return abs(this);
  }
  /** self². */
  square(): Tensor {
    return square(this);
  }
  /** √self. */
  sqrt(): Tensor {
    return sqrt(this);
  }
  /** Σ self, over everything or one axis. */
  sum(options?: ReduceOptions): Tensor {
    return sum(this, options);
  }
  /** Mean of self, over everything or one axis. */
  mean(options?: ReduceOptions): Tensor {
    return mean(this, options);
  }
  /** self [.., K] · b [K, N]. */
  matmul(b: Tensor): Tensor {
    return matmul(this, b);
  }
  /** The same elements in another shape; one extent may be −1. */
  reshape(shape: Shape): Tensor {
    return reshape(this, shape);
  }
  /** Two axes exchanged, by default the last two. */
  transpose(a?: number, b?: number): Tensor {
    return transpose(this, a, b);
  }
  /** The axes in another order. */
  permute(order: readonly number[]): Tensor {
    return permute(this, order);
  }
  /** Elements start … end − 1 along an axis. */
  slice(axis: number, start: number, end?: number): Tensor {
    return slice(this, axis, start, end);
  }
  /** Element `index` along an axis, which goes away. */
  select(axis: number, index: number): Tensor {
    return select(this, axis, index);
  }
  /** Softmax over the last axis. */
  softmax(): Tensor {
    return softmax(this);
  }
  /** Logarithm of the softmax over the last axis. */
  logSoftmax(): Tensor {
    return logSoftmax(this);
  }
  /** The same numbers without their history. */
  detach(): Tensor {
    return detach(this);
  }
  /** A copy in memory of its own; gradients flow through. */
  clone(): Tensor {
    return clone(this);
  }
  /** The same numbers in another dtype. */
  astype(dtype: DType): Tensor {
    return astype(this, dtype);
  }
}

function allocate(shape: Shape, dtype: DType, frame: Frame | null): Tensor {
  return new Tensor(new Storage(sizeOf(shape) * bytesOf(dtype), frame), 0, shape, dtype);
}

function dtypeOf(values: ArrayLike<number>): DType {
  if (values instanceof Float64Array) return "f64";
  return values instanceof Int32Array ? "i32" : "f32";
}
