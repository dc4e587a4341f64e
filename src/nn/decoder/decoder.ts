/** A recurrent layer that looks at a memory while it runs: any cell, with a schedule of attention around it, or without. */
import type { CellDefinition } from "../../cell/index.js";
import { badNumber, optionNeeds, shapeMismatch, unknownValue, wrongDtype } from "../../errors.js";
import { Rng } from "../../runtime/index.js";
import { concat, linear, type Tensor } from "../../tensor/index.js";
import { type LuongScore, withBahdanau, withLuong } from "../attention/index.js";
import { lstm } from "../cells/index.js";
import { expectCall, expectCell, expectOptions, expectTensor } from "../given.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import { type CellState, Recurrent } from "../recurrent.js";
import { type AttentionMemory, memoryRows, type MemorySelection } from "./attention-memory.js";

export const ATTENTION_KINDS = ["bahdanau", "luong", "none"] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

export interface DecoderOptions {
  /** I: features of the input. */
  readonly inputSize: number;
  /** H: units of the state. */
  readonly hiddenSize: number;
  /** C: features of a position of the memory; not for `attention: "none"`. */
  readonly memorySize?: number;
  /** The cell that attention is put around, default `lstm`. */
  readonly cell?: CellDefinition;
  /** Whose schedule, default "bahdanau": before the step, or ("luong") behind it; "none": a layer that sees no memory. */
  readonly attention?: AttentionKind;
  /** How a query meets a position: luong only, default "general". */
  readonly score?: LuongScore;
  /** Give the output of the step before to the cell: luong only, default true. */
  readonly inputFeeding?: boolean;
  /** Let the score see where was looked before: additive scores only (bahdanau; luong with "concat"), default false. */
  readonly coverage?: boolean;
  /** A: width of an additive score, default H. */
  readonly attentionSize?: number;
  readonly dtype?: "f32" | "f64";
}

const OPTIONS = [
  "inputSize",
  "hiddenSize",
  "memorySize",
  "cell",
  "attention",
  "score",
  "inputFeeding",
  "coverage",
  "attentionSize",
  "dtype",
];

export interface DecoderInput {
  /** The state before the first step, zero if absent: the cell's own states, or all of them as `forward` returns them. */
  readonly state?: CellState;
  /** Steps of each sequence; all T if absent. */
  readonly lengths?: readonly number[];
  /** Randomness for what the cell drops. */
  readonly rng?: Rng;
}

export interface DecoderOutput {
  /** What the next layer reads, [T, B, readoutWidth] (of a step [B, readoutWidth]). */
  readonly readout: Tensor;
  /** Weights over the positions at every step, [T, B, S] (of a step [B, S]); null without attention. */
  readonly attention: Tensor | null;
  /** Sums of the weights so far, that of the step included, as `attention`; null without coverage. */
  readonly coverage: Tensor | null;
  readonly state: CellState;
}

/**
 * A recurrent layer with attention over a memory, fused with it: one call for a whole sequence, one call for a step.
 *
 * The readout is [h; c] of Bahdanau's schedule (H + C features), h̃ of Luong's, the cell's output without attention. Parameters:
 * those of `recurrent` (one layer of `withBahdanau(cell)` or `withLuong(cell)`) and, where the score has keys, `key.weight` [A, C].
 * A dot score meets positions as wide as the output O: others are projected once, `value.weight` [O, C], as fairseq projects them.
 *
 * @example
 * const decoder = new Decoder({ inputSize: 8, hiddenSize: 16, memorySize: 32 });
 * const memory = decoder.prepare(encoded, { lengths: [5, 3] });          // encoded [S, B, 32]
 * const { readout, attention } = decoder.forward(x, memory);              // x [T, B, 8] → [T, B, 48], [T, B, S]
 */
export class Decoder extends Module {
  readonly recurrent: Recurrent;
  readonly key: Linear | null;
  /** From a position to what a dot score meets; null where they are as wide. */
  readonly value: Linear | null;
  /** The cell without attention. */
  readonly cell: CellDefinition;
  readonly attention: AttentionKind;
  readonly readoutWidth: number;
  readonly #memorySize: number;

  /** Errors: `E_OPTION`, `E_VALUE`, `E_NUMBER`; `E_OPTION_NEEDS` for an option of the other schedule; `E_CELL`. */
  constructor(options: DecoderOptions, rng: Rng = new Rng(0)) {
    super();
    expectOptions("Decoder", options, OPTIONS);
    const { inputSize, hiddenSize, cell = lstm, attention = "bahdanau", dtype = "f32" } = options;
    const { memorySize = 0, attentionSize = hiddenSize, score = "general", coverage } = options;
    if (!ATTENTION_KINDS.includes(attention))
      throw unknownValue("Decoder", "attention", attention, [...ATTENTION_KINDS]);
    const needs: Readonly<Record<string, readonly AttentionKind[]>> = {
      memorySize: ["bahdanau", "luong"],
      coverage: ["bahdanau", "luong"],
      score: ["luong"],
      inputFeeding: ["luong"],
    };
    for (const [name, kinds] of Object.entries(needs)) {
      if (options[name as keyof DecoderOptions] !== undefined && !kinds.includes(attention)) {
        throw optionNeeds("Decoder", name, `attention: ${kinds.map((kind) => `"${kind}"`).join(" or ")}`);
      }
    }
    const keyed = attention === "bahdanau" || (attention === "luong" && score === "concat");
    if (options.attentionSize !== undefined && !keyed)
      throw optionNeeds("Decoder", "attentionSize", "an additive score");
    if (attention !== "none" && (!Number.isInteger(memorySize) || memorySize < 1)) {
      throw badNumber("Decoder", "memorySize", "a whole number ≥ 1", options.memorySize);
    }
    expectCell("Decoder", cell);
    this.cell = cell;
    this.attention = attention;
    this.#memorySize = memorySize;
    const whole =
      attention === "none"
        ? cell
        : attention === "bahdanau"
          ? withBahdanau(cell, { coverage })
          : withLuong(cell, { score, inputFeeding: options.inputFeeding, coverage });
    const sizes = { attention: attentionSize, context: memorySize };
    const widths = Object.fromEntries(Object.entries(sizes).filter(([name]) => name in whole.extraDims));
    this.recurrent = new Recurrent(whole, { inputSize, hiddenSize, widths, dtype }, rng.split("recurrent"));
    const { outputWidth } = this.recurrent;
    const shown = this.recurrent.stack[0].dims[cell.outputDim];
    const projected = attention === "luong" && score === "dot" && memorySize !== shown;
    this.readoutWidth = attention === "bahdanau" ? outputWidth + memorySize : outputWidth;
    const keys = { inputSize: memorySize, outputSize: attentionSize, bias: false, dtype };
    this.key = keyed ? new Linear(keys, rng.split("key")) : null;
    const values = { ...keys, outputSize: shown };
    this.value = projected ? new Linear(values, rng.split("value")) : null;
  }

  /**
   * The memory of a batch, once for all steps: [S, B, C] → keys and values by sequence.
   *
   * Errors: `E_SHAPE`, `E_DTYPE`, `E_LENGTHS`, `E_MASK`; `E_OPTION_NEEDS` for a decoder without attention.
   */
  prepare(encoded: Tensor, selection: MemorySelection = {}): AttentionMemory {
    const who = "Decoder.prepare";
    if (this.attention === "none") throw optionNeeds("Decoder", "a memory", `attention: "bahdanau" or "luong"`);
    expectTensor(who, "encoded", encoded);
    expectOptions(who, selection, ["lengths", "mask"]);
    const { dtype } = this.recurrent.options;
    if (encoded.rank !== 3 || encoded.shape[2] !== this.#memorySize || encoded.shape[0] < 1) {
      throw shapeMismatch(who, ["S", "B", this.#memorySize], encoded.shape);
    }
    if (encoded.dtype !== dtype) throw wrongDtype(who, dtype, encoded.dtype);
    const { values, valid } = memoryRows(who, encoded, selection);
    const inputs: Record<string, Tensor> = {
      values: this.value === null ? values : linear(values, this.value.weight),
      valid,
    };
    if (this.key !== null) inputs["keys"] = linear(values, this.key.weight);
    return { inputs, batch: values.shape[0], positions: values.shape[1] };
  }

  /**
   * Whole sequences: x [T, B, I] → readout and weights of every step.
   *
   * Errors: as `Recurrent.forward`; `E_INPUT` without the memory.
   */
  forward(x: Tensor, memory: AttentionMemory | null, input: DecoderInput = {}): DecoderOutput {
    expectCall("Decoder.forward", x, input, ["state", "lengths", "rng"]);
    const { state, lengths, rng } = input;
    const initial = state && [this.#whole(state, x.shape[1], memory)];
    const given = { state: initial, lengths, rng, inputs: memory?.inputs };
    if (this.attention === "none") {
      const { output, state: final } = this.recurrent.forward(x, given);
      return { readout: output, attention: null, coverage: null, state: final[0] };
    }
    const { output, states, state: final } = this.recurrent.trace(x, given);
    return this.#shown(output, states[0], final[0]);
  }

  /** One step: x [B, I] → readout [B, readoutWidth] and weights [B, S]. Errors: as `forward`. */
  step(x: Tensor, memory: AttentionMemory | null, state?: CellState): DecoderOutput {
    const initial = state && [this.#whole(state, x.shape[0], memory)];
    const { output, state: final } = this.recurrent.step(x, initial, { inputs: memory?.inputs });
    return this.#shown(output, final[0], final[0]);
  }

  #shown(output: Tensor, states: CellState, state: CellState): DecoderOutput {
    const { attention = null, coverage = null } = states as Readonly<Record<string, Tensor | undefined>>;
    const readout = this.attention === "bahdanau" ? concat([output, states["context"]], output.rank - 1) : output;
    return { readout, attention, coverage, state };
  }

  /** A state of the cell alone, with zeros for what attention adds to it. */
  #whole(state: CellState, batch: number, memory: AttentionMemory | null): CellState {
    if (this.recurrent.cell.states.every(({ name }) => name in state)) return state;
    return { ...this.recurrent.zeroState(batch, memory?.positions)[0], ...state };
  }
}
