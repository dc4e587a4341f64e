import { badNumber } from "../../errors.js";
import { log } from "../../runtime/float64.js";
import type { Rng } from "../../runtime/index.js";
import { expectOptions } from "../given.js";

/** Biases of the gates that keep and that take, one number per unit; null leaves the taking gate alone. */
export type GateBias = (
  units: number,
  rng: Rng,
) => { readonly forget: ArrayLike<number>; readonly input: ArrayLike<number> | null };

/**
 * The chrono rule: forget biases ln u with u ~ U(min, max − 1) per unit, input biases −ln u, so that units remember over
 * spans from `min` to `max` steps. min defaults to 1.
 *
 * Errors: `E_NUMBER` unless 1 ≤ min ≤ max − 1. Source: Tallec & Ollivier 2018, "Can recurrent neural networks warp time?".
 */
export function chrono(options: { readonly max: number; readonly min?: number }): GateBias {
  expectOptions("chrono", options, ["max", "min"]);
  const { max, min = 1 } = options;
  if (!(min >= 1)) throw badNumber("chrono", "min", "a number from 1", min);
  if (!(max - 1 >= min && max < Infinity)) throw badNumber("chrono", "max", `a number from ${min + 1}`, max);
  return (units, rng) => {
    const forget = Float64Array.from({ length: units }, () => log(min + (max - 1 - min) * rng.uniform()));
    return { forget, input: forget.map((value) => -value) };
  };
}
