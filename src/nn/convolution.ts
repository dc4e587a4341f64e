import { badNumber, shapeMismatch, unknownOption, unknownValue } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { gatherRows, linear, type Parameter, permute, reshape, Tensor } from "../tensor/index.js";
import { drawn } from "./initialise.js";
import { Module } from "./module.js";
import { type PooledSteps, stepsOf } from "./pool-steps.js";

/** Where the window of a step lies: around it, or ending with it, so that it sees no later step. */
export type ConvolutionPadding = "same" | "causal";

const PADDINGS: readonly ConvolutionPadding[] = ["same", "causal"];

export interface ConvolutionOptions {
  /** I: features in. */
  readonly inputSize: number;
  /** O: features out. */
  readonly outputSize: number;
  /** K: steps of a window. */
  readonly window: number;
  /** Default "same": ⌊(K − 1)/2⌋ steps before, the rest behind. */
  readonly padding?: ConvolutionPadding;
  /** Add a bias, default true. */
  readonly bias?: boolean;
  readonly dtype?: "f32" | "f64";
}

/**
 * A convolution over time: y[t] = b + Σ_k W[:, :, k]·x[t + k − before], one step out for each step in.
 *
 * x [T, B, I] → [T, B, O]; weight [O, I, K] and bias [O] as `torch.nn.Conv1d`, from U(−1/√(I·K), 1/√(I·K)). Outside the
 * sequence x is zero: what lies beyond `lengths` is not read, and y is zero there. A window is laid out as one row, so that
 * this is one matrix product. Errors: `E_NUMBER` for sizes below 1, `E_VALUE`, `E_OPTION`.
 *
 * @example
 * const convolution = new Convolution({ inputSize: 30, outputSize: 50, window: 3 });
 * const features = maxOverTime(convolution.forward(characters, { lengths }), { lengths });   // a word's, [B, 50]
 */
export class Convolution extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly padding: ConvolutionPadding;

  constructor(options: ConvolutionOptions, rng: Rng = new Rng(0)) {
    super();
    const who = "Convolution";
    const known = ["inputSize", "outputSize", "window", "padding", "bias", "dtype"];
    for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownOption(who, key, known);
    const { inputSize, outputSize, window, padding = "same", bias = true, dtype = "f32" } = options;
    for (const [name, value] of Object.entries({ inputSize, outputSize, window })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber(who, name, "a whole number ≥ 1", value);
    }
    if (!PADDINGS.includes(padding)) throw unknownValue(who, "padding", padding, PADDINGS);
    const bound = 1 / Math.sqrt(inputSize * window);
    const uniform = (name: string, shape: number[]): Parameter => {
      const stream = rng.split(name);
      return drawn(shape, () => (2 * stream.uniform() - 1) * bound, { dtype });
    };
    this.weight = uniform("weight", [outputSize, inputSize, window]);
    this.bias = bias ? uniform("bias", [outputSize]) : null;
    this.padding = padding;
  }

  /** x [T, B, I] → [T, B, O]. Errors: `E_SHAPE`, `E_DTYPE`, `E_LENGTHS`, `E_MASK`. */
  forward(x: Tensor, steps: PooledSteps = {}): Tensor {
    const [O, I, K] = this.weight.shape;
    if (x.rank !== 3 || x.shape[2] !== I) throw shapeMismatch("Convolution", ["T", "B", I], x.shape);
    const [T, B] = x.shape;
    const before = this.padding === "causal" ? K - 1 : Math.floor((K - 1) / 2);
    const all = stepsOf("Convolution", x, steps);
    const rows = all.reduce((sum, own) => sum + own.length, 0);
    // Of every step there is, the rows of its window; a negative row is one of zeros.
    const windows = new Int32Array(rows * K);
    const back = new Int32Array(T * B).fill(-1);
    let row = 0;
    for (let b = 0; b < B; b++) {
      const own = all[b];
      for (let i = 0; i < own.length; i++, row++) {
        back[own[i] * B + b] = row;
        for (let k = 0; k < K; k++) {
          const at = i + k - before;
          windows[row * K + k] = at < 0 || at >= own.length ? -1 : own[at] * B + b;
        }
      }
    }
    const laid = reshape(gatherRows(reshape(x, [T * B, I]), Tensor.from(windows)), [rows, K * I]);
    const weight = reshape(permute(this.weight, [0, 2, 1]), [O, K * I]);
    return reshape(gatherRows(linear(laid, weight, this.bias), Tensor.from(back)), [T, B, O]);
  }
}
