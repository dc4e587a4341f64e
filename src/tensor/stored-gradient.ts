import type { GradientRecord } from "../runtime/kernels.js";
import type { Tensor } from "./tensor.js";

/** Where the gradient of a leaf is, for kernels that read tables of tensors; null if it has none. */
export function storedGradient(leaf: Tensor): GradientRecord | null {
  const { grad, size } = leaf;
  return grad === null ? null : { gradient: grad.ptr, size, rows: 0, count: 0, width: 0, spread: false };
}
