import { badNumber, unknownValue } from "../../errors.js";
import { kernelsOf, type Parameter } from "../../tensor/index.js";
import { expectOptions, expectTensor } from "../given.js";

export interface MaxNormOptions {
  /** The largest Euclidean norm that is left alone. */
  readonly max: number;
  /** What is measured: each row (default: all that comes into one unit of one gate), or the whole parameter. */
  readonly over?: "row" | "all";
}

/**
 * Max-norm constraint: whatever is longer than `max` is shortened to it, w ← w·max/‖w‖, in place.
 *
 * parameter [M, ..] stays [M, ..]; call it after the optimizer's step. The norm is accumulated in float64. Returns how many
 * rows were shortened. Errors: `E_NUMBER` unless max is above 0; `E_VALUE`. Source: Srebro & Shraibman 2005; Srivastava et
 * al. 2014; torch.renorm.
 */
export function maxNorm(parameter: Parameter, options: MaxNormOptions): number {
  expectOptions("maxNorm", options, ["max", "over"]);
  expectTensor("maxNorm", "parameter", parameter);
  const { max, over = "row" } = options;
  if (!(max > 0 && max < Infinity)) throw badNumber("maxNorm", "max", "a number above 0", max);
  if (over !== "row" && over !== "all") throw unknownValue("maxNorm", "over", over, ["row", "all"]);
  const kernels = kernelsOf("maxNorm", parameter);
  const rows = over === "all" || parameter.rank === 0 ? 1 : parameter.shape[0];
  const width = rows === 0 ? 0 : parameter.size / rows;
  let shortened = 0;
  for (let r = 0; r < rows; r++) {
    const at = parameter.ptr + r * width * kernels.bytes;
    const norm = Math.sqrt(kernels.sumSquares(at, width));
    if (!(norm > max)) continue;
    kernels.scale(at, max / norm, at, width);
    shortened++;
  }
  return shortened;
}
