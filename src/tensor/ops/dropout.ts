import { outOfRange } from "../../errors.js";
import type { Rng } from "../../runtime/random.js";
import { binary } from "../broadcast.js";
import { kernelsOf } from "../kernels-of.js";
import { asRows } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** What dropout needs to know. */
export interface DropoutOptions {
  /** Probability of an element to be dropped, 0 … 1. */
  p: number;
  /** Where the mask comes from; without it dropout is the expectation: the identity. */
  rng?: Rng;
  /** Row number that the mask is a function of, for each row of x (int32); default the row itself. */
  rows?: Tensor;
}

/**
 * Inverted dropout: each element is 0 with probability p, else multiplied by 1/(1−p). x [.., F] → [.., F].
 *
 * The mask is a pure function of (the key of `rng`, row, column): one generator gives one mask, so `split` a new one
 * per use, e.g. `rng.split("dropout").split(step)`. p = 0 is the identity, p = 1 gives zeros. Errors: `E_VALUE`,
 * `E_DTYPE`. Source: Srivastava et al. 2014; torch.nn.functional.dropout.
 */
export function dropout(x: Tensor, { p, rng, rows: original }: DropoutOptions): Tensor {
  const kernels = kernelsOf("dropout", x);
  if (!(p >= 0 && p <= 1)) throw outOfRange("dropout", "p", p, "a probability, 0 … 1");
  if (rng === undefined || p === 0) return x;
  const { rows, cols } = asRows(x.shape);
  const mask = x.emptyLike();
  if (p === 1) {
    kernels.fill(mask.ptr, 0, mask.size);
  } else {
    const [k0, k1] = rng.key();
    kernels.dropoutMask(mask.ptr, rows, cols, k0, k1, p, original?.ptr ?? 0);
  }
  const out = binary("dropout", "mul", x, mask);
  record([out], [x], ([dOut]) => [binary("dropout", "mul", dOut!, mask)], "dropout");
  return out;
}
