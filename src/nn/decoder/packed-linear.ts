import { packedSize, runtime, type Kernels } from "../../runtime/index.js";
import { Tensor } from "../../tensor/index.js";
import type { Linear } from "../linear.js";

/**
 * A linear layer whose weight is laid out once, as it is now, for many calls without gradients: the same bits as
 * `Linear.forward`, which lays it out in every call. With few rows that is most of the work.
 */
export class PackedLinear {
  readonly #weight: Tensor;
  readonly #bias: Tensor;
  readonly #shape: readonly number[];
  readonly #kernels: Kernels;

  constructor({ weight, bias }: Linear) {
    const dtype = weight.dtype as "f32" | "f64";
    const [n, k] = weight.shape;
    this.#kernels = runtime().kernels(dtype);
    this.#shape = weight.shape;
    this.#weight = Tensor.empty([packedSize(n, k)], dtype);
    this.#kernels.pack(this.#weight.ptr, weight.ptr, n, k, k, 1);
    this.#bias = bias ?? Tensor.zeros([n], dtype);
  }

  /** x [N, I] → [N, O], without a trace on the tape. */
  forward(x: Tensor): Tensor {
    const [n, k] = this.#shape;
    const [rows] = x.shape;
    const out = x.emptyLike([rows, n]);
    this.#kernels.gemmBias(out.ptr, n, x.ptr, k, this.#weight.ptr, rows, n, k, this.#bias.ptr);
    return out;
  }
}
