import type { Rng } from "../../runtime/index.js";
import { requireSpan, requireWhole } from "./sizes.js";

/** Strings of bits and whether their ones are odd in number. */
export interface ParityBatch {
  /** 0 or 1; 0 after the end. Shape [T, B], T the longest of the batch. */
  readonly inputs: Int32Array;
  /** Bits of each string. */
  readonly lengths: number[];
  /** 1 where the ones are odd in number. Shape [B]. */
  readonly targets: Int32Array;
  /** The same of every prefix, −100 after the end: an easier lesson. Shape [T, B]. */
  readonly prefixes: Int32Array;
}

/**
 * Parity: fair bits, lengths uniform in `lengths` (both ends included); one answer for the whole string.
 *
 * A regular language, so that one bit of state is enough for strings of any length: train on short ones, test on long.
 *
 * Errors: `E_VALUE` for sizes out of range. Source: Minsky & Papert 1969; as a test of generalisation to longer strings
 * Delétang et al. 2022, "Neural networks and the Chomsky hierarchy".
 *
 * @example
 * const { inputs, lengths, targets } = parity({ lengths: [3, 40], batch: 128 }, new Rng(1));
 */
export function parity(
  { lengths: span, batch }: { readonly lengths: readonly [shortest: number, longest: number]; readonly batch: number },
  rng: Rng,
): ParityBatch {
  requireSpan("parity", "lengths", span);
  requireWhole("parity", { batch }, 1);
  const lengths = Array.from({ length: batch }, () => span[0] + rng.integer(span[1] - span[0] + 1));
  const steps = Math.max(...lengths);
  const inputs = new Int32Array(steps * batch);
  const prefixes = new Int32Array(steps * batch).fill(-100);
  const targets = new Int32Array(batch);
  lengths.forEach((length, b) => {
    for (let t = 0; t < length; t++) {
      const bit = rng.integer(2);
      targets[b] ^= bit;
      inputs[t * batch + b] = bit;
      prefixes[t * batch + b] = targets[b];
    }
  });
  return { inputs, lengths, targets, prefixes };
}
