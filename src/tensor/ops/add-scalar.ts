import type { Tensor } from "../tensor.js";
import { add } from "./add.js";

/** Sum of a tensor and a plain number: x + value. Errors: `E_DTYPE`. */
export function addScalar(x: Tensor, value: number): Tensor {
  return add(x, value);
}
