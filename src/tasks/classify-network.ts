import {
  CELLS,
  Dropout,
  Embedding,
  embeddingDropout,
  Linear,
  Module,
  Pooling,
  Recurrent,
  spellWords,
  WordCharacters,
  wordDropout,
} from "../nn/index.js";
import type { Rng } from "../runtime/index.js";
import { concat, Tensor } from "../tensor/index.js";
import type { EncodedInput, InputEncoder } from "./classify-encoder.js";
import type { CompleteClassifyOptions } from "./classify-options.js";

type Sizes = Pick<
  CompleteClassifyOptions,
  | "unit"
  | "cell"
  | "hidden"
  | "layers"
  | "bidirectional"
  | "pooling"
  | "embed"
  | "letters"
  | "letterEmbed"
  | "letterSize"
  | "dropout"
  | "inputDropout"
  | "recurrentDropout"
  | "wordDropout"
  | "embedDropout"
>;

/** What the network has to know of how inputs are read. */
type Reading = Pick<InputEncoder, "kind" | "width" | "unknown" | "letters">;

/** Letters of a word that are read: a longer one is read by its beginning and its end. */
const LONGEST = 48;

/**
 * Scores of labels for sequences.
 *
 *   embedding [V, E], beside features of the letters [F], or numbers → dropout → L layers of `cell`, dropout between them → pooling over time → dropout →
 *   linear [D·O → labels]
 *
 * Parameters: `embedding.weight` (texts only), `letters.…` (where letters are read), `recurrent.<PyTorch's names>`, `pooling.…` (attention only), `output.weight`,
 * `output.bias`.
 */
export class ClassifyNetwork extends Module {
  readonly embedding: Embedding | null;
  readonly letters: WordCharacters | null;
  readonly dropout: Dropout;
  readonly recurrent: Recurrent;
  readonly pooling: Pooling;
  readonly output: Linear;
  readonly #sizes: Sizes;
  readonly #encoder: Reading;

  /** @param rng where the initial weights come from */
  constructor(encoder: Reading, labels: number, sizes: Sizes, rng: Rng) {
    super();
    const { cell, hidden, layers, bidirectional, pooling, embed, dropout, inputDropout, recurrentDropout } = sizes;
    const isText = encoder.kind === "text";
    this.#sizes = sizes;
    this.#encoder = encoder;
    const vectors = { vocabularySize: encoder.width, size: embed };
    const made = isText ? new Embedding(vectors, rng.split("embedding")) : null;
    this.embedding = made !== null && sizes.unit !== "char" ? smaller(made) : made;
    this.letters = lettersOf(encoder, sizes, rng.split("letters"));
    this.dropout = new Dropout({ p: dropout });
    const inputSize = isText ? embed + (this.letters?.size ?? 0) : encoder.width;
    const inside = { dropout: layers > 1 ? dropout : 0, inputDropout, recurrentDropout };
    this.recurrent = new Recurrent(
      CELLS[cell],
      { inputSize, hiddenSize: hidden, layers, bidirectional, ...inside },
      rng.split("recurrent"),
    );
    const width = this.recurrent.outputWidth;
    this.pooling = new Pooling({ kind: pooling, inputSize: width, bidirectional }, rng.split("pooling"));
    this.output = new Linear({ inputSize: width, outputSize: labels }, rng.split("output"));
  }

  /** B inputs → logits [B, labels]. `rng` drops; without it the expectation. */
  forward(inputs: readonly EncodedInput[], { rng }: { readonly rng?: Rng } = {}): Tensor {
    const lengths = inputs.map(({ steps }) => steps);
    const x = this.embedding === null ? this.#series(inputs, lengths) : this.#text(inputs, lengths, rng);
    const { output } = this.recurrent.forward(x, { lengths, rng: rng?.split("recurrent") });
    const pooled = this.pooling.forward(output, { lengths });
    return this.output.forward(this.dropout.forward(pooled, { rng: rng?.split("output") }));
  }

  #text(inputs: readonly EncodedInput[], lengths: readonly number[], rng: Rng | undefined): Tensor {
    const [T, B] = [Math.max(...lengths), inputs.length];
    const { unknown, letters } = this.#encoder;
    const ids = new Int32Array(T * B).fill(unknown);
    for (const [b, { ids: own }] of inputs.entries()) own!.forEach((id, t) => (ids[t * B + b] = id));
    const { wordDropout: p, embedDropout } = this.#sizes;
    const index = wordDropout(Tensor.from(ids, [T, B]), { p, unknown, rng: rng?.split("words") });
    const vectors = this.embedding!.forward(index);
    const kept = embeddingDropout(vectors, index, { p: embedDropout, rng: rng?.split("vectors") });
    const spell = (word: string): Int32Array => letters!.encode(spelling(word));
    const words = (): string[][] => inputs.map((input) => [...input.words!]);
    const known = this.letters === null ? kept : concat([kept, this.letters.forward(spellWords(words(), T, spell))], 2);
    return this.dropout.forward(known, { rng: rng?.split("embedding") });
  }

  #series(inputs: readonly EncodedInput[], lengths: readonly number[]): Tensor {
    const [T, B, D] = [Math.max(...lengths), inputs.length, this.#encoder.width];
    const x = new Float32Array(T * B * D);
    for (const [b, { rows, steps }] of inputs.entries()) {
      for (let t = 0; t < steps; t++) x.set(rows!.subarray(t * D, (t + 1) * D), (t * B + b) * D);
    }
    return Tensor.from(x, [T, B, D]);
  }
}

/** N(0, 0.1²): N(0, 1), right for characters, would drown what a word that is seen a few times can learn. */
function smaller(embedding: Embedding): Embedding {
  const vectors = embedding.weight.data();
  for (let i = 0; i < vectors.length; i++) vectors[i] *= 0.1;
  return embedding;
}

function lettersOf(
  { letters }: Reading,
  { letters: kind, letterEmbed, letterSize }: Sizes,
  rng: Rng,
): WordCharacters | null {
  if (letters === null || kind === "none") return null;
  return new WordCharacters({ kind, vocabularySize: letters.size, embed: letterEmbed, size: letterSize }, rng);
}

function spelling(word: string): string[] {
  const letters = Array.from(word);
  return letters.length <= LONGEST ? letters : [...letters.slice(0, LONGEST / 2), ...letters.slice(-LONGEST / 2)];
}
