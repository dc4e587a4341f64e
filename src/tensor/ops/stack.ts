import { outOfRange, shapesDoNotFit } from "../../errors.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { concat } from "./concat.js";
import { reshape } from "./reshape.js";

/**
 * Tensors of one shape side by side along a new axis: N × [B, F], axis 0 → [N, B, F].
 *
 * Errors: `E_SHAPE` when there are none or shapes differ; `E_DTYPE`, `E_AXIS`.
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw outOfRange("stack", "the number of tensors", 0, "at least one");
  const [first] = tensors;
  for (const tensor of tensors) {
    if (!sameShape(tensor.shape, first.shape)) {
      throw shapesDoNotFit("stack", first.shape, tensor.shape, "all shapes must be equal");
    }
  }
  const at = axis < 0 ? axis + first.rank + 1 : axis;
  const shape = [...first.shape.slice(0, at), 1, ...first.shape.slice(at)];
  return concat(
    tensors.map((tensor) => reshape(tensor, shape)),
    at,
  );
}
