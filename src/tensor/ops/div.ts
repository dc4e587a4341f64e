import { binary, reduceTo } from "../broadcast.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { scaled } from "./scale.js";

/** Quotient of two tensors: a / b, element by element, in their common shape. Errors: `E_BROADCAST`, `E_DTYPE`. */
export function div(a: Tensor, b: Tensor | number): Tensor {
  const right = typeof b === "number" ? a.constant(b) : b;
  const out = binary("div", "div", a, right);
  record(
    [out],
    [a, right],
    ([dOut]) => {
      const dA = binary("div", "div", dOut!, right);
      return [
        a.requiresGrad ? reduceTo(dA, a.shape) : null,
        // d(a/b)/db = −(a/b)/b
        right.requiresGrad ? scaled(reduceTo(binary("mul", "mul", dA, out), right.shape), -1) : null,
      ];
    },
    "div",
  );
  return out;
}
