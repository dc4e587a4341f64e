import type { Lanes } from "../../runtime/emit/lanes.js";
import { LOWERINGS } from "../../runtime/emit/lowering.js";
import type { Binary, Unary } from "../plan-format.js";

/** A unary operator of a plan on f32 lanes. relu keeps NaN and −0, as a < 0 ? 0 : a does. */
export function applyUnary<V>(l: Lanes<V>, op: Unary, a: V): V {
  switch (op) {
    case "neg":
      return l.neg(a);
    case "abs":
      return l.abs(a);
    case "sqrt":
      return l.sqrt(a);
    case "relu":
      return l.greater(a, l.constant(0));
    default:
      return LOWERINGS[op](l, a);
  }
}

/** A binary operator of a plan on f32 lanes; comparisons give 1 or 0. */
export function applyBinary<V>(l: Lanes<V>, op: Binary, a: V, b: V): V {
  const one = (mask: V): V => l.and(mask, l.constant(1));
  switch (op) {
    case "greater":
      return one(l.less(b, a));
    case "greaterEqual":
      return one(l.lessEqual(b, a));
    case "equal":
      return one(l.equal(a, b));
    default:
      return l[op](a, b);
  }
}

/** c ≠ 0 ? a : b; a NaN in `c` counts as not 0. */
export function applySelect<V>(l: Lanes<V>, c: V, a: V, b: V): V {
  return l.select(l.equal(c, l.constant(0)), b, a);
}
