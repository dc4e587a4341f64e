import { badRank } from "../../errors.js";
import { pow } from "../../runtime/float64.js";
import { kernelsOf } from "../kernels-of.js";
import { SquareProducts, type Square } from "../square-products.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Exponential of a square matrix: e^A = I + A + A²/2! + A³/3! + …, a [N, N] → [N, N].
 *
 * The backward pass is the exact derivative, dA = L(Aᵀ, dOut), L the Fréchet derivative of the exponential: the forward
 * algorithm run on pairs (matrix, derivative). Six products of N × N and one for each halving of A (none to five for
 * recurrent weights) forward, three times as many backward. Errors: `E_SHAPE` when a is not square, `E_DTYPE`.
 *
 * Source: scaling and squaring (Moler & Van Loan 2003); the polynomial by Paterson & Stockmeyer 1973; how far to
 * halve by Al-Mohy & Higham 2010; the derivative by Al-Mohy & Higham 2009, "Computing the Fréchet derivative of the matrix
 * exponential".
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

/** Terms of the series are grouped by powers of x⁴: degree 16. */
const GROUP = 4;
/**
 * How far from 0 the polynomial is as good as the series: the rest is below 2¹⁷/17! = 4e-10 in float32 and
 * 0.5¹⁷/17! = 2e-20 in float64, and that of the derivative likewise.
 */
const NEAR = { f32: 2, f64: 0.5 };
/** Matrices held at once: four powers (the first is the argument), a sum, two results. */
const MATRICES = GROUP + 3;

/** e^x, with its derivative if `squares` has slopes. */
function exponential(squares: SquareProducts, x: Square): Square {
  const powers = [x];
  while (powers.length < GROUP) powers.push(squares.multiply(squares.take(), powers[powers.length - 1], x));
  // ‖x^k‖ ≤ α^k for all k ≥ 2: for skew-symmetric matrices α is far below the norm, and every halving too many doubles the
  // rounding error of the result.
  const [one, two, three] = powers.map(({ value }) => squares.norm1(value));
  const alpha = Math.min(one, Math.max(Math.sqrt(two), pow(three, 1 / 3)));
  let halvings = 0;
  let factor = 1;
  for (let reach = alpha; reach > NEAR[squares.kernels.dtype] && reach < Infinity; reach /= 2) {
    halvings++;
    factor /= 2;
  }
  let scale = 1;
  for (const power of powers) squares.scale(power, (scale *= factor));

  // Σ_k x^k / k!, k ≤ 16, as a polynomial in x⁴ whose coefficients are polynomials in x of degree below 4.
  const coefficient = [1];
  for (let k = 1; k <= GROUP * GROUP; k++) coefficient.push(coefficient[k - 1] / k);
  let [result, spare] = [squares.take(), squares.take()];
  const sum = squares.take();
  squares.combine(result, powers, coefficient.slice((GROUP - 1) * GROUP));
  for (let j = GROUP - 2; j >= 0; j--) {
    squares.combine(sum, powers, coefficient.slice(j * GROUP, j * GROUP + GROUP));
    squares.multiply(spare, result, powers[GROUP - 1]);
    squares.add(spare, sum);
    [result, spare] = [spare, result];
  }
  for (let i = 0; i < halvings; i++) {
    squares.multiply(spare, result, result);
    [result, spare] = [spare, result];
  }
  return result;
}
