import { binary, reduceTo } from "../broadcast.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Product of two tensors: a · b, element by element, in their common shape. Errors: `E_BROADCAST`, `E_DTYPE`. */
export function mul(a: Tensor, b: Tensor | number): Tensor {
  const right = typeof b === "number" ? a.constant(b) : b;
  const out = binary("mul", "mul", a, right);
  record(
    [out],
    [a, right],
    ([dOut]) => [
      a.requiresGrad ? reduceTo(binary("mul", "mul", dOut!, right), a.shape) : null,
      right.requiresGrad ? reduceTo(binary("mul", "mul", dOut!, a), right.shape) : null,
    ],
    "mul",
  );
  return out;
}
