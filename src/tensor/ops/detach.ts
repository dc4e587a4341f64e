import type { Tensor } from "../tensor.js";

/** The same numbers, in the same memory, without their history: gradients do not flow through. */
export function detach(x: Tensor): Tensor {
  return x.view(x.shape);
}
