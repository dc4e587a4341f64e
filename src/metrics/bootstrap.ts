import { invalidValue, lengthMismatch, nothingToScore, raggedRows } from "../errors.js";
import type { Rng } from "../runtime/random.js";
import { refuseUnknown } from "./known-options.js";

/** A figure, and between which values it would lie for other examples of the same kind. */
export interface Interval {
  /** The figure of all examples. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Share of resamplings between the two, e.g. 0.95. */
  readonly level: number;
}

/** How to resample. */
export interface BootstrapOptions {
  /** Source of the resamplings; one seed, one interval. */
  readonly rng: Rng;
  /** Resamplings (default 1000). */
  readonly samples?: number;
  /** Share of resamplings in the interval (default 0.95). */
  readonly level?: number;
}

/** What is compared: each example's counts, and the figure that sums of such counts give. */
export type RowScore = (totals: readonly number[]) => number;

/**
 * The figure of all examples with a confidence interval: percentiles of the figure over resamplings of the examples with
 * replacement.
 *
 * The figure is a function of sums, as those of a whole corpus are: rows of [right, 1] and a quotient for an accuracy,
 * `bleuRows` and `bleuOfRow` for BLEU, [nats, predictions] for a perplexity. Examples are what is independent of each other: sentences
 * or documents, not words. Percentiles are interpolated; resamplings whose figure is NaN do not count.
 *
 * Source: Efron 1979; Koehn 2004 for translations.
 *
 * @param rows N rows of S numbers
 * @param score the figure of a row of sums
 * @throws E_NO_EXAMPLES without rows; E_LENGTH for rows of different lengths
 * @example
 * bootstrapInterval([[1, 1], [0, 1], [1, 1]], ([right, all]) => right / all, { rng: new Rng(1) });
 */
export function bootstrapInterval(
  rows: readonly ArrayLike<number>[],
  score: RowScore,
  options: BootstrapOptions,
): Interval {
  const { rng, samples, level } = settled("bootstrapInterval", options);
  const table = tableOf("bootstrapInterval", rows);
  const figures: number[] = [];
  for (let k = 0; k < samples; k++) figures.push(score(sumOf(table, draw(rows.length, rng))));
  return { value: score(sumOf(table)), ...middle(figures, level), level };
}

/** How much better one system is than another on the same examples. */
export interface PairedDifference extends Interval {
  /** How often chance alone would make a difference this large, were there none. */
  readonly p: number;
}

/**
 * The difference of two systems' figures, with an interval and a p-value: both are resampled together.
 *
 * p is the share of resamplings whose difference is at least as far from the mean of all differences as the observed one
 * is from 0 (two-sided), one added to both counts. Two equal systems have p = 1.
 *
 * Source: Koehn 2004; Riezler and Maxwell 2005 for the shift; sacreBLEU's `--paired-bs`.
 *
 * @param first N rows of S numbers of one system
 * @param second N rows of S numbers of the other, for the same examples
 * @returns figure of the first − figure of the second
 * @throws E_LENGTH if the two differ in length; E_NO_EXAMPLES without rows
 */
export function pairedBootstrap(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
  score: RowScore,
  options: BootstrapOptions,
): PairedDifference {
  const { rng, samples, level } = settled("pairedBootstrap", options);
  if (first.length !== second.length) throw lengthMismatch("pairedBootstrap", first.length, second.length);
  const [a, b] = [tableOf("pairedBootstrap", first), tableOf("pairedBootstrap", second)];
  const value = score(sumOf(a)) - score(sumOf(b));
  const differences: number[] = [];
  for (let k = 0; k < samples; k++) {
    const chosen = draw(first.length, rng);
    differences.push(score(sumOf(a, chosen)) - score(sumOf(b, chosen)));
  }
  const known = differences.filter((difference) => !Number.isNaN(difference));
  const mean = known.reduce((sum, difference) => sum + difference, 0) / known.length;
  const extreme = known.filter((difference) => Math.abs(difference - mean) >= Math.abs(value)).length;
  return { value, ...middle(known, level), level, p: (extreme + 1) / (known.length + 1) };
}

function settled(who: string, options: BootstrapOptions): Required<BootstrapOptions> {
  refuseUnknown(who, options, ["rng", "samples", "level"]);
  const { rng, samples = 1000, level = 0.95 } = options;
  if (!(Number.isSafeInteger(samples) && samples > 0))
    throw invalidValue(who, "samples", "a positive integer", samples);
  if (!(level > 0 && level < 1)) throw invalidValue(who, "level", "between 0 and 1", level);
  return { rng, samples, level };
}

/** Rows one after the other: resampling reads them a million times. */
interface Table {
  readonly values: Float64Array;
  readonly rows: number;
  readonly width: number;
}

function tableOf(who: string, rows: readonly ArrayLike<number>[]): Table {
  if (rows.length === 0) throw nothingToScore(who);
  const width = rows[0].length;
  const values = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    if (row.length !== width) throw raggedRows(who, i, width, row.length);
    values.set(row, i * width);
  }
  return { values, rows: rows.length, width };
}

function draw(rows: number, rng: Rng): Int32Array {
  const chosen = new Int32Array(rows);
  for (let i = 0; i < rows; i++) chosen[i] = rng.integer(rows);
  return chosen;
}

function sumOf({ values, rows, width }: Table, chosen?: Int32Array): number[] {
  const sums = Array.from({ length: width }, () => 0);
  for (let i = 0; i < rows; i++) {
    const from = (chosen === undefined ? i : chosen[i]) * width;
    for (let s = 0; s < width; s++) sums[s] += values[from + s];
  }
  return sums;
}

function middle(figures: readonly number[], level: number): { low: number; high: number } {
  const sorted = Float64Array.from(figures.filter((figure) => !Number.isNaN(figure))).sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const lower = sorted[below] ?? NaN;
    return lower + (place - below) * ((sorted[below + 1] ?? lower) - lower);
  };
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
