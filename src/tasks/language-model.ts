import { unknownOption, unknownValue } from "../errors.js";
import { CELLS, Dropout, Embedding, Linear, Module, Recurrent, type RecurrentState } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import type { Tensor } from "../tensor/index.js";

/** Sizes of a `CharLanguageModel`: plain JSON. */
export interface CharLanguageModelOptions {
  /** V: number of characters. */
  readonly vocabularySize: number;
  /** Name of the recurrent cell in `CELLS`; default "lstm". */
  readonly cell?: string;
  /** H: units of each layer; default 128. */
  readonly hidden?: number;
  /** L: layers; default 2. */
  readonly layers?: number;
  /** E: numbers that stand for a character; default 64. */
  readonly embed?: number;
  /** Probability of dropping a unit after the embedding, between the layers and before the output; default 0. */
  readonly dropout?: number;
}

/** What goes in beside the characters. */
export interface CharLanguageModelInput {
  /** State after what came before; zeros if absent. */
  readonly state?: RecurrentState;
  /** Randomness for dropout; without it the expectation. */
  readonly rng?: Rng;
}

const OPTIONS = ["vocabularySize", "cell", "hidden", "layers", "embed", "dropout"];

/**
 * Scores for the next character, from a stack of recurrent layers.
 *
 *   embedding [V, E] → dropout → L layers of `cell`, dropout between them → dropout → linear [H → V]
 *
 * Parameters: `embedding.weight`, `recurrent.<PyTorch's names>`, `output.weight`, `output.bias`.
 * Errors: `E_OPTION` and `E_VALUE` for unknown options and cells, `E_NUMBER` for sizes that are none.
 */
export class CharLanguageModel extends Module {
  readonly embedding: Embedding;
  readonly dropout: Dropout;
  readonly recurrent: Recurrent;
  readonly output: Linear;

  /** @param rng where the initial weights come from; default `new Rng(0)` */
  constructor(options: CharLanguageModelOptions, rng: Rng = new Rng(0)) {
    super();
    for (const name of Object.keys(options)) {
      if (!OPTIONS.includes(name)) throw unknownOption("CharLanguageModel", name, OPTIONS);
    }
    const { vocabularySize, cell = "lstm", hidden = 128, layers = 2, embed = 64, dropout = 0 } = options;
    const definition = Object.hasOwn(CELLS, cell) ? CELLS[cell] : undefined;
    if (definition === undefined) throw unknownValue("CharLanguageModel", "cell", cell, Object.keys(CELLS));
    this.embedding = new Embedding({ vocabularySize, size: embed }, rng.split("embedding"));
    this.dropout = new Dropout({ p: dropout });
    this.recurrent = new Recurrent(
      definition,
      { inputSize: embed, hiddenSize: hidden, layers, dropout },
      rng.split("recurrent"),
    );
    this.output = new Linear({ inputSize: hidden, outputSize: vocabularySize }, rng.split("output"));
  }

  /** tokens [T, B] int32 → logits [T, B, V] and the state after the last step. Errors: `E_INDEX`, `E_SHAPE`, `E_STATE`. */
  forward(tokens: Tensor, { state, rng }: CharLanguageModelInput = {}): { logits: Tensor; state: RecurrentState } {
    const embedded = this.dropout.forward(this.embedding.forward(tokens), { rng: rng?.split("embedding") });
    const { output, state: next } = this.recurrent.forward(embedded, { state, rng: rng?.split("recurrent") });
    const top = this.dropout.forward(output, { rng: rng?.split("output") });
    return { logits: this.output.forward(top), state: next };
  }
}
