/** The rows of a batch that is stepped: states, input and output, laid out once. */
import { frameWords, WORD, writeFrame, FRAME } from "../cell/frame.js";
import { indexOutOfRange, shapeMismatch, streamInput, streamInputNumber } from "../errors.js";
import { described } from "./arguments.js";
import { aligned, type BundleAbout } from "./bundle.js";
import type { StreamMachine, Viewer } from "./machine.js";

/** One carry buffer: `width` numbers a row, from float `at` of the memory on. */
interface Carry {
  readonly at: number;
  readonly width: number;
}

/**
 * B rows of memory for one network: what a session or a pool steps.
 *
 * A call of `run` is one call into WebAssembly and allocates nothing. Rows 0 … n − 1 are stepped, the others keep their
 * states.
 */
export class StepRows implements Viewer {
  readonly capacity: number;
  /** Numbers of a row's state: Σ widths. */
  readonly stateSize: number;
  /** [B, I]. */
  input!: Float32Array;
  /** [B, O]. */
  output!: Float32Array;
  readonly #machine: StreamMachine;
  readonly #header: BundleAbout;
  readonly #block: number;
  readonly #bytes: number;
  readonly #carries: readonly Carry[];
  readonly #inputAt: number;
  readonly #outputAt: number;
  readonly #activeAt: number;
  readonly #tableAt: number;
  #active: Int32Array;

  constructor(machine: StreamMachine, header: BundleAbout, capacity: number) {
    const { plan, states } = header;
    this.#machine = machine;
    this.#header = header;
    this.capacity = capacity;
    const words = frameWords(plan, 1);
    const vectors = new Map(header.vectorsAt);
    // Byte offsets in the block; vectors are the model's own.
    let end = aligned(words * WORD);
    const places = plan.buffers.map(({ kind, dim, blocks }, i) => {
      if (kind === "vector") return { own: false, at: machine.weights + vectors.get(i)! };
      if (plan.places?.some(({ buffer }) => buffer === i)) return { own: false, at: 0 };
      const at = end;
      end = aligned(at + capacity * blocks * plan.sizes[dim] * WORD);
      return { own: true, at };
    });
    this.#bytes = end;
    this.#block = machine.take(end);
    const buffers = places.map(({ own, at }) => (own ? this.#block + at : at));
    for (const { buffer, within, after } of plan.places ?? []) {
      buffers[buffer] = buffers[within] + plan.sizes[after] * WORD;
    }
    this.#carries = states.map(({ buffer, width }) => ({ at: buffers[buffer] / WORD, width }));
    this.stateSize = states.reduce((sum, { width }) => sum + width, 0);
    this.#inputAt = buffers[plan.inputBuffer];
    this.#outputAt = buffers[plan.outputBuffer];
    this.#tableAt = (machine.weights + header.tableAt) / WORD;
    const frame = {
      steps: 1,
      batch: capacity,
      rows: capacity,
      active: Int32Array.of(capacity),
      offsets: Int32Array.of(0),
      dims: plan.sizes,
      buffers,
      weights: header.weightsAt.map((at) => machine.weights + at),
    };
    const written = new Int32Array(machine.memory.buffer, this.#block, words);
    writeFrame(plan, frame, written);
    this.#activeAt = written[FRAME.active];
    this.#active = new Int32Array(machine.memory.buffer, this.#activeAt, 1);
    this.renew();
    machine.attach(this);
    for (let row = 0; row < capacity; row++) this.clear(row);
  }

  renew(): void {
    const { buffer } = this.#machine.memory;
    const { input, output } = this.#header;
    this.input = new Float32Array(buffer, this.#inputAt, this.capacity * input);
    this.output = new Float32Array(buffer, this.#outputAt, this.capacity * output);
    this.#active = new Int32Array(buffer, this.#activeAt, 1);
  }

  /** Step rows 0 … n − 1. */
  run(n: number): void {
    this.#active[0] = n;
    this.#machine.forward(this.#block, 0, 1);
  }

  /**
   * Set the input of `count` rows from row `row` on: count·I numbers, or count tokens.
   *
   * Errors: `E_SHAPE`, `E_INDEX` for a token outside 0 … V − 1, `E_STREAM_INPUT` for what are no numbers and for numbers
   * that are not finite in float32. What the rows had for an input is lost then.
   */
  feed(who: string, row: number, count: number, x: number | ArrayLike<number>): void {
    const { vocabulary, input } = this.#header;
    if (vocabulary > 0) {
      if (typeof x === "number") {
        if (count !== 1) throw shapeMismatch(who, [count], [], "One token for each row.");
        this.#token(who, row, x, 0);
      } else {
        checkArray(who, x, "a token, or an array of tokens");
        if (x.length !== count) throw shapeMismatch(who, [count], [x.length], "One token for each row.");
        for (let i = 0; i < count; i++) this.#token(who, row + i, x[i], i);
      }
    } else if (typeof x === "number") {
      if (count * input !== 1) throw shapeMismatch(who, [count, input], []);
      this.input[row] = x;
      this.#finite(who, row, count);
    } else {
      checkArray(who, x, "an array of numbers");
      if (x.length !== count * input) throw shapeMismatch(who, [count, input], [x.length]);
      this.input.set(x, row * input);
      this.#finite(who, row, count);
    }
  }

  /**
   * Looks at the copy: it is in float32, and reading one's own array allocates nothing, whatever kinds of array come.
   *
   * A float64 sum of float32 numbers is finite exactly if all of them are. Four sums, because each waits for its last.
   */
  #finite(who: string, row: number, count: number): void {
    const { input: width } = this.#header;
    const { input } = this;
    const end = (row + count) * width;
    let i = row * width;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (; i < end - 3; i += 4) {
      a += input[i];
      b += input[i + 1];
      c += input[i + 2];
      d += input[i + 3];
    }
    for (; i < end; i++) a += input[i];
    if (Number.isFinite(a + b + (c + d))) return;
    i = row * width;
    while (Number.isFinite(input[i])) i++;
    throw streamInputNumber(who, Math.floor(i / width) - row, i % width, input[i]);
  }

  /** Copy one row of the states to `into`, from element `at` on. */
  read(row: number, into: Float32Array, at: number): void {
    const { floats } = this.#machine;
    for (const { at: first, width } of this.#carries) {
      const from = first + row * width;
      for (let j = 0; j < width; j++) into[at + j] = floats[from + j];
      at += width;
    }
  }

  /** Set one row of the states from `values`, from element `at` on. */
  write(row: number, values: ArrayLike<number>, at: number): void {
    const { floats } = this.#machine;
    for (const { at: first, width } of this.#carries) {
      const to = first + row * width;
      for (let j = 0; j < width; j++) floats[to + j] = values[at + j];
      at += width;
    }
  }

  /** Set one row of the states to zero, the state before the first step. */
  clear(row: number): void {
    const { floats } = this.#machine;
    for (const { at, width } of this.#carries) floats.fill(0, at + row * width, at + (row + 1) * width);
  }

  /** Exchange two rows: states, inputs and outputs. */
  swap(a: number, b: number): void {
    const { input, output } = this.#header;
    for (const { at, width } of this.#carries) this.#swap(at, width, a, b);
    this.#swap(this.#inputAt / WORD, input, a, b);
    this.#swap(this.#outputAt / WORD, output, a, b);
  }

  /** Give the memory back. */
  free(): void {
    this.#machine.detach(this);
    this.#machine.give(this.#block, this.#bytes);
  }

  #swap(at: number, width: number, a: number, b: number): void {
    const { floats } = this.#machine;
    const [first, second] = [at + a * width, at + b * width];
    for (let j = 0; j < width; j++) {
      const kept = floats[first + j];
      floats[first + j] = floats[second + j];
      floats[second + j] = kept;
    }
  }

  #token(who: string, row: number, token: number, position: number): void {
    const { vocabulary, input } = this.#header;
    if (!(Number.isInteger(token) && token >= 0 && token < vocabulary)) {
      throw indexOutOfRange(who, token, position, 0, vocabulary);
    }
    const from = this.#tableAt + token * input;
    this.#machine.floats.copyWithin(this.#inputAt / WORD + row * input, from, from + input);
  }
}

function checkArray(who: string, x: unknown, expected: string): void {
  if (typeof x !== "object" || x === null || typeof (x as { length?: unknown }).length !== "number") {
    throw streamInput(who, expected, described(x));
  }
}
