import { invalidValue, unknownOption, unknownValue } from "../errors.js";
import { CELLS, Dropout, Embedding, Linear, Module, Recurrent, type RecurrentState } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import type { Parameter, Tensor } from "../tensor/index.js";

/** Sizes of a `LanguageNetwork`: plain JSON. */
export interface LanguageNetworkOptions {
  /** V: number of tokens. */
  readonly vocabularySize: number;
  /** Name of the recurrent cell in `CELLS`; default "lstm". */
  readonly cell?: string;
  /** H: units of each layer; default 128. */
  readonly hidden?: number;
  /** L: layers; default 2. */
  readonly layers?: number;
  /** E: numbers that stand for a token; default 64. */
  readonly embed?: number;
  /** Probability of dropping a unit after the embedding, between the layers and before the output; default 0. */
  readonly dropout?: number;
  /** Whether the table of the embedding is the matrix of the output too, which E = H allows; default false. */
  readonly tied?: boolean;
  /** Draw every parameter from U(−init, init); default 0, which leaves each layer its own rule. */
  readonly init?: number;
}

/** What goes in beside the tokens. */
export interface LanguageNetworkInput {
  /** State after what came before; zeros if absent. */
  readonly state?: RecurrentState;
  /** Randomness for dropout; without it the expectation. */
  readonly rng?: Rng;
}

/** What comes out. */
export interface LanguageNetworkOutput {
  /** Scores of what may follow each token. Shape [T, B, V]. */
  readonly logits: Tensor;
  /** What the output layer reads. Shape [T, B, H]. */
  readonly features: Tensor;
  /** State after the last step. */
  readonly state: RecurrentState;
}

const WHO = "LanguageNetwork";
const OPTIONS = ["vocabularySize", "cell", "hidden", "layers", "embed", "dropout", "tied", "init"];

/**
 * Scores for the next token, from a stack of recurrent layers.
 *
 *   embedding [V, E] → dropout → L layers of `cell`, dropout between them → dropout → linear [H → V]
 *
 * Parameters: `embedding.weight`, `recurrent.<PyTorch's names>`, `output.weight` (unless tied), `output.bias`.
 * Errors: `E_OPTION` and `E_VALUE` for unknown options and cells and for tied weights of different width, `E_NUMBER` for sizes
 * that are none.
 */
export class LanguageNetwork extends Module {
  readonly embedding: Embedding;
  readonly dropout: Dropout;
  readonly recurrent: Recurrent;
  readonly output: Linear;

  /** @param rng where the initial weights come from; default `new Rng(0)` */
  constructor(options: LanguageNetworkOptions, rng: Rng = new Rng(0)) {
    super();
    for (const name of Object.keys(options)) {
      if (!OPTIONS.includes(name)) throw unknownOption(WHO, name, OPTIONS);
    }
    const { vocabularySize, cell = "lstm", hidden = 128, layers = 2, embed = 64, dropout = 0 } = options;
    const { tied = false, init = 0 } = options;
    const definition = Object.hasOwn(CELLS, cell) ? CELLS[cell] : undefined;
    if (definition === undefined) throw unknownValue(WHO, "cell", cell, Object.keys(CELLS));
    if (tied && embed !== hidden)
      throw invalidValue(WHO, "tied", `false where embed (${embed}) is not hidden (${hidden})`, tied);
    this.embedding = new Embedding({ vocabularySize, size: embed }, rng.split("embedding"));
    this.dropout = new Dropout({ p: dropout });
    this.recurrent = new Recurrent(
      definition,
      { inputSize: embed, hiddenSize: hidden, layers, dropout },
      rng.split("recurrent"),
    );
    const weight = tied ? { weight: this.embedding.weight } : {};
    this.output = new Linear({ inputSize: hidden, outputSize: vocabularySize, ...weight }, rng.split("output"));
    if (init > 0) {
      for (const [name, parameter] of this.namedParameters()) {
        const stream = rng.split("uniform").split(name);
        parameter.set(Float64Array.from({ length: parameter.size }, () => (2 * stream.uniform() - 1) * init));
      }
    }
  }

  /** All parameters with their names; a tied matrix once, as the embedding's. */
  override *namedParameters(prefix = ""): IterableIterator<[name: string, parameter: Parameter]> {
    const tied = this.output.weight === this.embedding.weight;
    for (const [name, parameter] of super.namedParameters(prefix)) {
      if (!(tied && name === `${prefix}output.weight`)) yield [name, parameter];
    }
  }

  /** tokens [T, B] int32 → scores, features and state. Errors: `E_INDEX`, `E_SHAPE`, `E_STATE`. */
  forward(tokens: Tensor, { state, rng }: LanguageNetworkInput = {}): LanguageNetworkOutput {
    const embedded = this.dropout.forward(this.embedding.forward(tokens), { rng: rng?.split("embedding") });
    const { output, state: next } = this.recurrent.forward(embedded, { state, rng: rng?.split("recurrent") });
    const features = this.dropout.forward(output, { rng: rng?.split("output") });
    return { logits: this.output.forward(features), features, state: next };
  }
}
