/** New parameters with random numbers: memory is asked for first, so that what does not fit is refused before it is drawn. */
import { Parameter, type Shape } from "../tensor/index.js";

/** A parameter of this shape, filled in row-major order by calls of `draw`. Errors: `E_HEAP` when it does not fit. */
export function drawn(
  shape: Shape,
  draw: () => number,
  options: { readonly dtype: "f32" | "f64"; readonly name?: string },
): Parameter {
  const parameter = new Parameter(shape, undefined, options);
  const numbers = parameter.data();
  for (let i = 0; i < numbers.length; i++) numbers[i] = draw();
  return parameter;
}
