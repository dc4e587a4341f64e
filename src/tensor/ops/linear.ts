import { shapeMismatch } from "../../errors.js";
import { kernelsOf, matrixShape } from "../kernels-of.js";
import { product } from "../product.js";
import { asRows } from "../shape.js";
import { gradientFor } from "../stored-gradient.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Affine map of the last dimension: out[.., o] = Σ_i x[.., i] · weight[o, i] + bias[o].
 *
 * x [.., I], weight [O, I], bias [O] → [.., O]. The bias is added to the finished sum. Errors: `E_SHAPE`, `E_DTYPE`.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  const kernels = kernelsOf("linear", x, weight, bias);
  const [o, i] = matrixShape("linear", "a weight", weight);
  if (x.shape.at(-1) !== i) throw shapeMismatch("linear", ["..", i], x.shape, `The weight is [${o}, ${i}].`);
  if (bias != null && (bias.rank !== 1 || bias.size !== o)) {
    throw shapeMismatch("linear", [o], bias.shape, `That is the bias; the weight is [${o}, ${i}].`);
  }
  const { rows } = asRows(x.shape);
  const out = x.emptyLike([...x.shape.slice(0, -1), o]);
  product(kernels, out.ptr, x.ptr, weight.ptr, [rows, o, i], i, 1, bias?.ptr ?? 0);
  record(
    [out],
    bias == null ? [x, weight] : [x, weight, bias],
    ([dOut]) => {
      const gradients: (Tensor | null)[] = [null, null];
      if (x.requiresGrad) {
        gradients[0] = x.emptyLike();
        product(kernels, gradients[0].ptr, dOut!.ptr, weight.ptr, [rows, i, o], 1, i);
      }
      if (weight.requiresGrad) {
        gradients[1] = gradientFor(weight);
        kernels.gemmTN(gradients[1].ptr, dOut!.ptr, o, x.ptr, i, 0, rows, o, i, false);
      }
      if (bias != null) {
        gradients[2] = bias.requiresGrad ? gradientFor(bias) : null;
        if (gradients[2] !== null) kernels.columnSum(gradients[2].ptr, dOut!.ptr, o, rows, o, false);
      }
      return gradients;
    },
    "linear",
  );
  return out;
}
