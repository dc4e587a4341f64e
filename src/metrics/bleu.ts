import { invalidValue, lengthMismatch, nothingToScore, unknownValue } from "../errors.js";
import { exp, log } from "../runtime/float64.js";
import { BLEU_TOKENIZERS, type BleuTokenizer } from "./bleu-tokenizers.js";
import { refuseUnknown } from "./known-options.js";
import { countNgrams } from "./ngrams.js";
import { withoutTrailingSpace } from "./words.js";

/** What stands for an n-gram precision of zero, which would make the whole figure zero. */
export type BleuSmoothing = "exp" | "floor" | "add-k" | "none";

/** How to compute BLEU; the defaults are sacreBLEU's. */
export interface BleuOptions {
  /** How texts are cut into words (default "13a"). */
  readonly tokenizer?: BleuTokenizer;
  /** Compare in lower case (default false). */
  readonly lowercase?: boolean;
  /**
   * "exp" (default): half the share of one match, and half again for each further order; "floor": `smoothValue` matches
   * instead of none; "add-k": `smoothValue` more n-grams, found and made, in every order above 1.
   */
  readonly smooth?: BleuSmoothing;
  /** Default 0.1 for "floor", 1 for "add-k". */
  readonly smoothValue?: number;
  /** Leave out orders that the text is too short for; for single sentences (default false). */
  readonly effectiveOrder?: boolean;
  /** Longest n-gram (default 4). */
  readonly maxOrder?: number;
}

/** BLEU and what it came from. */
export interface BleuScore {
  /** From 0 to 100. */
  readonly score: number;
  /** Per order, in percent, smoothed. */
  readonly precisions: readonly number[];
  /** Matching n-grams per order. */
  readonly counts: readonly number[];
  /** n-grams of the hypotheses per order. */
  readonly totals: readonly number[];
  /** 1, or e^(1 − r/h) for hypotheses of h words that are shorter than their references of r. */
  readonly brevityPenalty: number;
  readonly hypothesisLength: number;
  readonly referenceLength: number;
  /** What two figures must share to be comparable: sacreBLEU's signature without its version. */
  readonly signature: string;
}

/** One text to compare with, or several that are equally good. */
export type References = string | readonly string[];

const OPTIONS = ["tokenizer", "lowercase", "smooth", "smoothValue", "effectiveOrder", "maxOrder"];
const SMOOTHING: Readonly<Record<BleuSmoothing, number>> = { exp: 0, floor: 0.1, "add-k": 1, none: 0 };

/**
 * BLEU of a corpus: brevity penalty · exp(mean over orders of log precision), from 0 to 100.
 *
 * n-grams are counted over the whole corpus, each at most as often as in the reference that has most of it; of several
 * references the one closest in length counts for the penalty, the shorter of two. With no matching word it is 0.
 *
 * Source: Papineni et al. 2002; Post 2018 and sacreBLEU 2.6 for everything that the article leaves open.
 *
 * @param hypotheses N texts, not tokenised
 * @param references for each hypothesis its references, not tokenised
 * @throws E_LENGTH if the two differ in length; E_NO_EXAMPLES without texts or without references for one of them
 * @example
 * bleu(["The dog bit the man."], [["The dog bit the man.", "The dog had bit the man."]]).score; // 100
 */
export function bleu(
  hypotheses: readonly string[],
  references: readonly References[],
  options: BleuOptions = {},
): BleuScore {
  const rows = bleuRows(hypotheses, references, options);
  const totals = rows[0].slice();
  for (const row of rows.slice(1)) for (const [i, value] of row.entries()) totals[i] += value;
  const numbers = new Set(references.map((list) => (typeof list === "string" ? 1 : list.length)));
  return { ...bleuOfRow(totals, options), signature: signature(numbers.size > 1 ? "var" : [...numbers][0], options) };
}

/**
 * BLEU of one sentence; `effectiveOrder` is on unless switched off.
 *
 * @throws as `bleu`
 */
export function sentenceBleu(hypothesis: string, references: References, options: BleuOptions = {}): BleuScore {
  return bleu([hypothesis], [references], { effectiveOrder: true, ...options });
}

/**
 * What BLEU knows of each text: hypothesis length, reference length, matching n-grams of each order, n-grams of each
 * order. BLEU of any set of texts is `bleuOfRow` of the sum of their rows, which is what resampling needs.
 *
 * @returns N rows of 2 + 2·maxOrder counts
 */
export function bleuRows(
  hypotheses: readonly string[],
  references: readonly References[],
  options: BleuOptions = {},
): number[][] {
  checkOptions(options);
  if (hypotheses.length !== references.length) throw lengthMismatch("bleu", hypotheses.length, references.length);
  if (hypotheses.length === 0) throw nothingToScore("bleu");
  const { tokenizer = "13a", lowercase = false, maxOrder = 4 } = options;
  const cut = (text: string): string[] =>
    BLEU_TOKENIZERS[tokenizer](withoutTrailingSpace(lowercase ? text.toLowerCase() : text));
  return hypotheses.map((text, i) => {
    const own = references[i];
    const texts = (typeof own === "string" ? [own] : own).map(cut);
    if (texts.length === 0) throw nothingToScore(`bleu, references of text ${i}`);
    return rowOf(cut(text), texts, maxOrder);
  });
}

/** BLEU from counts as `bleuRows` makes them; without signature, which needs the references. */
export function bleuOfRow(row: readonly number[], options: BleuOptions = {}): Omit<BleuScore, "signature"> {
  const { smooth = "exp", effectiveOrder = false, maxOrder = 4, smoothValue = SMOOTHING[smooth] } = options;
  const [hypothesisLength, referenceLength] = row;
  const counts = row.slice(2, 2 + maxOrder);
  const totals = row.slice(2 + maxOrder);
  const short = hypothesisLength < referenceLength;
  const penalty = hypothesisLength === 0 ? 0 : exp(1 - referenceLength / hypothesisLength);
  const precisions = Array.from({ length: maxOrder }, () => 0);
  let orders = maxOrder;
  let halved = 1;
  for (let n = 0; n < maxOrder && counts.some((count) => count > 0); n++) {
    const added = smooth === "add-k" && n > 0 ? smoothValue : 0;
    const total = totals[n] + added;
    if (total === 0) break;
    if (effectiveOrder) orders = n + 1;
    let matches = counts[n] + added;
    if (matches === 0 && smooth === "exp") matches = 1 / (halved *= 2);
    if (matches === 0 && smooth === "floor") matches = smoothValue;
    precisions[n] = (100 * matches) / total;
  }
  const used = precisions.slice(0, orders);
  const meanLog = used.reduce((sum, precision) => sum + log(precision), 0) / orders;
  const brevityPenalty = short ? penalty : 1;
  const score = used.every((precision) => precision > 0) ? brevityPenalty * exp(meanLog) : 0;
  return { score, precisions, counts, totals, brevityPenalty, hypothesisLength, referenceLength };
}

function rowOf(hypothesis: readonly string[], references: readonly (readonly string[])[], maxOrder: number): number[] {
  const lengths = references.map((reference) => reference.length).sort((a, b) => a - b);
  const distance = (length: number): number => Math.abs(length - hypothesis.length);
  const closest = lengths.reduce((best, length) => (distance(length) < distance(best) ? length : best));
  const row = [hypothesis.length, closest, ...Array.from({ length: 2 * maxOrder }, () => 0)];
  for (let n = 1; n <= maxOrder; n++) {
    const counted = references.map((reference) => countNgrams(reference, n));
    for (const [gram, count] of countNgrams(hypothesis, n)) {
      const most = Math.max(...counted.map((counts) => counts.get(gram) ?? 0));
      row[1 + n] += Math.min(count, most);
      row[1 + maxOrder + n] += count;
    }
  }
  return row;
}

function signature(references: number | "var", options: BleuOptions): string {
  const { tokenizer = "13a", lowercase = false, smooth = "exp", effectiveOrder = false, maxOrder = 4 } = options;
  const { smoothValue = SMOOTHING[smooth] } = options;
  const valued = smooth === "floor" || smooth === "add-k" ? `[${smoothValue.toFixed(2)}]` : "";
  const parts = [
    `nrefs:${references}`,
    `case:${lowercase ? "lc" : "mixed"}`,
    `eff:${effectiveOrder ? "yes" : "no"}`,
    `tok:${tokenizer}`,
    `smooth:${smooth}${valued}`,
  ];
  // sacreBLEU's signature has no word for another order, and a figure of another order must not pass for one of four.
  return (maxOrder === 4 ? parts : [...parts, `order:${maxOrder}`]).join("|");
}

function checkOptions(options: BleuOptions): void {
  refuseUnknown("bleu", options, OPTIONS);
  const { tokenizer = "13a", smooth = "exp", smoothValue = 1, maxOrder = 4 } = options;
  if (!Object.hasOwn(BLEU_TOKENIZERS, tokenizer)) {
    throw unknownValue("bleu", "tokenizer", tokenizer, Object.keys(BLEU_TOKENIZERS));
  }
  if (!Object.hasOwn(SMOOTHING, smooth)) throw unknownValue("bleu", "smooth", smooth, Object.keys(SMOOTHING));
  if (!(smoothValue >= 0 && smoothValue < Infinity)) {
    throw invalidValue("bleu", "smoothValue", "a number from 0", smoothValue);
  }
  if (!(Number.isInteger(maxOrder) && maxOrder > 0)) {
    throw invalidValue("bleu", "maxOrder", "a positive integer", maxOrder);
  }
}
