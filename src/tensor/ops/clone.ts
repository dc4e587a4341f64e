import { copyBlock } from "../copy.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** A copy in memory of its own; gradients flow through. */
export function clone(x: Tensor): Tensor {
  const out = x.emptyLike();
  copyBlock(out, 0, x.size, x, 0, x.size, 1, x.size);
  record([out], [x], ([dOut]) => [dOut!], "clone");
  return out;
}
