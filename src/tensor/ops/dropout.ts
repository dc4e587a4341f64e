import { outOfRange, shapeMismatch, wrongDtype } from "../../errors.js";
import type { Kernels } from "../../runtime/kernels.js";
import type { Rng } from "../../runtime/random.js";
import { binary } from "../broadcast.js";
import { kernelsOf } from "../kernels-of.js";
import { asRows, type Shape } from "../shape.js";
import { record } from "../tape.js";
import { Tensor } from "../tensor.js";

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
 * `E_DTYPE`, `E_SHAPE` for rows that are not those of x. Source: Srivastava et al. 2014; torch.nn.functional.dropout.
 */
export function dropout(x: Tensor, { p, rng, rows: original }: DropoutOptions): Tensor {
  const kernels = kernelsOf("dropout", x);
  checkProbability("dropout", p);
  if (rng === undefined || p === 0) return x;
  const mask = filled(x.emptyLike(), kernels, { p, rng, rows: original });
  const out = binary("dropout", "mul", x, mask);
  record([out], [x], ([dOut]) => [binary("dropout", "mul", dOut!, mask)], "dropout");
  return out;
}

/**
 * The mask of `dropout` on its own: each element is 0 with probability p, else 1/(1−p); p = 1 gives zeros. Errors: `E_VALUE`.
 */
export function dropoutMask(
  shape: Shape,
  { p, rng, rows, dtype }: DropoutOptions & { readonly rng: Rng; readonly dtype?: "f32" | "f64" },
): Tensor {
  checkProbability("dropoutMask", p);
  const mask = Tensor.empty(shape, dtype);
  return filled(mask, kernelsOf("dropoutMask", mask), { p, rng, rows });
}

function filled(
  mask: Tensor,
  kernels: Kernels,
  { p, rng, rows: original }: { readonly p: number; readonly rng: Rng; readonly rows?: Tensor },
): Tensor {
  const { rows, cols } = asRows(mask.shape);
  if (original !== undefined) {
    if (original.dtype !== "i32") throw wrongDtype("dropout: rows", "i32", original.dtype);
    if (original.size !== rows) throw shapeMismatch("dropout: rows", [rows], original.shape);
  }
  const [k0, k1] = rng.key();
  if (p === 1) {
    kernels.fill(mask.ptr, 0, mask.size);
    return mask;
  }
  const numbers = original === undefined ? rows : numbersUpTo(original.data());
  if (original !== undefined && 2 * numbers <= rows) {
    // Many rows have the same mask, as those of one sequence do: each is drawn once.
    const table = Tensor.empty([numbers, cols], mask.dtype);
    kernels.dropoutMask(table.ptr, numbers, cols, k0, k1, p, 0);
    kernels.gatherRows(mask.ptr, table.ptr, original.ptr, rows, cols);
    return mask;
  }
  kernels.dropoutMask(mask.ptr, rows, cols, k0, k1, p, original?.ptr ?? 0);
  return mask;
}

/** The n for which all row numbers lie in 0 … n − 1; Infinity if one is negative. */
function numbersUpTo(rows: { readonly [index: number]: number; readonly length: number }): number {
  let end = 0;
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] < 0) return Infinity;
    end = Math.max(end, rows[i] + 1);
  }
  return end;
}

function checkProbability(who: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw outOfRange(who, "p", p, "a probability, 0 … 1");
}
