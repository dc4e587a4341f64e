import { binary, reduceTo } from "../broadcast.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Sum of two tensors: a + b, element by element, in their common shape; a number is repeated everywhere.
 *
 * Errors: `E_BROADCAST`, `E_DTYPE`.
 *
 * @example add(Tensor.from([1, 2]), 10).toArray() // [11, 12]
 */
export function add(a: Tensor, b: Tensor | number): Tensor {
  const right = typeof b === "number" ? a.constant(b) : b;
  const out = binary("add", "add", a, right);
  record(
    [out],
    [a, right],
    ([dOut]) => [
      a.requiresGrad ? reduceTo(dOut!, a.shape) : null,
      right.requiresGrad ? reduceTo(dOut!, right.shape) : null,
    ],
    "add",
  );
  return out;
}
