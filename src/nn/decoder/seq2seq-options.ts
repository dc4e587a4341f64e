/** What an encoder and a decoder may be told, and what goes in and comes out. */
import type { CellDefinition } from "../../cell/index.js";
import type { Rng } from "../../runtime/index.js";
import type { Tensor } from "../../tensor/index.js";
import type { LuongScore } from "../attention/index.js";
import type { CellState } from "../recurrent.js";
import type { AttentionMemory } from "./attention-memory.js";
import type { Copies } from "./copy-mixture.js";
import type { AttentionKind } from "./decoder.js";
import type { BridgeKind } from "./state-bridge.js";

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
  /**
   * Copy words of the source, too: `unknown` is the token that the decoder reads in place of one that is in no vocabulary.
   * Wants attention and, with every source, what it is as a target (`copied`). Default: nothing is copied.
   */
  readonly copy?: { readonly unknown: number };
  /** How the decoder begins, default "tanh". */
  readonly bridge?: BridgeKind;
  /** Probability of dropping a feature of embeddings, between layers, and of what the output layer reads; default 0. Needs `rng`. */
  readonly dropout?: number;
  readonly dtype?: "f32" | "f64";
}

/** The names of the options. */
export const SEQ2SEQ_OPTIONS: readonly (keyof Seq2SeqOptions)[] = [
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
  "copy",
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
  /** Null where nothing is copied. */
  readonly copies: Copies | null;
}

export interface Seq2SeqInput {
  /** Tokens of each source, and of each target; all S, all T if absent. */
  readonly sourceLengths?: readonly number[];
  readonly targetLengths?: readonly number[];
  /** What each token of the source is as a target, int32 [S, B], for a model that copies: see `Copies`. */
  readonly copied?: Tensor;
  /** Randomness for dropout and for tokens that are drawn. */
  readonly rng?: Rng;
  /**
   * Probability of reading the right token (a `TeacherSchedule` gives it); otherwise the decoder reads a token that it drew
   * itself. Default 1. Below 1 it needs `rng`.
   */
  readonly teacher?: number;
}

/** The names of what goes in. */
export const SEQ2SEQ_INPUT: readonly (keyof Seq2SeqInput)[] = [
  "sourceLengths",
  "targetLengths",
  "copied",
  "rng",
  "teacher",
];

export interface Seq2SeqOutput {
  /** Scores of the next token, [T, B, V]. */
  readonly logits: Tensor;
  /** [T, B, S], null without attention. */
  readonly attention: Tensor | null;
  /** [T, B, S], null without coverage. */
  readonly coverage: Tensor | null;
}

export interface LossOptions {
  /** As of `crossEntropy`, default 0. */
  readonly labelSmoothing?: number;
  /** How much `coverageLoss` counts, per prediction; default 0. */
  readonly coverageWeight?: number;
}
