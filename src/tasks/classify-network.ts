import {
  CELLS,
  Dropout,
  Embedding,
  embeddingDropout,
  Linear,
  Module,
  Pooling,
  Recurrent,
  wordDropout,
} from "../nn/index.js";
import type { Rng } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import type { EncodedInput, InputEncoder } from "./classify-encoder.js";
import type { CompleteClassifyOptions } from "./classify-options.js";

type Sizes = Pick<
  CompleteClassifyOptions,
  | "cell"
  | "hidden"
  | "layers"
  | "bidirectional"
  | "pooling"
  | "embed"
  | "dropout"
  | "inputDropout"
  | "recurrentDropout"
  | "wordDropout"
  | "embedDropout"
>;

/**
 * Scores of labels for sequences.
 *
 *   embedding [V, E] or numbers → dropout → L layers of `cell`, dropout between them → pooling over time → dropout →
 *   linear [D·O → labels]
 *
 * Parameters: `embedding.weight` (texts only), `recurrent.<PyTorch's names>`, `pooling.…` (attention only), `output.weight`,
 * `output.bias`.
 */
export class ClassifyNetwork extends Module {
  readonly embedding: Embedding | null;
  readonly dropout: Dropout;
  readonly recurrent: Recurrent;
  readonly pooling: Pooling;
  readonly output: Linear;
  readonly #sizes: Sizes;
  readonly #unknown: number;
  readonly #width: number;

  /** @param rng where the initial weights come from */
  constructor(encoder: Pick<InputEncoder, "kind" | "width" | "unknown">, labels: number, sizes: Sizes, rng: Rng) {
    super();
    const { cell, hidden, layers, bidirectional, pooling, embed, dropout, inputDropout, recurrentDropout } = sizes;
    const isText = encoder.kind === "text";
    this.#sizes = sizes;
    this.#unknown = encoder.unknown;
    this.#width = encoder.width;
    const vectors = { vocabularySize: encoder.width, size: embed };
    this.embedding = isText ? new Embedding(vectors, rng.split("embedding")) : null;
    this.dropout = new Dropout({ p: dropout });
    const inputSize = isText ? embed : encoder.width;
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
    const ids = new Int32Array(T * B).fill(this.#unknown);
    for (const [b, { ids: own }] of inputs.entries()) own!.forEach((id, t) => (ids[t * B + b] = id));
    const { wordDropout: p, embedDropout } = this.#sizes;
    const index = wordDropout(Tensor.from(ids, [T, B]), { p, unknown: this.#unknown, rng: rng?.split("words") });
    const vectors = this.embedding!.forward(index);
    const kept = embeddingDropout(vectors, index, { p: embedDropout, rng: rng?.split("vectors") });
    return this.dropout.forward(kept, { rng: rng?.split("embedding") });
  }

  #series(inputs: readonly EncodedInput[], lengths: readonly number[]): Tensor {
    const [T, B, D] = [Math.max(...lengths), inputs.length, this.#width];
    const x = new Float32Array(T * B * D);
    for (const [b, { rows, steps }] of inputs.entries()) {
      for (let t = 0; t < steps; t++) x.set(rows!.subarray(t * D, (t + 1) * D), (t * B + b) * D);
    }
    return Tensor.from(x, [T, B, D]);
  }
}
