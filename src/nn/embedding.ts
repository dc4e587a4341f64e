import { badNumber } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { embedding, type Parameter, type Tensor } from "../tensor/index.js";
import { drawn } from "./initialise.js";
import { expectOptions } from "./given.js";
import { Module } from "./module.js";

export interface EmbeddingOptions {
  /** V: rows of the table. */
  readonly vocabularySize: number;
  /** E: features of a row. */
  readonly size: number;
  readonly dtype?: "f32" | "f64";
}

/**
 * A table of vectors: y[..] = weight[index[..]]. index [..] int32 → [.., E]; weight [V, E] from N(0, 1) as
 * `torch.nn.Embedding`. Errors: `E_NUMBER` for sizes below 1; `E_INDEX` for an index outside 0 … V − 1.
 */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(options: EmbeddingOptions, rng: Rng = new Rng(0)) {
    super();
    expectOptions("Embedding", options, ["vocabularySize", "size", "dtype"]);
    const { vocabularySize, size, dtype = "f32" } = options;
    for (const [name, value] of Object.entries({ vocabularySize, size })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber("Embedding", name, "a whole number ≥ 1", value);
    }
    const stream = rng.split("weight");
    this.weight = drawn([vocabularySize, size], () => stream.normal(), { dtype });
  }

  forward(index: Tensor): Tensor {
    return embedding(index, this.weight);
  }
}
