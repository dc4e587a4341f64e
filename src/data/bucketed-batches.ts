import { batchSize, exampleLength, invalidValue } from "../errors.js";
import { Rng } from "../runtime/index.js";
import type { BatchSource } from "./batch-source.js";

/** How examples become batches; `batch`, `tokens` or both bound their size. */
export interface BucketedBatchesOptions<Example> {
  /** Most examples of a batch. */
  readonly batch?: number;
  /** Most tokens of a batch, padding included: examples × the longest of them. A longer example stands alone. */
  readonly tokens?: number;
  /** Tokens of an example, a whole number ≥ 0. */
  readonly length: (example: Example) => number;
  /** Decides the order; default 1. */
  readonly seed?: number;
  /** Another order in each epoch; default true. False: every epoch is the examples by length, equals as they stand. */
  readonly shuffle?: boolean;
}

/** Shuffled examples are sorted by length within pools of so many batches: little padding, and still much chance. */
const POOL = 50;

/**
 * Batches of examples of similar length.
 *
 * Each epoch: shuffle the examples; sort pools of 50 batches by length; cut them into batches, going on across pools; shuffle the
 * batches. All of it is decided by (seed, epoch). Every example is in one batch of each epoch; the last may be small.
 *
 * @param examples not copied
 * @throws E_VALUE for sizes that are not positive integers, or without any; E_LENGTH for an example whose length is no
 *   whole number
 *
 * @example
 * const batches = bucketedBatches(["a", "bb", "c", "dd"], { batch: 2, length: (text) => text.length, shuffle: false });
 * batches.batch(0, 1); // ["bb", "dd"]
 */
export function bucketedBatches<Example>(
  examples: readonly Example[],
  { batch, tokens, length, seed = 1, shuffle = true }: BucketedBatchesOptions<Example>,
): BatchSource<readonly Example[]> {
  if (batch === undefined && tokens === undefined) throw batchSize();
  for (const [option, value] of Object.entries({ batch, tokens })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw invalidValue("bucketedBatches", option, "a positive integer", value);
    }
  }
  const lengths = examples.map((example, i) => {
    const n = length(example);
    if (!Number.isSafeInteger(n) || n < 0) throw exampleLength(i, n);
    return n;
  });
  const rng = new Rng(seed).split("batches");
  const bounds = { batch: batch ?? Infinity, tokens: tokens ?? Infinity };
  const total = lengths.reduce((sum, n) => sum + Math.max(n, 1), 0);
  const perBatch = Math.min(
    bounds.batch,
    Math.ceil((bounds.tokens * Math.max(lengths.length, 1)) / Math.max(total, 1)),
  );
  const pool = shuffle ? perBatch * POOL : Infinity;

  let known: { epoch: number; batches: number[][] } | undefined;
  const plan = (epoch: number): number[][] => {
    if (!Number.isSafeInteger(epoch) || epoch < 0) {
      throw invalidValue("bucketedBatches", "epoch", "a non-negative integer", epoch);
    }
    const key = shuffle ? epoch : 0;
    if (known?.epoch !== key) {
      const order = lengths.map((_, i) => i);
      const chance = rng.split(epoch);
      if (shuffle) chance.shuffle(order);
      const batches = cut(sortPools(order, lengths, pool), lengths, bounds);
      known = { epoch: key, batches: shuffle ? chance.shuffle(batches) : batches };
    }
    return known.batches;
  };
  return {
    count: (epoch) => plan(epoch).length,
    batch(epoch, index) {
      const rows = plan(epoch)[index];
      if (rows === undefined)
        throw invalidValue("bucketedBatches", "index", `from 0 to below ${plan(epoch).length}`, index);
      return rows.map((i) => examples[i]);
    },
  };
}

function sortPools(order: readonly number[], lengths: readonly number[], pool: number): number[] {
  const sorted: number[] = [];
  for (let start = 0; start < order.length; start += pool) {
    const part = order.slice(start, start + pool).sort((a, b) => lengths[a] - lengths[b]);
    for (const i of part) sorted.push(i);
  }
  return sorted;
}

function cut(
  order: readonly number[],
  lengths: readonly number[],
  bounds: { readonly batch: number; readonly tokens: number },
): number[][] {
  const batches: number[][] = [];
  let rows: number[] = [];
  let longest = 0;
  for (const i of order) {
    const wider = Math.max(longest, lengths[i]);
    const full = rows.length >= bounds.batch || (rows.length + 1) * wider > bounds.tokens;
    if (rows.length > 0 && full) {
      batches.push(rows);
      rows = [];
      longest = 0;
    }
    rows.push(i);
    longest = Math.max(longest, lengths[i]);
  }
  if (rows.length > 0) batches.push(rows);
  return batches;
}
