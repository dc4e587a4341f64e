import { broadcastMismatch } from "../../errors.js";
import { expandTo, reduceTo } from "../broadcast.js";
import { kernelsOf } from "../kernels-of.js";
import { type Shape, broadcastShapes, checkShape, sameShape } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** A tensor repeated to a larger shape: [B, 1] → [B, F]. Copies. Errors: `E_BROADCAST`, `E_DTYPE`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  kernelsOf("broadcastTo", x);
  checkShape("broadcastTo", shape);
  if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
    throw broadcastMismatch("broadcastTo", x.shape, shape);
  }
  const out = expandTo(x, shape);
  record([out], [x], ([dOut]) => [reduceTo(dOut!, x.shape)], "broadcastTo");
  return out;
}
