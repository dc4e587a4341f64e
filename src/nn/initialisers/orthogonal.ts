/** Orthogonal initialisers. "Orthogonal" of a gated cell means two different things; each has its name here. */
import type { Rng } from "../../runtime/index.js";
import { type Initialiser, matrixOf } from "./rules.js";

/**
 * gain times a random matrix with orthonormal columns (rows, if there are fewer rows), over the whole rectangle: of a
 * gated [G·H, H] matrix WᵀW = gain²·I, and no gate's own block is orthogonal.
 *
 * Uniformly distributed (Haar). Errors: `E_INITIALISER` for a vector. Source: Saxe et al. 2014; Keras's and PyTorch's
 * `orthogonal`.
 */
export function orthogonalFused(gain = 1): Initialiser {
  return (target, rng) => {
    const { rows, cols } = matrixOf("orthogonalFused", target);
    return haar(rows, cols, rng).map((value) => gain * value);
  };
}

/**
 * gain times a random orthogonal matrix in the block of each gate: W_gᵀW_g = gain²·I for every gate g. For a cell without
 * gates it is `orthogonalFused`. Errors: `E_INITIALISER` for a vector. Source: Saxe et al. 2014; Flax and Haste.
 */
export function orthogonalPerGate(gain = 1): Initialiser {
  return (target, rng) => {
    const { rows, cols } = matrixOf("orthogonalPerGate", target);
    const height = rows / target.gates;
    const out = new Float64Array(rows * cols);
    for (let g = 0; g < target.gates; g++) {
      const block = haar(height, cols, rng);
      for (let i = 0; i < block.length; i++) out[g * height * cols + i] = gain * block[i];
    }
    return out;
  };
}

/**
 * The Q of the QR decomposition, with positive diagonal of R, of a matrix of normal numbers: uniform among all matrices
 * [rows, cols] with orthonormal columns, or rows if those are fewer.
 *
 * Made without decomposing anything: a column met by the decomposition is again a vector of independent normals, so its
 * Householder reflection can be drawn. Source: Stewart 1980, "The efficient generation of random orthogonal matrices".
 */
export function haar(rows: number, cols: number, rng: Rng): Float64Array {
  const tall = rows >= cols;
  const m = Math.max(rows, cols);
  const n = Math.min(rows, cols);
  const q = new Float64Array(m * n);
  const vectors: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    const v = Float64Array.from({ length: m - k }, () => rng.normal());
    const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    const sign = v[0] < 0 ? -1 : 1;
    // The reflection takes v to −sign·length·e; R's diagonal is made positive by that sign.
    q[k * n + k] = -sign;
    v[0] += sign * length;
    vectors.push(v);
  }
  const along = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) reflect(q, n, k, vectors[k], along);
  return tall ? q : transposed(q, m, n);
}

/** Rows k … and columns k … of q [·, n] become (I − 2·v·vᵀ/vᵀv)·q; `along` is working memory. */
function reflect(q: Float64Array, n: number, k: number, v: Float64Array, along: Float64Array): void {
  const factor = 2 / v.reduce((sum, x) => sum + x * x, 0);
  along.fill(0, k);
  for (let r = 0; r < v.length; r++) {
    const at = (k + r) * n;
    for (let c = k; c < n; c++) along[c] += v[r] * q[at + c];
  }
  for (let r = 0; r < v.length; r++) {
    const at = (k + r) * n;
    const scale = factor * v[r];
    for (let c = k; c < n; c++) q[at + c] -= scale * along[c];
  }
}

function transposed(q: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let r = 0; r < m; r++) for (let c = 0; c < n; c++) out[c * m + r] = q[r * n + c];
  return out;
}
