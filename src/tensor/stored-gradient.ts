import type { GradientRecord } from "../runtime/kernels.js";
import type { Tensor } from "./tensor.js";

/**
 * Where the gradient of a leaf is, for kernels that read tables of tensors (`records.ts`); null if it has none.
 *
 * Unlike `leaf.grad` it leaves a gradient in rows as it is.
 *
 * @param occurring ask for the rows that occurred also where somebody has looked at the whole gradient
 */
export function storedGradient(leaf: Tensor, occurring = false): GradientRecord | null {
  return leaf.gradient?.record(occurring) ?? null;
}

/**
 * Memory for ∂L/∂`to`, to be written whole and returned by a `backward` for this one input: that of the leaf itself
 * where nothing has arrived there yet, which saves a copy; else new memory of the pass.
 */
export function gradientFor(to: Tensor): Tensor {
  return to.node === null && to.requiresGrad ? to.gradientSlot().target() : to.emptyLike();
}
