/** A decoder seen step by step, over sources that were read once: what search asks. */
import { invalidValue } from "../../errors.js";
import { noGrad, scope, Tensor } from "../../tensor/index.js";
import { PackedLinear } from "./packed-linear.js";
import type { CellState } from "../recurrent.js";
import { type AttentionMemory, memoryOf } from "./attention-memory.js";
import type { Seq2Seq } from "./seq2seq.js";
import type { Encoded } from "./seq2seq-options.js";

type Numbers = Float32Array | Float64Array;

/** The rows of a stepper after a step: what each of them remembers. Plain numbers, good for any stepper of the same model. */
export interface StepperRows {
  /** By row: which source it writes about. */
  readonly sources: Int32Array;
  /** By state: [N, its width], row after row. */
  readonly states: Readonly<Record<string, Numbers>>;
}

/**
 * N rows that write at the same time, each about one source; several rows may share one, as the hypotheses of a beam do.
 *
 * What was encoded must stay where it is: make and use a stepper inside the scope in which it was encoded, or outside all. The
 * output layer is that of the moment in which the stepper was made.
 */
export class Seq2SeqStepper {
  /** Number of choices: V, and with copies those that are in no vocabulary. */
  readonly size: number;
  readonly #model: Seq2Seq;
  readonly #encoded: Encoded;
  readonly #output: PackedLinear;
  #sources: Int32Array;
  #states: Readonly<Record<string, Numbers>>;
  #memory: AttentionMemory | null;
  #attention: Numbers | null = null;

  /** @param sources which source each row begins with; default one row for each */
  constructor(model: Seq2Seq, encoded: Encoded, sources?: ArrayLike<number>) {
    this.#model = model;
    this.#encoded = encoded;
    this.#output = new PackedLinear(model.output);
    this.size = model.options.targetSize + (encoded.copies?.extra ?? 0);
    this.#sources = Int32Array.from(sources ?? Array.from({ length: encoded.batch }, (_, b) => b));
    this.#memory = sources === undefined ? encoded.memory : this.#remembered();
    const first = scope(() =>
      noGrad(() => {
        const [zero] = model.decoder.recurrent.zeroState(encoded.batch, encoded.memory?.positions);
        return numbersOf({ ...zero, ...encoded.state });
      }),
    );
    this.#states = rowsOf(first, encoded.batch, this.#sources);
  }

  /** N: rows at present. */
  get rows(): number {
    return this.#sources.length;
  }

  /** Weights over the positions of the source at the last step, [N, S]; null without attention and before the first step. */
  get attention(): Numbers | null {
    return this.#attention;
  }

  /** Every row reads one token; the scores of what may follow, [N, size]. Errors: `E_VALUE` for another number of tokens. */
  step(tokens: ArrayLike<number>): Numbers {
    if (tokens.length !== this.rows)
      throw invalidValue("Seq2SeqStepper.step", "tokens", `${this.rows} of them, one for each row`, tokens.length);
    const { decoder, targetEmbedding } = this.#model;
    const { dtype } = decoder.recurrent.options;
    return scope(() =>
      noGrad(() => {
        const state = Object.fromEntries(
          Object.entries(this.#states).map(([name, values]) => [
            name,
            Tensor.from(values, [this.rows, values.length / Math.max(1, this.rows)], { dtype }),
          ]),
        );
        const x = targetEmbedding.forward(Tensor.from(this.#model.readable(tokens)));
        const made = decoder.step(x, this.#memory, state);
        this.#states = numbersOf(made.state);
        this.#attention = made.attention === null ? null : copyOf(made.attention);
        const logits = this.#output.forward(made.readout);
        return copyOf(this.#model.choices(logits, made, x, this.#encoded, this.#sources));
      }),
    );
  }

  /** Go on with these rows, in this order; a row may be left out or taken several times. */
  select(rows: ArrayLike<number>): void {
    const sources = Int32Array.from(rows, (row) => this.#sources[row]);
    this.#states = rowsOf(this.#states, this.rows, rows);
    const same = sources.length === this.rows && sources.every((source, i) => source === this.#sources[i]);
    this.#sources = sources;
    // Rows that change places within one source look at the same memory.
    if (!same) this.#memory = this.#remembered();
  }

  /** A copy of what the rows remember. */
  save(): StepperRows {
    return { sources: this.#sources.slice(), states: mapped(this.#states, (values) => values.slice()) };
  }

  /** Go back to saved rows, which stay usable. */
  restore({ sources, states }: StepperRows): void {
    this.#sources = sources.slice();
    this.#states = mapped(states, (values) => values.slice());
    this.#memory = this.#remembered();
  }

  #remembered(): AttentionMemory | null {
    const { memory } = this.#encoded;
    return memory === null ? null : noGrad(() => memoryOf(memory, this.#sources));
  }
}

function copyOf(tensor: Tensor): Numbers {
  return (tensor.data() as Numbers).slice();
}

function numbersOf(state: CellState): Record<string, Numbers> {
  return mapped(state, copyOf);
}

function rowsOf(
  states: Readonly<Record<string, Numbers>>,
  count: number,
  rows: ArrayLike<number>,
): Record<string, Numbers> {
  return mapped(states, (values) => {
    const width = values.length / Math.max(1, count);
    const out =
      values.slice(0, 0).constructor === Float64Array
        ? new Float64Array(rows.length * width)
        : new Float32Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) out.set(values.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
    return out;
  });
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
