import { badNumber, shapeMismatch } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { linear, type Parameter, type Shape, type Tensor } from "../tensor/index.js";
import { drawn } from "./initialise.js";
import { expectOptions } from "./given.js";
import { Module } from "./module.js";

export interface LinearOptions {
  /** I: features in. */
  readonly inputSize: number;
  /** O: features out. */
  readonly outputSize: number;
  /** Add a bias, default true. */
  readonly bias?: boolean;
  readonly dtype?: "f32" | "f64";
  /** A matrix [O, I] that another layer has too, e.g. the table of an embedding, instead of one of its own. */
  readonly weight?: Parameter;
}

/**
 * y = x·Wᵀ + b. x [.., I] → [.., O]; weight [O, I], bias [O], both from U(−1/√I, 1/√I) as `torch.nn.Linear`.
 *
 * Errors: `E_NUMBER` for sizes below 1; `E_SHAPE` when the last dimension of x is not I.
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(options: LinearOptions, rng: Rng = new Rng(0)) {
    super();
    expectOptions("Linear", options, ["inputSize", "outputSize", "bias", "dtype", "weight"]);
    const { inputSize, outputSize, bias = true, dtype = "f32", weight } = options;
    for (const [name, value] of Object.entries({ inputSize, outputSize })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber("Linear", name, "a whole number ≥ 1", value);
    }
    const bound = 1 / Math.sqrt(inputSize);
    const uniform = (name: string, shape: Shape): Parameter => {
      const stream = rng.split(name);
      return drawn(shape, () => (2 * stream.uniform() - 1) * bound, { dtype });
    };
    const [rows, columns] = weight?.shape ?? [outputSize, inputSize];
    if (weight !== undefined && (rows !== outputSize || columns !== inputSize)) {
      throw shapeMismatch(
        "Linear",
        [outputSize, inputSize],
        weight.shape,
        "A shared weight has the shape of one's own.",
      );
    }
    this.weight = weight ?? uniform("weight", [outputSize, inputSize]);
    this.bias = bias ? uniform("bias", [outputSize]) : null;
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
