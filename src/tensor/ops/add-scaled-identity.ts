import { badRank } from "../../errors.js";
import { kernelsOf } from "../kernels-of.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { scaled } from "./scale.js";

/** alpha·I + beta·a for a square matrix a [N, N] → [N, N]. Errors: `E_SHAPE` when a is not square, `E_DTYPE`. */
export function addScaledIdentity(a: Tensor, alpha: number, beta = 1): Tensor {
  kernelsOf("addScaledIdentity", a);
  if (a.rank !== 2 || a.shape[0] !== a.shape[1]) throw badRank("addScaledIdentity", "a square matrix", a.shape);
  const [n] = a.shape;
  const out = scaled(a, beta);
  const values = out.data();
  for (let i = 0; i < n; i++) values[i * (n + 1)] += alpha;
  record([out], [a], ([dOut]) => [scaled(dOut!, beta)], "addScaledIdentity");
  return out;
}
