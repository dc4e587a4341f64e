/**
 * Orthogonal weights: a matrix that stays orthogonal whatever the optimizer does to the parameter behind it.
 *
 *   A = L − Lᵀ, L the part of `original` below its diagonal, padded to a square
 *   matrixExp     Q = B·e^A
 *   cayley        Q = B·(I − A/2)⁻¹·(I + A/2)
 *   householder   Q = B·H₁·H₂·…·H_K·S, H_k a reflection from column k of L, S the signs of the diagonal of `original`
 *
 * B is a fixed orthogonal matrix, where training starts. All three are differentiated exactly.
 * Sources: Lezcano-Casado & Martínez-Rubio 2019, "Cheap orthogonal constraints in neural networks"; Helfrich, Willmott, Ye
 * 2018 (Cayley); Mhammedi et al. 2017 (Householder); torch.nn.utils.parametrizations.orthogonal.
 */
import { badNumber, unknownValue } from "../../errors.js";
import { cos, sin } from "../../runtime/float64.js";
import { Rng } from "../../runtime/index.js";
import {
  addScaledIdentity,
  concat,
  householderProduct,
  matmul,
  matrixExp,
  mul,
  Parameter,
  skew,
  slice,
  solve,
  Tensor,
  transpose,
} from "../../tensor/index.js";
import { expectOptions } from "../given.js";
import { haar } from "../initialisers/orthogonal.js";
import { Module } from "../module.js";

/** How a free matrix becomes an orthogonal one: see the top of this file. */
export type OrthogonalMap = "matrixExp" | "cayley" | "householder";

/** B: random, the identity, or blocks of 2 × 2 rotations by angles from U(−π, π) (Henaff, Szlam, LeCun 2016). */
export type OrthogonalStart = "haar" | "identity" | "rotations";

export interface OrthogonalOptions {
  /** Rows of the weight, those of all gates together. */
  readonly rows: number;
  readonly cols: number;
  /** Blocks of rows, each orthogonal by itself; default 1. */
  readonly gates?: number;
  /** Default matrixExp for square blocks, householder for others. */
  readonly map?: OrthogonalMap;
  /** Where training starts, default "haar". */
  readonly start?: OrthogonalStart;
  readonly dtype?: "f32" | "f64";
}

const MAPS: readonly OrthogonalMap[] = ["matrixExp", "cayley", "householder"];
const STARTS: readonly OrthogonalStart[] = ["haar", "identity", "rotations"];

/**
 * A weight [rows, cols] with orthonormal columns, or rows where those are fewer, in the block of every gate.
 *
 * `original` [rows, cols] is what is learned: give it a learning rate of its own by a group of the optimizer. `base`
 * [gates·n, n], n the larger side of a block, is kept and saved, and never learned; absent for start "identity".
 * Cost per call and block, N = n: matrixExp 6 to 11 matrix products, backward three times that; cayley 3·N³ and
 * householder 1.3·N³ operations in float64 on one thread, backward about twice and three times that.
 * Errors: `E_NUMBER` for sizes below 1 or rows that gates do not divide; `E_VALUE` for an unknown map or start.
 *
 * @example
 * const recurrent = new Orthogonal({ rows: 128, cols: 128 }, rng);
 * net.forward(x, { weights: { weight_hh_l0: recurrent.forward() } });   // gradients flow to recurrent.original
 * new Adam([{ parameters: head.parameters() }, { parameters: [recurrent.original], lr: 1e-4 }], { lr: 1e-3 });
 */
export class Orthogonal extends Module {
  readonly original: Parameter;
  readonly base: Parameter | null;
  readonly map: OrthogonalMap;
  readonly gates: number;

  constructor(options: OrthogonalOptions, rng: Rng = new Rng(0)) {
    super();
    expectOptions("Orthogonal", options, ["rows", "cols", "gates", "map", "start", "dtype"]);
    const { rows, cols, gates = 1, start = "haar", dtype = "f32" } = options;
    for (const [name, value] of Object.entries({ rows, cols, gates })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber("Orthogonal", name, "a whole number ≥ 1", value);
    }
    if (rows % gates !== 0) throw badNumber("Orthogonal", "rows", `a multiple of gates, ${gates}`, rows);
    const height = rows / gates;
    const map = options.map ?? (height === cols ? "matrixExp" : "householder");
    if (!MAPS.includes(map)) throw unknownValue("Orthogonal", "map", map, MAPS);
    if (!STARTS.includes(start)) throw unknownValue("Orthogonal", "start", start, STARTS);
    this.map = map;
    this.gates = gates;
    this.original = new Parameter([rows, cols], undefined, { dtype });
    // −1 on the diagonals makes the product of no reflections at all the identity.
    const diagonals = this.original.data();
    for (let r = 0; r < rows; r++) if (r % height < cols) diagonals[r * cols + (r % height)] = -1;
    this.base = null;
    if (start !== "identity") {
      const n = Math.max(height, cols);
      this.base = new Parameter([gates * n, n], undefined, { dtype });
      this.base.requiresGrad = false;
      const made = start === "haar" ? (g: Rng) => haar(n, n, g) : (g: Rng) => rotations(n, g);
      for (let g = 0; g < gates; g++) this.base.data().set(made(rng.split("base").split(g)), g * n * n);
    }
  }

  /** The orthogonal weight [rows, cols], on the tape. */
  forward(): Tensor {
    const height = this.original.shape[0] / this.gates;
    const blocks = Array.from({ length: this.gates }, (_, g) => {
      const x = slice(this.original, 0, g * height, (g + 1) * height);
      const n = Math.max(...x.shape);
      const base = this.base === null ? null : slice(this.base, 0, g * n, (g + 1) * n);
      return orthogonal(x, this.map, base);
    });
    return blocks.length === 1 ? blocks[0] : concat(blocks, 0);
  }
}

/**
 * An orthogonal matrix from any matrix: see the top of this file. x [M, K] → [M, K]; base [N, N], N = max(M, K), orthogonal;
 * null stands for the identity. Errors: `E_SHAPE`, `E_DTYPE`.
 */
export function orthogonal(x: Tensor, map: OrthogonalMap, base: Tensor | null = null): Tensor {
  const [m, k] = x.shape;
  if (m < k) return transpose(orthogonal(transpose(x), map, base));
  let q: Tensor;
  if (map === "householder") {
    q = mul(householderProduct(x), signs(x));
  } else {
    const a = skew(x);
    q = map === "matrixExp" ? matrixExp(a) : solve(addScaledIdentity(a, 1, -0.5), addScaledIdentity(a, 1, 0.5));
    if (m !== k) q = slice(q, 1, 0, k);
  }
  return base === null ? q : matmul(base, q);
}

/** The signs of x's diagonal, [1, K]: decisions, not numbers that are learned. */
function signs(x: Tensor): Tensor {
  const [, k] = x.shape;
  const values = x.data();
  return Tensor.from(
    Array.from({ length: k }, (_, c) => (values[c * k + c] < 0 ? -1 : 1)),
    [1, k],
    { dtype: x.dtype },
  );
}

/** Rotations of the planes (0, 1), (2, 3), …; an odd last axis stays. */
function rotations(n: number, rng: Rng): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * (n + 1)] = 1;
  for (let i = 0; i + 1 < n; i += 2) {
    const angle = (2 * rng.uniform() - 1) * Math.PI;
    out[i * n + i] = out[(i + 1) * n + i + 1] = cos(angle);
    out[(i + 1) * n + i] = sin(angle);
    out[i * n + i + 1] = -sin(angle);
  }
  return out;
}
