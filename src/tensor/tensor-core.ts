/** The memory side of a tensor: where its numbers are, how many, of what kind, and how to look at them. */
import { itemOfMany, sizeMismatch } from "../errors.js";
import type { DType } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import type { Storage } from "./frame.js";
import { type Shape, sizeOf } from "./shape.js";

/** Typed arrays a tensor's numbers can be seen as. */
export type TensorData = Float32Array | Float64Array | Int32Array;

/** Bytes of one element: f32 and i32 4, f64 8. */
export function bytesOf(dtype: DType): 4 | 8 {
  return dtype === "f64" ? 8 : 4;
}

/** A view of persistent memory keeps its storage from being collected. */
const seen = new WeakMap<TensorData, Storage>();

export abstract class TensorCore {
  /** Sizes of the dimensions, outermost first; `[]` is a single number. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** @internal */
  offset: number;
  /** @internal */
  storage: Storage;

  /** @internal Wrap `storage`, starting `offset` bytes into it. */
  constructor(storage: Storage, offset: number, shape: Shape, dtype: DType) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.dtype = dtype;
    this.size = sizeOf(shape);
  }

  /** Byte offset of the first element in the heap. Errors: `E_STALE` after the tensor's scope has ended. */
  get ptr(): number {
    return this.storage.pointer + this.offset;
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /**
   * The numbers themselves, row-major, as a typed array on the heap: reading costs nothing, writing changes the tensor
   * (and its views). Valid until the tensor's scope ends or memory grows: take it, use it, drop it. Errors: `E_STALE`.
   */
  data(): TensorData {
    const view = this.#numbers();
    if (this.storage.frame === null) seen.set(view, this.storage);
    this.storage.handedOut = true;
    return view;
  }

  /** A copy of the numbers, row-major, as a flat array. Errors: `E_STALE`. */
  toArray(): number[] {
    return Array.from(this.#numbers());
  }

  /** The number in a tensor of one element. Errors: `E_ITEM` for any other size; `E_STALE`. */
  item(): number {
    if (this.size !== 1) throw itemOfMany(this.shape);
    return this.#numbers()[0];
  }

  /** Overwrite the numbers, row-major. Errors: `E_SIZE` when there are more or fewer than `size`; `E_STALE`. */
  set(values: ArrayLike<number>): this {
    if (values.length !== this.size) throw sizeMismatch("Tensor.set", this.shape, values.length);
    this.data().set(values);
    return this;
  }

  /**
   * Give the memory of a tensor made outside every scope back at once. Rarely needed: scopes and the garbage collector
   * do it. Any later use is an `E_STALE` error, also through views.
   */
  dispose(): void {
    this.storage.dispose();
  }

  #numbers(): TensorData {
    return runtime().heap[this.dtype](this.ptr, this.size) as TensorData;
  }
}
