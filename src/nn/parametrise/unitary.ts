/**
 * Unitary weights: a complex matrix that keeps lengths and angles whatever the optimizer does to the parameter behind it.
 *
 *   X = `original`, A = L − Lᴴ, L the part of X on and below its diagonal: A is skew-Hermitian
 *   matrixExp     W = B·e^A
 *   cayley        W = B·(I − A/2)⁻¹·(I + A/2)
 *
 * B is a fixed unitary matrix, where training starts. Complex n × n matrices are pairs of real blocks, [2n, n]: real parts
 * over imaginary ones. P + iQ acts on pairs of vectors as the real matrix [[P, −Q], [Q, P]], and that of a skew-Hermitian
 * matrix is skew-symmetric: so exponential and Cayley's transform are those of real matrices of 2n, differentiated exactly.
 * Sources: Arjovsky, Shah & Bengio 2016; Wisdom et al. 2016, "Full-capacity unitary recurrent neural networks";
 * Lezcano-Casado & Martínez-Rubio 2019; torch.nn.utils.parametrizations.orthogonal on a complex weight.
 */
import { badNumber, unknownValue } from "../../errors.js";
import { cos, sin } from "../../runtime/float64.js";
import { Rng } from "../../runtime/index.js";
import {
  add,
  addScaledIdentity,
  concat,
  matmul,
  matrixExp,
  mul,
  neg,
  Parameter,
  skew,
  slice,
  solve,
  Tensor,
  transpose,
} from "../../tensor/index.js";
import { expectOptions } from "../given.js";
import { complexHaar } from "../initialisers/complex-haar.js";
import { Module } from "../module.js";

/** How a free matrix becomes a unitary one: see the top of this file. */
export type UnitaryMap = "matrixExp" | "cayley";

/** B: random (Haar), the identity, or a diagonal of numbers of length 1 with angles from U(−π, π). */
export type UnitaryStart = "haar" | "identity" | "phases";

export interface UnitaryOptions {
  /** n: complex units. */
  readonly size: number;
  /** Default matrixExp. */
  readonly map?: UnitaryMap;
  /** Where training starts, default "haar". */
  readonly start?: UnitaryStart;
  readonly dtype?: "f32" | "f64";
}

const MAPS: readonly UnitaryMap[] = ["matrixExp", "cayley"];
const STARTS: readonly UnitaryStart[] = ["haar", "identity", "phases"];

/**
 * A complex weight of n units, [2n, n], real parts over imaginary ones, that stays unitary: WᴴW = I.
 *
 * `original` [2n, n] is what is learned, from 0: n² of its 2n² numbers are read. `base` [2n, n] is kept and saved, and never
 * learned; absent for start "identity". Cost per call: that of `Orthogonal` at 2n.
 * Errors: `E_NUMBER` for a size below 1; `E_VALUE` for an unknown map or start.
 *
 * @example
 * const net = new Recurrent(unitaryRnn, { inputSize: 10, hiddenSize: 64 }, rng);
 * const recurrent = new Unitary({ size: 64 }, rng);
 * net.forward(x, { weights: { weight_hh_l0: recurrent.forward() } });   // gradients flow to recurrent.original
 */
export class Unitary extends Module {
  readonly original: Parameter;
  readonly base: Parameter | null;
  readonly map: UnitaryMap;

  constructor(options: UnitaryOptions, rng: Rng = new Rng(0)) {
    super();
    expectOptions("Unitary", options, ["size", "map", "start", "dtype"]);
    const { size, map = "matrixExp", start = "haar", dtype = "f32" } = options;
    if (!Number.isInteger(size) || size < 1) throw badNumber("Unitary", "size", "a whole number ≥ 1", size);
    if (!MAPS.includes(map)) throw unknownValue("Unitary", "map", map, MAPS);
    if (!STARTS.includes(start)) throw unknownValue("Unitary", "start", start, STARTS);
    this.map = map;
    this.original = new Parameter([2 * size, size], undefined, { dtype });
    this.base = null;
    if (start === "identity") return;
    this.base = new Parameter([2 * size, size], undefined, { dtype });
    this.base.requiresGrad = false;
    const draws = rng.split("base");
    this.base.data().set(start === "haar" ? complexHaar(size, draws) : phases(size, draws));
  }

  /** The unitary weight [2n, n], on the tape. */
  forward(): Tensor {
    return unitary(this.original, this.map, this.base);
  }
}

/**
 * A unitary matrix from any complex matrix: see the top of this file. x [2N, N] → [2N, N]; base [2N, N], unitary; null stands
 * for the identity. Errors: `E_SHAPE`, `E_DTYPE`.
 */
export function unitary(x: Tensor, map: UnitaryMap, base: Tensor | null = null): Tensor {
  const n = x.shape[1];
  const [re, im] = [slice(x, 0, 0, n), slice(x, 0, n)];
  const lower = mul(im, onAndBelow(n, x.dtype as "f32" | "f64"));
  const a = realForm(concat([skew(re), add(lower, transpose(lower))], 0));
  const whole = map === "matrixExp" ? matrixExp(a) : solve(addScaledIdentity(a, 1, -0.5), addScaledIdentity(a, 1, 0.5));
  // The left half says it all: the right one is what its structure makes of it.
  const w = slice(whole, 1, 0, n);
  return base === null ? w : matmul(realForm(base), w);
}

/** P + iQ as it acts on pairs: [P; Q], [2N, N] → [[P, −Q], [Q, P]], [2N, 2N]. */
function realForm(x: Tensor): Tensor {
  const n = x.shape[1];
  return concat([x, concat([neg(slice(x, 0, n)), slice(x, 0, 0, n)], 0)], 1);
}

/** 1 on and below the diagonal. */
function onAndBelow(n: number, dtype: "f32" | "f64"): Tensor {
  return Tensor.from(
    Float64Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0)),
    [n, n],
    { dtype },
  );
}

function phases(n: number, rng: Rng): Float64Array {
  const out = new Float64Array(2 * n * n);
  for (let k = 0; k < n; k++) {
    const angle = (2 * rng.uniform() - 1) * Math.PI;
    out[k * n + k] = cos(angle);
    out[(n + k) * n + k] = sin(angle);
  }
  return out;
}
