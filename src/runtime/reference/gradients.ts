import type { UpdateRecord } from "../records.js";
import { type Stretch, stretches } from "./stretches.js";
import type { Floats, Views } from "./views.js";

/** How the optimizers of the reference table read gradients, whole or in rows. */
export interface Gradients {
  /** Where to update: every element, or only (lazy) those that have a gradient. */
  gradientOf(record: UpdateRecord, lazy: boolean): Stretch[];
  /** The gradient of a stretch; zeros where there is none. */
  numbers(stretch: Stretch): Floats;
}

/** Readers of gradients for tensors of a type. */
export function gradientsIn({ floats, ints, dtype }: Pick<Views, "floats" | "ints" | "dtype">): Gradients {
  const bytes = dtype === "f64" ? 8 : 4;
  return {
    gradientOf(record, lazy) {
      const found = stretches(record, ints, bytes);
      if (lazy || record.rows === 0) return found;
      const whole: Stretch[] = [];
      let at = 0;
      for (const stretch of found) {
        if (stretch[0] > at) whole.push([at, stretch[0] - at, 0]);
        whole.push(stretch);
        at = stretch[0] + stretch[1];
      }
      if (at < record.size) whole.push([at, record.size - at, 0]);
      return whole;
    },
    numbers: ([, n, from]) => (from === 0 ? new Float64Array(n) : floats(from, n)),
  };
}
