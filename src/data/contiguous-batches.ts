import { invalidValue, textTooShort } from "../errors.js";

/** One window of every row, time-major: element [t, b] is at index t·B + b. */
export interface TokenWindow {
  /** Tokens read. Shape [T, B]. */
  readonly inputs: Int32Array;
  /** Tokens to predict: each is the one after its input in the text. Shape [T, B]. */
  readonly targets: Int32Array;
  /** Epoch this window belongs to, from 0. */
  readonly epoch: number;
  /** Place of this window in its epoch, from 0; at 0 the rows begin anew, so a carried state must be reset. */
  readonly index: number;
}

/**
 * A stream of tokens cut into B rows of equal length and read side by side, T tokens at a time, so that the state after
 * one window is the right state before the next: truncated back-propagation through time as char-rnn does it.
 *
 * Row b holds the inputs ids[b·R] … ids[b·R + R − 1] with R = T·⌊(N − 1) / (B·T)⌋; the target of an input is the token
 * after it in the text, across row ends too. Every window is full and every epoch is the same ⌊(N − 1) / (B·T)⌋ windows;
 * the last `dropped` tokens of the text are never read as inputs.
 *
 * The position is a plain number (windows taken so far), all there is to save and restore.
 *
 * @example
 * const batches = new ContiguousBatches(ids, { batch: 2, window: 3 });
 * const { inputs, targets, index } = batches.next();
 */
export class ContiguousBatches {
  /** Rows B. */
  readonly batch: number;
  /** Tokens per row and window, T. */
  readonly window: number;
  /** Windows in one epoch. */
  readonly windowsPerEpoch: number;
  /** Tokens at the end of the text that no window reads as input (the last is still a target if nothing else is dropped). */
  readonly dropped: number;
  readonly #ids: Int32Array;
  #position = 0;

  /**
   * @param ids the tokens of the text, N of them; not copied
   * @throws E_TEXT_SHORT if N < B·T + 1; E_VALUE for a batch or window that is not a positive integer
   */
  constructor(ids: Int32Array, { batch, window }: { batch: number; window: number }) {
    requirePositive("batch", batch);
    requirePositive("window", window);
    this.batch = batch;
    this.window = window;
    this.windowsPerEpoch = Math.floor((ids.length - 1) / (batch * window));
    if (this.windowsPerEpoch < 1) throw textTooShort(ids.length, batch, window);
    this.dropped = ids.length - batch * window * this.windowsPerEpoch;
    this.#ids = ids;
  }

  /** Windows taken so far, epochs included; set it to resume. */
  get position(): number {
    return this.#position;
  }

  set position(position: number) {
    requireNatural("position", position);
    this.#position = position;
  }

  /** The window at the current position; moves on by one. */
  next(): TokenWindow {
    return this.at(this.#position++);
  }

  /** The window at `position`, a pure function; arrays are fresh. */
  at(position: number): TokenWindow {
    requireNatural("position", position);
    const index = position % this.windowsPerEpoch;
    const inputs = new Int32Array(this.window * this.batch);
    const targets = new Int32Array(this.window * this.batch);
    const rowLength = this.window * this.windowsPerEpoch;
    for (let t = 0; t < this.window; t++) {
      for (let b = 0; b < this.batch; b++) {
        const source = b * rowLength + index * this.window + t;
        inputs[t * this.batch + b] = this.#ids[source];
        targets[t * this.batch + b] = this.#ids[source + 1];
      }
    }
    return { inputs, targets, epoch: Math.floor(position / this.windowsPerEpoch), index };
  }
}

function requirePositive(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw invalidValue("ContiguousBatches", option, "a positive integer", value);
}

function requireNatural(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw invalidValue("ContiguousBatches", option, "a non-negative integer", value);
  }
}
