import { log, type Rng } from "../../runtime/index.js";
import { requireWhole } from "./sizes.js";

/** Tokens in, tokens to be told at the same step. */
export interface CopyBatch {
  /** 0 … symbols−1, then blanks (`symbols`) and one mark (`symbols` + 1). Shape [T + 2·length, B]. */
  readonly inputs: Int32Array;
  /** Blank at all but the last `length` steps, which want the first inputs again. Shape [T + 2·length, B]. */
  readonly targets: Int32Array;
}

/** Sizes of the copy memory problem. */
export interface CopyOptions {
  /** T ≥ 1: steps from the end of the symbols to the mark, which is the last of them. */
  readonly delay: number;
  /** B ≥ 1. */
  readonly batch: number;
  /** Symbols to remember, default 10. */
  readonly length?: number;
  /** Kinds of symbols, default 8. */
  readonly symbols?: number;
}

/**
 * The copy memory problem: `length` random symbols, T − 1 blanks, a mark, `length` blanks; the symbols are to be repeated
 * after the mark, and blank is the answer before.
 *
 * With the defaults inputs are 0 … 9, answers 0 … 8, in sequences of T + 20.
 *
 * Errors: `E_VALUE` for sizes out of range. Source: Hochreiter & Schmidhuber 1997; this form is that of Arjovsky, Shah &
 * Bengio 2016, "Unitary evolution recurrent neural networks".
 *
 * @example
 * const { inputs, targets } = copyMemory({ delay: 200, batch: 128 }, new Rng(1));
 */
export function copyMemory({ delay, batch, length = 10, symbols = 8 }: CopyOptions, rng: Rng): CopyBatch {
  requireWhole("copyMemory", { delay, batch, length, symbols }, 1);
  const steps = delay + 2 * length;
  const inputs = new Int32Array(steps * batch).fill(symbols);
  const targets = new Int32Array(steps * batch).fill(symbols);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < length; t++) {
      const symbol = rng.integer(symbols);
      inputs[t * batch + b] = symbol;
      targets[(delay + length + t) * batch + b] = symbol;
    }
    inputs[(delay + length - 1) * batch + b] = symbols + 1;
  }
  return { inputs, targets };
}

/**
 * Mean cross-entropy, in nats, of an answer without memory: blank until the mark, then any symbol.
 *
 *   length·ln(symbols) / (T + 2·length), with the defaults 10·ln 8 / (T + 20)
 */
export function copyBaseline({ delay, length = 10, symbols = 8 }: Omit<CopyOptions, "batch">): number {
  return (length * log(symbols)) / (delay + 2 * length);
}
