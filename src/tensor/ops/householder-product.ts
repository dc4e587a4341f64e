import { badRank } from "../../errors.js";
import { kernelsOf } from "../kernels-of.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Product of Householder reflections: the first K columns of H₁·H₂·…·H_K, H_k = I − 2·u_k·u_kᵀ / (u_kᵀ·u_k).
 *
 * v [M, K], M ≥ K → [M, K] with orthonormal columns, whatever v holds: u_k is 0 above row k, 1 in it, and column k of v
 * below; v's diagonal and what is above it are not read, and get gradient 0. In float64 for both dtypes, on one thread:
 * about 2·M·K² operations forward, 8·M·K² backward; the backward pass takes the product apart again, reflection by
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
        // q = H_j·rest, so rest = H_j·q; its gradient is H_j·g.
        const u = vectors[j];
        reflect(rest, u, j, k, along);
        // With τ = 2/uᵀu, a = restᵀu, b = gᵀu: du = τ²·(a·b)·u − τ·(g·a + rest·b)
        products(along, rest, u, j, k);
        products(across, g, u, j, k);
        const tau = 2 / squares(u);
        let ab = 0;
        for (let c = 0; c < k; c++) ab += along[c] * across[c];
        for (let r = 1; r < u.length; r++) {
          const at = (j + r) * k;
          let sum = 0;
          for (let c = 0; c < k; c++) sum += g[at + c] * along[c] + rest[at + c] * across[c];
          dV[at + j] = tau * tau * ab * u[r] - tau * sum;
        }
        reflect(g, u, j, k, along);
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

/** Rows `from` … of q [·, k] become (I − 2·u·uᵀ/uᵀu)·q; `along` is working memory. */
function reflect(q: Float64Array, u: Float64Array, from: number, k: number, along: Float64Array): void {
  products(along, q, u, from, k);
  const tau = 2 / squares(u);
  for (let r = 0; r < u.length; r++) {
    const at = (from + r) * k;
    const factor = tau * u[r];
    for (let c = 0; c < k; c++) q[at + c] -= factor * along[c];
  }
}

/** out[c] = Σ_r q[from + r, c]·u[r]. */
function products(out: Float64Array, q: Float64Array, u: Float64Array, from: number, k: number): void {
  out.fill(0);
  for (let r = 0; r < u.length; r++) {
    const at = (from + r) * k;
    for (let c = 0; c < k; c++) out[c] += q[at + c] * u[r];
  }
}

function squares(u: Float64Array): number {
  return u.reduce((sum, x) => sum + x * x, 0);
}
