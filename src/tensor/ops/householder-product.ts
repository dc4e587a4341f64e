import { badRank } from "../../errors.js";
import { kernelsOf } from "../kernels-of.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Product of Householder reflections: the first K columns of H₁·H₂·…·H_K, H_k = I − 2·u_k·u_kᵀ / (u_kᵀ·u_k).
 *
 * v [M, K], M ≥ K → [M, K] with orthonormal columns, whatever v holds: u_k is 0 above row k, 1 in it, and column k of v
 * below; v's diagonal and what is above it are not read, and get gradient 0. In float64 for both dtypes, on one thread:
 * about M·K² operations forward, 4·M·K² backward; the backward pass takes the product apart again, reflection by
 * reflection, and stores none. Errors: `E_SHAPE` when v is not [M, K] with M ≥ K, `E_DTYPE`.
 * Source: Mhammedi et al. 2017, "Efficient orthogonal parametrisation of recurrent neural networks using Householder
 * reflections"; torch.linalg.householder_product with tau = 2 / uᵀu.
 */
export function householderProduct(v: Tensor): Tensor {
  kernelsOf("householderProduct", v);
  if (v.rank !== 2 || v.shape[0] < v.shape[1]) {
    throw badRank("householderProduct", "a matrix with no more columns than rows", v.shape);
  }
  const [m, k] = v.shape;
  const vectors = reflectors(v.data(), m, k);
  const q = new Float64Array(m * k);
  for (let c = 0; c < k; c++) q[c * k + c] = 1;
  const along = new Float64Array(k);
  for (let j = k - 1; j >= 0; j--) reflect(q, vectors[j], j, k, along);
  const out = v.emptyLike().set(q);
  record(
    [out],
    [v],
    ([dOut]) => {
      const g = Float64Array.from(dOut!.data());
      const dV = new Float64Array(m * k);
      const rest = q.slice();
      const across = new Float64Array(k);
      for (let j = 0; j < k; j++) {
        // q = H_j·rest, so rest = H_j·q, and its gradient is H_j·g; restᵀu = −qᵀu.
        const u = vectors[j];
        const tau = 2 / squares(u);
        reflect(rest, u, j, k, along);
        products(across, g, u, j, k);
        // With a = restᵀu, b = gᵀu: du = τ²·(a·b)·u − τ·(g·a + rest·b)
        let ab = 0;
        for (let c = j; c < k; c++) {
          along[c] = -along[c];
          ab += along[c] * across[c];
        }
        for (let r = 1; r < u.length; r++) {
          const at = (j + r) * k;
          let sum = 0;
          for (let c = j; c < k; c++) sum += g[at + c] * along[c] + rest[at + c] * across[c];
          dV[at + j] = tau * tau * ab * u[r] - tau * sum;
        }
        subtract(g, u, j, k, across);
      }
      return [v.emptyLike().set(dV)];
    },
    "householderProduct",
  );
  return out;
}

/** u_k from row k on. */
function reflectors(v: ArrayLike<number>, m: number, k: number): Float64Array[] {
  return Array.from({ length: k }, (_, j) =>
    Float64Array.from({ length: m - j }, (_, r) => (r === 0 ? 1 : v[(j + r) * k + j])),
  );
}

/**
 * Rows and columns `from` … of q [·, k] become (I − 2·u·uᵀ/uᵀu)·q; `along` receives qᵀu, as q was. Earlier columns of what is
 * built here are unit vectors that end above these rows, and nothing asks for their gradients.
 */
function reflect(q: Float64Array, u: Float64Array, from: number, k: number, along: Float64Array): void {
  products(along, q, u, from, k);
  subtract(q, u, from, k, along);
}

/** out[c] = Σ_r q[from + r, c]·u[r], c ≥ from. */
function products(out: Float64Array, q: Float64Array, u: Float64Array, from: number, k: number): void {
  out.fill(0, from);
  for (let r = 0; r < u.length; r++) {
    const at = (from + r) * k;
    for (let c = from; c < k; c++) out[c] += q[at + c] * u[r];
  }
}

/** q[from + r, c] −= (2/uᵀu)·u[r]·along[c], c ≥ from. */
function subtract(q: Float64Array, u: Float64Array, from: number, k: number, along: Float64Array): void {
  const tau = 2 / squares(u);
  for (let r = 0; r < u.length; r++) {
    const at = (from + r) * k;
    const factor = tau * u[r];
    for (let c = from; c < k; c++) q[at + c] -= factor * along[c];
  }
}

function squares(u: Float64Array): number {
  return u.reduce((sum, x) => sum + x * x, 0);
}
