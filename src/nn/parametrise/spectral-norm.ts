import { badNumber } from "../../errors.js";
import { Rng } from "../../runtime/index.js";
import {
  div,
  matmul,
  mul,
  noGrad,
  Parameter,
  reshape,
  scale,
  sum,
  type Tensor,
  transpose,
} from "../../tensor/index.js";
import { expectOptions } from "../given.js";
import { Module } from "../module.js";

export interface SpectralNormOptions {
  readonly rows: number;
  readonly cols: number;
  /** What the largest singular value becomes, default 1. */
  readonly bound?: number;
  readonly dtype?: "f32" | "f64";
}

/**
 * A weight whose largest singular value is `bound`: W·bound / σ, σ = uᵀ·W·v.
 *
 * u and v follow the leading singular vectors by power iteration, u ← W·v/‖W·v‖, v ← Wᵀ·u/‖Wᵀ·u‖; the gradient takes them
 * for constants, which is exact once they have arrived. `original` [rows, cols] is learned and starts from
 * U(−1/√cols, 1/√cols); `u` [rows] and `v` [cols] are kept and saved, and never learned.
 * Errors: `E_NUMBER` for sizes below 1 or a bound that is not positive.
 * Source: Miyato et al. 2018; torch.nn.utils.parametrizations.spectral_norm.
 *
 * @example
 * const recurrent = new SpectralNorm({ rows: 64, cols: 64 }, rng);
 * const weight = recurrent.forward();                       // training: one iteration per call
 * const same = recurrent.forward({ iterations: 0 });        // evaluation
 */
export class SpectralNorm extends Module {
  readonly original: Parameter;
  readonly u: Parameter;
  readonly v: Parameter;
  readonly bound: number;

  constructor(options: SpectralNormOptions, rng: Rng = new Rng(0)) {
    super();
    expectOptions("SpectralNorm", options, ["rows", "cols", "bound", "dtype"]);
    const { rows, cols, bound = 1, dtype = "f32" } = options;
    for (const [name, value] of Object.entries({ rows, cols })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber("SpectralNorm", name, "a whole number ≥ 1", value);
    }
    if (!(bound > 0 && bound < Infinity)) throw badNumber("SpectralNorm", "bound", "a number above 0", bound);
    this.bound = bound;
    const stream = rng.split("original");
    const values = Float64Array.from({ length: rows * cols }, () => (2 * stream.uniform() - 1) / Math.sqrt(cols));
    this.original = new Parameter([rows, cols], values, { dtype });
    const direction = (name: string, length: number): Parameter => {
      const draws = rng.split(name);
      const vector = new Parameter([length], undefined, { dtype }).set(
        unit(Float64Array.from({ length }, () => draws.normal())),
      );
      vector.requiresGrad = false;
      return vector;
    };
    this.u = direction("u", rows);
    this.v = direction("v", cols);
    this.iterate(15);
  }

  /** The weight [rows, cols] on the tape, after `iterations` (default 1) of the power method. */
  forward(options: { readonly iterations?: number } = {}): Tensor {
    expectOptions("SpectralNorm.forward", options, ["iterations"]);
    const { iterations = 1 } = options;
    this.iterate(iterations);
    const [rows, cols] = this.original.shape;
    // Copies: the next call moves u and v, and this one's backward pass may still be to come.
    const u = this.u.clone();
    const v = this.v.clone();
    const sigma = sum(mul(matmul(reshape(u, [1, rows]), this.original), reshape(v, [1, cols])));
    return scale(div(this.original, sigma), this.bound);
  }

  /** Move u and v towards the leading singular vectors of `original` as it is now. */
  iterate(iterations: number): void {
    if (!Number.isInteger(iterations) || iterations < 0) {
      throw badNumber("SpectralNorm", "iterations", "a whole number ≥ 0", iterations);
    }
    noGrad(() => {
      const [rows, cols] = this.original.shape;
      const transposed = iterations === 0 ? null : transpose(this.original);
      for (let i = 0; i < iterations; i++) {
        this.u.set(unit(matmul(this.original, reshape(this.v, [cols, 1])).data()));
        this.v.set(unit(matmul(transposed!, reshape(this.u, [rows, 1])).data()));
      }
    });
  }
}

/** x / ‖x‖; zeros stay zeros. */
function unit(x: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(x);
  const norm = Math.sqrt(values.reduce((total, value) => total + value * value, 0));
  return values.map((value) => value / Math.max(norm, 1e-12));
}
