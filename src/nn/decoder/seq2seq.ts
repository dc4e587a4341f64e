/** Encoder and decoder: a sequence of tokens becomes another one. */
import { badNumber, badTokens, invalidValue, optionNeeds, shapeMismatch } from "../../errors.js";
import { Rng } from "../../runtime/index.js";
import {
  concat,
  crossEntropy,
  dropout,
  gatherRows,
  mean,
  noGrad,
  reshape,
  sameShape,
  scope,
  sigmoid,
  Tensor,
} from "../../tensor/index.js";
import { lstm } from "../cells/index.js";
import { deepCell } from "../deep-cell.js";
import { Embedding } from "../embedding.js";
import { expectCall, expectOptions, expectTensor } from "../given.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import { Recurrent } from "../recurrent.js";
import { copiesOf, copyLoss, copyScores } from "./copy-mixture.js";
import { coverageLoss } from "./coverage-loss.js";
import { Decoder, type DecoderOutput } from "./decoder.js";
import { drawFrom } from "./draw.js";
import {
  type Encoded,
  type LossOptions,
  SEQ2SEQ_INPUT,
  SEQ2SEQ_OPTIONS,
  type Seq2SeqInput,
  type Seq2SeqOptions,
  type Seq2SeqOutput,
} from "./seq2seq-options.js";
import { StateBridge } from "./state-bridge.js";

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
  /** What opens to writing and closes to copying, from [readout; embedded token]; null where nothing is copied. */
  readonly copyGate: Linear | null;
  readonly #dropout: number;

  /** Errors: `E_OPTION`, `E_NUMBER`, `E_VALUE`, `E_OPTION_NEEDS`, `E_CELL`. */
  constructor(options: Seq2SeqOptions, rng: Rng = new Rng(0)) {
    super();
    expectOptions("Seq2Seq", options, SEQ2SEQ_OPTIONS);
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
    if (options.copy !== undefined && attention === "none") throw optionNeeds("Seq2Seq", "copy", "attention");
    if (options.copy !== undefined) checkUnknown(options.copy.unknown, targetSize);
    this.copyGate =
      options.copy === undefined
        ? null
        : new Linear({ inputSize: readoutWidth + embeddingSize, outputSize: 1, dtype }, rng.split("copyGate"));
  }

  /** Read sources [S, B]; `copied` as of `Seq2SeqInput`. Errors: `E_LENGTHS`, `E_INDEX`, `E_SHAPE`, `E_OPTION_NEEDS`. */
  encode(source: Tensor, lengths?: readonly number[], rng?: Rng, copied?: Tensor): Encoded {
    if (copied !== undefined && this.copyGate === null) throw optionNeeds("Seq2Seq", "copied", "copy");
    if (copied === undefined && this.copyGate !== null)
      throw optionNeeds("Seq2Seq", "copy", "copied, with every source");
    if (copied !== undefined && !sameShape(copied.shape, source.shape)) {
      throw shapeMismatch("Seq2Seq: copied", source.shape, copied.shape);
    }
    const { output, state } = this.encoder.forward(this.#embedded(this.sourceEmbedding, source, rng?.split("source")), {
      lengths,
      rng: rng?.split("encoder"),
    });
    const memory = this.decoder.attention === "none" ? null : this.decoder.prepare(output, { lengths });
    const copies = copied === undefined ? null : copiesOf(copied, this.options.targetSize);
    return { memory, state: this.bridge.forward(state), batch: source.shape[1], copies };
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
   * [T, B]. A model that copies may be asked for tokens V + k of `copied`, which it then reads as the unknown one.
   */
  loss(
    source: Tensor,
    targetIn: Tensor,
    targetOut: Tensor,
    given: Seq2SeqInput & LossOptions = {},
  ): { readonly loss: Tensor; readonly predictions: number } {
    expectOptions("Seq2Seq.loss", given, [...SEQ2SEQ_INPUT, "labelSmoothing", "coverageWeight"]);
    const { labelSmoothing, coverageWeight = 0, ...input } = given;
    const { readout, attention, coverage, x, copies } = this.#decoded(source, targetIn, input);
    const [T, B, width] = readout.shape;
    const { targetLengths } = input;
    // What lies behind the end of a target is not worth a product with the output layer.
    const all = Int32Array.from({ length: T * B }, (_, i) => i);
    const there = targetLengths && all.filter((i) => Math.floor(i / B) < targetLengths[i % B]);
    const chosen = (value: Tensor, size: number): Tensor => {
      const rows = reshape(value, [T * B, size]);
      return there === undefined ? rows : gatherRows(rows, Tensor.from(there));
    };
    const said = targetOut.data();
    const right = (there ?? all).map((i) => said[i]);
    const predictions = right.length;
    const rows = chosen(readout, width);
    const logits = this.output.forward(rows);
    let loss: Tensor;
    if (copies === null || attention === null) {
      loss = crossEntropy(logits, Tensor.from(right), labelSmoothing === undefined ? {} : { labelSmoothing });
    } else {
      if (labelSmoothing !== undefined && labelSmoothing > 0) throw optionNeeds("Seq2Seq", "labelSmoothing", "no copy");
      const S = attention.shape[2];
      const gate = this.gateOf(rows, chosen(x, x.shape[2]));
      const ids = Int32Array.from({ length: predictions * S }, (_, i) => {
        const b = (there ?? all)[Math.floor(i / S)] % B;
        return copies.ids[b * S + (i % S)];
      });
      loss = mean(copyLoss(logits, gate, chosen(attention, S), ids, right));
    }
    if (coverageWeight > 0 && attention !== null && coverage !== null) {
      loss = loss.add(coverageLoss(attention, coverage).mul(coverageWeight / predictions));
    }
    return { loss, predictions };
  }

  /** How far rows write rather than copy: readout [N, R] and embedded tokens [N, E] → [N, 1], 0 … 1. */
  gateOf(readout: Tensor, x: Tensor): Tensor {
    if (this.copyGate === null) throw optionNeeds("Seq2Seq", "a gate", "copy");
    return sigmoid(this.copyGate.forward(concat([readout, x], 1)));
  }

  /**
   * Scores of all that may follow a step, copies included: logits [N, V], the step and what it read [N, E] → [N, V + extra].
   *
   * @param sources which source each row writes about
   */
  choices(
    logits: Tensor,
    { readout, attention }: Pick<DecoderOutput, "readout" | "attention">,
    x: Tensor,
    { copies, memory }: Encoded,
    sources: ArrayLike<number>,
  ): Tensor {
    if (copies === null || memory === null || attention === null) return logits;
    const S = memory.positions;
    const rows = Array.from(sources, (source) => copies.ids.subarray(source * S, (source + 1) * S));
    return copyScores(logits, this.gateOf(readout, x), attention, rows, copies.extra);
  }

  #decoded(source: Tensor, target: Tensor, input: Seq2SeqInput) {
    expectTensor("Seq2Seq", "source", source);
    expectCall("Seq2Seq", source, input, SEQ2SEQ_INPUT);
    expectTensor("Seq2Seq", "target", target);
    const { sourceLengths, targetLengths, copied, rng, teacher = 1 } = input;
    if (source.rank !== 2 || target.rank !== 2 || source.shape[1] !== target.shape[1]) {
      throw badTokens("Seq2Seq", source.shape, target.shape);
    }
    const encoded = this.encode(source, sourceLengths, rng, copied);
    const known = this.copyGate === null ? target : Tensor.from(this.readable(target.data()), target.shape);
    const read = teacher < 1 ? this.#drawn(encoded, known, teacher, rng) : known;
    const x = this.#embedded(this.targetEmbedding, read, rng?.split("target"));
    const decoded = this.decoder.forward(x, encoded.memory, {
      state: encoded.state,
      lengths: targetLengths,
      rng: rng?.split("decoder"),
    });
    const readout = this.#dropped(decoded.readout, rng?.split("readout"));
    return { ...decoded, readout, x, copies: encoded.copies };
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
    const every = Array.from({ length: B }, (_, b) => b);
    scope(() =>
      noGrad(() => {
        let { state } = encoded;
        for (let t = 0; t + 1 < T; t++) {
          const x = this.targetEmbedding.forward(Tensor.from(tokens.slice(t * B, (t + 1) * B)));
          const step = this.decoder.step(x, encoded.memory, state);
          const scores = this.choices(this.output.forward(step.readout), step, x, encoded, every);
          const size = scores.shape[1];
          for (let b = 0; b < B; b++) {
            if (coins.uniform() < teacher) continue;
            [tokens[(t + 1) * B + b]] = this.readable([drawFrom(scores.data(), b, size, draws)]);
          }
          state = step.state;
        }
      }),
    );
    return Tensor.from(tokens, [T, B]);
  }

  /** Tokens as the decoder can read them: what is in no vocabulary is the unknown one. */
  readable(tokens: ArrayLike<number>): Int32Array {
    const { copy, targetSize } = this.options;
    return Int32Array.from(tokens, (token) => (copy !== undefined && token >= targetSize ? copy.unknown : token));
  }

  #embedded(table: Embedding, tokens: Tensor, rng: Rng | undefined): Tensor {
    return this.#dropped(table.forward(tokens), rng);
  }

  #dropped(x: Tensor, rng: Rng | undefined): Tensor {
    return this.#dropout > 0 && rng !== undefined ? dropout(x, { p: this.#dropout, rng }) : x;
  }
}

function checkUnknown(unknown: unknown, size: number): void {
  if (!Number.isInteger(unknown) || (unknown as number) < 0 || (unknown as number) >= size) {
    throw badNumber("Seq2Seq", "copy.unknown", `a token, 0 … ${size - 1}`, unknown);
  }
}

function defined<O extends object>(options: O): Partial<O> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<O>;
}
