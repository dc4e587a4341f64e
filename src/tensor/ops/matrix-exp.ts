import { badRank } from "../../errors.js";
import { kernelsOf } from "../kernels-of.js";
import { SquareProducts, type Square } from "../square-products.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Exponential of a square matrix: e^A = I + A + A²/2! + A³/3! + …, a [N, N] → [N, N].
 *
 * The backward pass is the exact derivative, dA = L(Aᵀ, dOut), L the Fréchet derivative of the exponential: the forward
 * algorithm run on pairs (matrix, derivative). About 8 products of N × N forward (f32, norms near 10) and three times as
 * many backward. Errors: `E_SHAPE` when a is not square, `E_DTYPE`.
 *
 * Source: scaling and squaring (Moler & Van Loan 2003); the polynomial by Paterson & Stockmeyer 1973; the derivative by
 * Al-Mohy & Higham 2009, "Computing the Fréchet derivative of the matrix exponential".
 */
export function matrixExp(a: Tensor): Tensor {
  const kernels = kernelsOf("matrixExp", a);
  if (a.rank !== 2 || a.shape[0] !== a.shape[1]) throw badRank("matrixExp", "a square matrix", a.shape);
  const [n] = a.shape;
  const out = a.emptyLike();
  if (n > 0) {
    SquareProducts.borrow(kernels, n, MATRICES, false, (squares) => {
      const x = squares.take();
      kernels.copy(x.value, a.ptr, n * n);
      kernels.copy(out.ptr, exponential(squares, x).value, n * n);
    });
  }
  record(
    [out],
    [a],
    ([dOut]) => {
      const dA = a.emptyLike();
      if (n === 0) return [dA];
      // L(Aᵀ, G) = L(A, Gᵀ)ᵀ
      SquareProducts.borrow(kernels, n, MATRICES, true, (squares) => {
        const x = squares.take();
        kernels.copy(x.value, a.ptr, n * n);
        squares.transpose(x.slope, dOut!.ptr);
        squares.transpose(dA.ptr, exponential(squares, x).slope);
      });
      return [dA];
    },
    "matrixExp",
  );
  return out;
}

/** The largest 1-norm for which the polynomials below are as good as the series. */
const NEAR = 0.5;
/** Matrices held at once: the argument, up to four powers, a sum, two results. */
const MATRICES = 8;

/** e^x, with its derivative if `squares` has slopes. */
function exponential(squares: SquareProducts, x: Square): Square {
  // Degree q·p: the rest is below 0.5¹⁰/10! = 3e-10 in float32 and 0.5¹⁷/17! = 2e-20 in float64, with derivatives likewise.
  const [q, p] = squares.kernels.dtype === "f32" ? [3, 3] : [4, 4];
  let halvings = 0;
  let factor = 1;
  for (let norm = squares.norm1(x.value); norm > NEAR && norm < Infinity; norm /= 2) {
    halvings++;
    factor /= 2;
  }
  squares.scale(x, factor);

  // Σ_k x^k / k!, k ≤ q·p, as a polynomial in x^q whose coefficients are polynomials in x of degree below q.
  const coefficient = [1];
  for (let k = 1; k <= q * p; k++) coefficient.push(coefficient[k - 1] / k);
  const powers = [x];
  while (powers.length < q) powers.push(squares.multiply(squares.take(), powers[powers.length - 1], x));
  const top = powers[q - 1];
  let [result, spare] = [squares.take(), squares.take()];
  const sum = squares.take();
  squares.combine(result, powers, coefficient.slice((p - 1) * q));
  for (let j = p - 2; j >= 0; j--) {
    squares.combine(sum, powers, coefficient.slice(j * q, j * q + q));
    squares.multiply(spare, result, top);
    squares.add(spare, sum);
    [result, spare] = [spare, result];
  }
  for (let i = 0; i < halvings; i++) {
    squares.multiply(spare, result, result);
    [result, spare] = [spare, result];
  }
  return result;
}
