import {
  CELLS,
  CRF,
  type CRFDecoding,
  Dropout,
  Embedding,
  Linear,
  Module,
  Recurrent,
  spanConstraints,
  WordCharacters,
  wordDropout,
} from "../nn/index.js";
import type { Rng } from "../runtime/index.js";
import { concat, crossEntropy, dropout, softmax, Tensor } from "../tensor/index.js";
import { NO_LABEL, type TagBatch } from "./tag-batch.js";
import type { CompleteTagOptions } from "./tag-options.js";
import type { TagVocabularies } from "./tag-vocabularies.js";

/**
 * Scores of labels for the words of sentences.
 *
 *   embedding [V, E] beside features of the letters [F] → L layers of `cell` in both directions, dropout before each → dropout →
 *   linear [2H → labels] → a CRF over the sentence, or a softmax for each word
 *
 * Parameters: `embedding.weight`, `letters.…`, `recurrent.<PyTorch's names>`, `output.weight`, `output.bias`, and with a CRF
 * `crf.start_transitions`, `crf.end_transitions`, `crf.transitions`.
 */
export class TagNetwork extends Module {
  readonly embedding: Embedding;
  readonly letters: WordCharacters | null;
  readonly dropout: Dropout;
  readonly recurrent: Recurrent;
  readonly output: Linear;
  readonly crf: CRF | null;
  readonly #options: CompleteTagOptions;
  readonly #unknown: number;

  /** @param rng where the initial weights come from */
  constructor({ words, letters, labels }: TagVocabularies, options: CompleteTagOptions, rng: Rng) {
    super();
    const { embed, hidden, layers, recurrentDropout, scheme } = options;
    const p = options.dropout;
    this.#options = options;
    this.#unknown = words.unk ?? 0;
    this.embedding = new Embedding({ vocabularySize: words.size, size: embed }, rng.split("embedding"));
    // N(0, 1) would drown the letters, and all that a word which is seen once can learn.
    const vectors = this.embedding.weight.data();
    for (let i = 0; i < vectors.length; i++) vectors[i] *= 0.1;
    const kind = options.letters as "none" | "lstm" | "cnn";
    const sizes = { vocabularySize: letters.size, embed: options.letterEmbed, size: options.letterSize };
    this.letters = kind === "none" ? null : new WordCharacters({ kind, ...sizes }, rng.split("letters"));
    this.dropout = new Dropout({ p: options.variational ? 0 : p });
    this.recurrent = new Recurrent(
      CELLS[options.cell],
      {
        inputSize: embed + (this.letters?.size ?? 0),
        hiddenSize: hidden,
        layers,
        bidirectional: true,
        ...(options.variational ? { inputDropout: p } : { dropout: layers > 1 ? p : 0 }),
        recurrentDropout,
      },
      rng.split("recurrent"),
    );
    const tags = labels.size;
    this.output = new Linear({ inputSize: this.recurrent.outputWidth, outputSize: tags }, rng.split("output"));
    const constraints = scheme === "none" ? undefined : spanConstraints(labels.tokens, scheme as "iob2");
    this.crf = options.decoder === "crf" ? new CRF({ tags, constraints }, rng.split("crf")) : null;
  }

  /** Sentences → scores [T, B, labels]; with `rng` dropout drops, without it the expectation. */
  forward({ words, spelt, lengths }: TagBatch, rng?: Rng): Tensor {
    const { dropout: p, variational, wordDropout: q } = this.#options;
    const read = wordDropout(words, { p: q, unknown: this.#unknown, rng: rng?.split("words") });
    const vectors = this.embedding.forward(read);
    const known = this.letters === null || spelt === null ? vectors : concat([vectors, this.letters.forward(spelt)], 2);
    const input = this.dropout.forward(known, { rng: rng?.split("input") });
    const { output } = this.recurrent.forward(input, { lengths, rng: rng?.split("recurrent") });
    const top = rng?.split("output");
    // Row t·B + b belongs to sentence b: one mask for all its words.
    const rows = variational ? sentenceOfRow(words.shape) : undefined;
    return this.output.forward(top === undefined ? output : dropout(output, { p, rng: top, rows }));
  }

  /** Mean loss of a word, in nats: of the sequences of labels [T, B], or of each label by itself; → []. */
  loss(batch: TagBatch, labels: Tensor, rng?: Rng): Tensor {
    const scores = this.forward(batch, rng);
    if (this.crf === null) return crossEntropy(scores, labels, { ignoreIndex: NO_LABEL });
    return this.crf.loss(scores, labels, { lengths: batch.lengths, reduction: "token_mean" });
  }

  /**
   * The best labels of each sentence, by number; scores [T, B, labels].
   *
   * @param method the most probable sequence, or the one with the most labels expected to be right; of labels that are chosen
   *   each by itself these are the same
   */
  decode(scores: Tensor, lengths: readonly number[], method: CRFDecoding = "viterbi"): readonly (readonly number[])[] {
    if (this.crf !== null) return this.crf.decode(scores, { lengths, method }).map(({ tags }) => tags);
    const [, B, L] = scores.shape;
    const numbers = scores.data();
    return lengths.map((n, b) => Array.from({ length: n }, (_, t) => largestAt(numbers, (t * B + b) * L, L)));
  }

  /** How probable each label of each word is, given the whole sentence: [T, B, labels]. */
  marginals(scores: Tensor, lengths: readonly number[]): Tensor {
    return this.crf?.marginals(scores, { lengths }) ?? softmax(scores);
  }

  /** Summed loss of each sentence, in nats; null where a label is not known, or the labels are forbidden. */
  sentenceLosses(scores: Tensor, lengths: readonly number[], labels: Tensor): (number | null)[] {
    const [, B] = scores.shape;
    const ids = labels.data();
    const crf = this.crf;
    const known = lengths.map((n, b) => {
      const own = Array.from({ length: n }, (_, t) => ids[t * B + b]);
      return !own.includes(NO_LABEL) && (crf === null || crf.allows(own));
    });
    if (crf === null) {
      const losses = crossEntropy(scores, labels, { ignoreIndex: NO_LABEL, reduction: "none" }).data();
      return lengths.map((n, b) => {
        let nats = 0;
        for (let t = 0; t < n; t++) nats += losses[t * B + b];
        return known[b] ? nats : null;
      });
    }
    const losses = crf.loss(scores, labels, { lengths: lengths.map((n, b) => (known[b] ? n : 0)), reduction: "none" });
    return losses.toArray().map((loss, b) => (known[b] ? loss : null));
  }
}

function largestAt(values: ArrayLike<number>, from: number, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) if (values[from + i] > values[from + best]) best = i;
  return best;
}

function sentenceOfRow([T, B]: readonly number[]): Tensor {
  return Tensor.from(Int32Array.from({ length: T * B }, (_, row) => row % B));
}
