import { requireWhole } from "./sizes.js";

/** Strings of a counting language, to be read symbol by symbol and foretold. */
export interface CountingBatch {
  /** The end mark, as a start, then the string: blocks 0, 1, … `blocks`−1; padded with the end mark. Shape [T, B]. */
  readonly inputs: Int32Array;
  /** The string, then the end mark (`blocks`); −100 after it. Shape [T, B]. */
  readonly targets: Int32Array;
  /** The targets that follow from what was read: all from the second symbol of the second block on; −100 elsewhere. */
  readonly determined: Int32Array;
  /** Steps of each string, blocks·n + 1. */
  readonly lengths: number[];
}

/**
 * aⁿbⁿcⁿ and its relatives (`blocks` 2: aⁿbⁿ, 3 by default, …), one string for each n of `counts`: predict the next symbol.
 *
 * How many a come is open; then everything is determined, if n has been counted. A string counts as right when every
 * determined symbol is the likeliest one. For blocks ≥ 3 the language is not context-free.
 *
 * Errors: `E_VALUE` for counts that are not whole numbers from 1. Source: Gers & Schmidhuber 2001, "LSTM recurrent networks
 * learn simple context-free and context-sensitive languages".
 *
 * @example
 * const { inputs, targets, lengths } = countingStrings({ counts: [1, 7, 40] });
 */
export function countingStrings({
  counts,
  blocks = 3,
}: {
  readonly counts: readonly number[];
  readonly blocks?: number;
}): CountingBatch {
  requireWhole("countingStrings", { blocks }, 2);
  requireWhole("countingStrings", { "number of counts": counts.length }, 1);
  counts.forEach((n, i) => requireWhole("countingStrings", { [`counts[${i}]`]: n }, 1));
  const batch = counts.length;
  const lengths = counts.map((n) => blocks * n + 1);
  const steps = Math.max(...lengths);
  const inputs = new Int32Array(steps * batch).fill(blocks);
  const targets = new Int32Array(steps * batch).fill(-100);
  const determined = new Int32Array(steps * batch).fill(-100);
  counts.forEach((n, b) => {
    for (let t = 0; t < lengths[b]; t++) {
      const symbol = Math.floor(t / n);
      targets[t * batch + b] = symbol;
      if (t > n) determined[t * batch + b] = symbol;
      if (t + 1 < lengths[b]) inputs[(t + 1) * batch + b] = symbol;
    }
  });
  return { inputs, targets, determined, lengths };
}
