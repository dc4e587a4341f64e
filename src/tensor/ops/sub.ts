import { binary, reduceTo } from "../broadcast.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { scaled } from "./scale.js";

/** Difference of two tensors: a − b, element by element, in their common shape. Errors: `E_BROADCAST`, `E_DTYPE`. */
export function sub(a: Tensor, b: Tensor | number): Tensor {
  const right = typeof b === "number" ? a.constant(b) : b;
  const out = binary("sub", "sub", a, right);
  record(
    [out],
    [a, right],
    ([dOut]) => [
      a.requiresGrad ? reduceTo(dOut!, a.shape) : null,
      right.requiresGrad ? scaled(reduceTo(dOut!, right.shape), -1) : null,
    ],
    "sub",
  );
  return out;
}
