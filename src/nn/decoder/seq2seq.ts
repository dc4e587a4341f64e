/** Encoder and decoder: a sequence of tokens becomes another one. */
import type { CellDefinition } from "../../cell/index.js";
import { badNumber, badTokens, invalidValue, unknownOption } from "../../errors.js";
import { Rng } from "../../runtime/index.js";
import { crossEntropy, dropout, gatherRows, noGrad, reshape, scope, Tensor } from "../../tensor/index.js";
import type { LuongScore } from "../attention/index.js";
import { lstm } from "../cells/index.js";
import { deepCell } from "../deep-cell.js";
import { Embedding } from "../embedding.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import { type CellState, Recurrent } from "../recurrent.js";
import { type AttentionMemory } from "./attention-memory.js";
import { coverageLoss } from "./coverage-loss.js";
import { type AttentionKind, Decoder } from "./decoder.js";
import { drawFrom } from "./draw.js";
import { type BridgeKind, StateBridge } from "./state-bridge.js";

export interface Seq2SeqOptions {
  /** Tokens of the source, and of the target, V. */
  readonly sourceSize: number;
  readonly targetSize: number;
  /** E: features of an embedded token. */
  readonly embeddingSize: number;
  /** H: units of the decoder, and of each direction of the encoder. */
  readonly hiddenSize: number;
  /** Cells of both, default `lstm`. */
  readonly encoderCell?: CellDefinition;
  readonly decoderCell?: CellDefinition;
  /** Layers of the encoder, default 1. */
  readonly layers?: number;
  /** Layers of the decoder, one fused cell (`deepCell`), default 1. */
  readonly decoderLayers?: number;
  /** Read the source in both directions, default true. */
  readonly bidirectional?: boolean;
  /** As the options of a `Decoder`. */
  readonly attention?: AttentionKind;
  readonly score?: LuongScore;
  readonly inputFeeding?: boolean;
  readonly coverage?: boolean;
  readonly attentionSize?: number;
  /** How the decoder begins, default "tanh". */
  readonly bridge?: BridgeKind;
  /** Probability of dropping a feature of embeddings, between layers, and of what the output layer reads; default 0. Needs `rng`. */
  readonly dropout?: number;
  readonly dtype?: "f32" | "f64";
}

const OPTIONS: readonly (keyof Seq2SeqOptions)[] = [
  "sourceSize",
  "targetSize",
  "embeddingSize",
  "hiddenSize",
  "encoderCell",
  "decoderCell",
  "layers",
  "decoderLayers",
  "bidirectional",
  "attention",
  "score",
  "inputFeeding",
  "coverage",
  "attentionSize",
  "bridge",
  "dropout",
  "dtype",
];

/** A source that has been read: all that a decoder knows of it. */
export interface Encoded {
  /** Null without attention. */
  readonly memory: AttentionMemory | null;
  /** The decoder's state before its first step. */
  readonly state: CellState;
  readonly batch: number;
}

export interface Seq2SeqInput {
  /** Tokens of each source, and of each target; all S, all T if absent. */
  readonly sourceLengths?: readonly number[];
  readonly targetLengths?: readonly number[];
  /** Randomness for dropout and for tokens that are drawn. */
  readonly rng?: Rng;
  /**
   * Probability of reading the right token (a `TeacherSchedule` gives it); otherwise the decoder reads a token that it drew
   * itself. Default 1. Below 1 it needs `rng`.
   */
  readonly teacher?: number;
}

export interface Seq2SeqOutput {
  /** Scores of the next token, [T, B, V]. */
  readonly logits: Tensor;
  /** [T, B, S], null without attention. */
  readonly attention: Tensor | null;
  /** [T, B, S], null without coverage. */
  readonly coverage: Tensor | null;
}

/**
 * Embedding, encoder, bridge, decoder with attention, output layer.
 *
 * Tokens are int32 [S, B] and [T, B]; the target is what the decoder reads: it begins with the token that begins a text.
 * Under teacher forcing encoder and decoder are one call each; `Seq2SeqStepper` goes step by step.
 *
 * @example
 * const model = new Seq2Seq({ sourceSize: 40, targetSize: 30, embeddingSize: 16, hiddenSize: 32 });
 * const { loss, predictions } = model.loss(source, targetIn, targetOut, { sourceLengths, targetLengths });
 */
export class Seq2Seq extends Module {
  readonly options: Seq2SeqOptions;
  readonly sourceEmbedding: Embedding;
  readonly targetEmbedding: Embedding;
  readonly encoder: Recurrent;
  readonly bridge: StateBridge;
  readonly decoder: Decoder;
  readonly output: Linear;
  readonly #dropout: number;

  /** Errors: `E_OPTION`, `E_NUMBER`, `E_VALUE`, `E_OPTION_NEEDS`, `E_CELL`. */
  constructor(options: Seq2SeqOptions, rng: Rng = new Rng(0)) {
    super();
    const names: readonly string[] = OPTIONS;
    for (const name of Object.keys(options)) if (!names.includes(name)) throw unknownOption("Seq2Seq", name, names);
    const { sourceSize, targetSize, embeddingSize, hiddenSize, attention = "bahdanau", dtype = "f32" } = options;
    const { encoderCell = lstm, layers = 1, bidirectional = true, bridge = "tanh" } = options;
    const { dropout: p = 0 } = options;
    const decoderCell = deepCell(options.decoderCell ?? lstm, options.decoderLayers ?? 1);
    if (!(p >= 0 && p < 1)) throw badNumber("Seq2Seq", "dropout", "a probability, 0 … 1, below 1", p);
    this.options = options;
    this.#dropout = p;
    const table = (vocabularySize: number, name: string): Embedding =>
      new Embedding({ vocabularySize, size: embeddingSize, dtype }, rng.split(name));
    this.sourceEmbedding = table(sourceSize, "sourceEmbedding");
    this.targetEmbedding = table(targetSize, "targetEmbedding");
    const reading = { inputSize: embeddingSize, hiddenSize, layers, bidirectional, dtype, dropout: layers > 1 ? p : 0 };
    this.encoder = new Recurrent(encoderCell, reading, rng.split("encoder"));
    const { score, inputFeeding, coverage, attentionSize } = options;
    this.decoder = new Decoder(
      {
        inputSize: embeddingSize,
        hiddenSize,
        cell: decoderCell,
        attention,
        ...(attention === "none" ? {} : { memorySize: this.encoder.outputWidth }),
        ...defined({ score, inputFeeding, coverage, attentionSize }),
        dtype,
      },
      rng.split("decoder"),
    );
    this.bridge = new StateBridge(this.encoder, this.decoder.recurrent, decoderCell, bridge, rng.split("bridge"));
    const { readoutWidth } = this.decoder;
    this.output = new Linear({ inputSize: readoutWidth, outputSize: targetSize, dtype }, rng.split("output"));
  }

  /** Read sources [S, B]. Errors: `E_LENGTHS`, `E_INDEX`, `E_SHAPE`. */
  encode(source: Tensor, lengths?: readonly number[], rng?: Rng): Encoded {
    const { output, state } = this.encoder.forward(this.#embedded(this.sourceEmbedding, source, rng?.split("source")), {
      lengths,
      rng: rng?.split("encoder"),
    });
    const memory = this.decoder.attention === "none" ? null : this.decoder.prepare(output, { lengths });
    return { memory, state: this.bridge.forward(state), batch: source.shape[1] };
  }

  /**
   * Scores of every next token, the target being given: source [S, B], target [T, B] → [T, B, V].
   *
   * Errors: `E_LENGTHS`, `E_INDEX`, `E_SHAPE`; `E_VALUE` where tokens are to be drawn without `rng`.
   */
  forward(source: Tensor, target: Tensor, input: Seq2SeqInput = {}): Seq2SeqOutput {
    const { readout, attention, coverage } = this.#decoded(source, target, input);
    return { logits: this.output.forward(readout), attention, coverage };
  }

  /**
   * Cross-entropy of the tokens that should follow, in nats, averaged over the steps that there are: targetIn and targetOut
   * [T, B]. `coverage`: how much `coverageLoss` counts, default 0.
   */
  loss(
    source: Tensor,
    targetIn: Tensor,
    targetOut: Tensor,
    { labelSmoothing, coverageWeight = 0, ...input }: Seq2SeqInput & LossOptions = {},
  ): { readonly loss: Tensor; readonly predictions: number } {
    const { readout, attention, coverage } = this.#decoded(source, targetIn, input);
    const [T, B, width] = readout.shape;
    const { targetLengths } = input;
    let rows = reshape(readout, [T * B, width]);
    let right = reshape(targetOut, [T * B]);
    if (targetLengths !== undefined) {
      // What lies behind the end of a target is not worth a product with the output layer.
      const there = Int32Array.from({ length: T * B }, (_, i) => i).filter(
        (i) => Math.floor(i / B) < targetLengths[i % B],
      );
      rows = gatherRows(rows, Tensor.from(there));
      right = Tensor.from(there.map((i) => right.data()[i]));
    }
    const predictions = right.size;
    let loss = crossEntropy(this.output.forward(rows), right, labelSmoothing === undefined ? {} : { labelSmoothing });
    if (coverageWeight > 0 && attention !== null && coverage !== null) {
      loss = loss.add(coverageLoss(attention, coverage).mul(coverageWeight / predictions));
    }
    return { loss, predictions };
  }

  #decoded(source: Tensor, target: Tensor, { sourceLengths, targetLengths, rng, teacher = 1 }: Seq2SeqInput) {
    if (source.rank !== 2 || target.rank !== 2 || source.shape[1] !== target.shape[1]) {
      throw badTokens("Seq2Seq", source.shape, target.shape);
    }
    const encoded = this.encode(source, sourceLengths, rng);
    const read = teacher < 1 ? this.#drawn(encoded, target, teacher, rng) : target;
    const x = this.#embedded(this.targetEmbedding, read, rng?.split("target"));
    const decoded = this.decoder.forward(x, encoded.memory, {
      state: encoded.state,
      lengths: targetLengths,
      rng: rng?.split("decoder"),
    });
    return { ...decoded, readout: this.#dropped(decoded.readout, rng?.split("readout")) };
  }

  /**
   * What the decoder reads when it is sometimes left alone: at each step but the first the right token with probability
   * `teacher`, else one drawn from its own scores. Choosing has no gradient, so the tokens are drawn first, step by step,
   * and then read as if they had been given. Source: Bengio, Vinyals, Jaitly & Shazeer 2015.
   */
  #drawn(encoded: Encoded, target: Tensor, teacher: number, rng: Rng | undefined): Tensor {
    if (rng === undefined) throw invalidValue("Seq2Seq", "rng", "where tokens are drawn (teacher below 1)", "none");
    if (!(teacher >= 0)) throw badNumber("Seq2Seq", "teacher", "a probability, 0 … 1", teacher);
    const [T, B] = target.shape;
    const tokens = Int32Array.from(target.data());
    const [coins, draws] = [rng.split("teacher"), rng.split("tokens")];
    scope(() =>
      noGrad(() => {
        let { state } = encoded;
        for (let t = 0; t + 1 < T; t++) {
          const x = this.targetEmbedding.forward(Tensor.from(tokens.slice(t * B, (t + 1) * B)));
          const step = this.decoder.step(x, encoded.memory, state);
          const scores = this.output.forward(step.readout).data();
          for (let b = 0; b < B; b++) {
            if (coins.uniform() >= teacher)
              tokens[(t + 1) * B + b] = drawFrom(scores, b, this.options.targetSize, draws);
          }
          state = step.state;
        }
      }),
    );
    return Tensor.from(tokens, [T, B]);
  }

  #embedded(table: Embedding, tokens: Tensor, rng: Rng | undefined): Tensor {
    return this.#dropped(table.forward(tokens), rng);
  }

  #dropped(x: Tensor, rng: Rng | undefined): Tensor {
    return this.#dropout > 0 && rng !== undefined ? dropout(x, { p: this.#dropout, rng }) : x;
  }
}

export interface LossOptions {
  /** As of `crossEntropy`, default 0. */
  readonly labelSmoothing?: number;
  /** How much `coverageLoss` counts, per prediction; default 0. */
  readonly coverageWeight?: number;
}

function defined<O extends object>(options: O): Partial<O> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<O>;
}
