import type { Rng } from "../../runtime/index.js";

/**
 * A random unitary matrix, uniformly distributed (Haar), [2n, n]: real parts over imaginary ones.
 *
 * The Q of the QR decomposition, with positive diagonal of R, of a matrix of complex normal numbers: column by column, what
 * is left of a new one after those before it have been taken out, twice because one pass leaves rounding errors.
 */
export function complexHaar(n: number, rng: Rng): Float64Array {
  const columns: { readonly re: Float64Array; readonly im: Float64Array }[] = [];
  const out = new Float64Array(2 * n * n);
  const drawn = (): Float64Array => Float64Array.from({ length: n }, () => rng.normal());
  for (let k = 0; k < n; k++) {
    const [re, im] = [drawn(), drawn()];
    for (const before of [...columns, ...columns]) {
      let [a, b] = [0, 0];
      for (let r = 0; r < n; r++) {
        a += before.re[r] * re[r] + before.im[r] * im[r];
        b += before.re[r] * im[r] - before.im[r] * re[r];
      }
      for (let r = 0; r < n; r++) {
        re[r] -= a * before.re[r] - b * before.im[r];
        im[r] -= a * before.im[r] + b * before.re[r];
      }
    }
    let squares = 0;
    for (let r = 0; r < n; r++) squares += re[r] * re[r] + im[r] * im[r];
    const scale = 1 / Math.sqrt(squares);
    for (let r = 0; r < n; r++) {
      out[r * n + k] = re[r] *= scale;
      out[(n + r) * n + k] = im[r] *= scale;
    }
    columns.push({ re, im });
  }
  return out;
}
