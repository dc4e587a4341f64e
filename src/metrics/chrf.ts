import { invalidValue, lengthMismatch, nothingToScore } from "../errors.js";
import type { References } from "./bleu.js";
import { refuseUnknown } from "./known-options.js";
import { countNgrams, sharedNgrams, totalNgrams } from "./ngrams.js";
import { words } from "./words.js";

/** How to compute chrF; the defaults are sacreBLEU's. */
export interface ChrfOptions {
  /** Longest run of characters (default 6). */
  readonly charOrder?: number;
  /** Longest run of words: 0 (default) is chrF, 2 is chrF++. */
  readonly wordOrder?: number;
  /** How much more recall counts than precision (default 2). */
  readonly beta?: number;
  /** Compare in lower case (default false). */
  readonly lowercase?: boolean;
  /** Let runs of characters go over white space (default false: it is taken out). */
  readonly whitespace?: boolean;
  /** Let orders that a text is too short for count as (nearly) nothing, as NLTK and chrF++.py (default: leave them out). */
  readonly epsilonSmoothing?: boolean;
}

/** chrF, and how it was computed. */
export interface ChrfScore {
  /** From 0 to 100. */
  readonly score: number;
  /** What two figures must share to be comparable: sacreBLEU's signature without its version. */
  readonly signature: string;
}

const OPTIONS = ["charOrder", "wordOrder", "beta", "lowercase", "whitespace", "epsilonSmoothing"];
const EPSILON = 1e-16;
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/**
 * chrF of a corpus: (1 + β²)·P·R / (β²·P + R), with P and R the means over orders of the share of n-grams that match.
 *
 * n-grams are counted over the corpus; of several references of a text the one with the best figure is taken.
 *
 * Source: Popović 2015 (chrF), 2017 (chrF++), sacreBLEU 2.6.
 *
 * @param hypotheses N texts
 * @param references for each hypothesis its references
 * @throws E_LENGTH if the two differ in length; E_NO_EXAMPLES without texts or without references for one of them
 * @example
 * chrf(["a cat sat"], ["the cat sat"]).score;
 */
export function chrf(
  hypotheses: readonly string[],
  references: readonly References[],
  options: ChrfOptions = {},
): ChrfScore {
  const rows = chrfRows(hypotheses, references, options);
  const totals = rows[0].slice();
  for (const row of rows.slice(1)) for (const [i, value] of row.entries()) totals[i] += value;
  const numbers = new Set(references.map((list) => (typeof list === "string" ? 1 : list.length)));
  const { charOrder = 6, wordOrder = 0, lowercase = false, whitespace = false, epsilonSmoothing = false } = options;
  const signature = [
    `nrefs:${numbers.size > 1 ? "var" : [...numbers][0]}`,
    `case:${lowercase ? "lc" : "mixed"}`,
    `eff:${epsilonSmoothing ? "no" : "yes"}`,
    `nc:${charOrder}`,
    `nw:${wordOrder}`,
    `space:${whitespace ? "yes" : "no"}`,
  ].join("|");
  return { score: chrfOfRow(totals, options), signature };
}

/**
 * What chrF knows of each text: for each order n-grams of the hypothesis, of the reference, and of both. chrF of any set of
 * texts is `chrfOfRow` of the sum of their rows.
 *
 * @returns N rows of 3·(charOrder + wordOrder) counts
 */
export function chrfRows(
  hypotheses: readonly string[],
  references: readonly References[],
  options: ChrfOptions = {},
): number[][] {
  checkOptions(options);
  if (hypotheses.length !== references.length) throw lengthMismatch("chrf", hypotheses.length, references.length);
  if (hypotheses.length === 0) throw nothingToScore("chrf");
  return hypotheses.map((text, i) => {
    const own = references[i];
    const texts = typeof own === "string" ? [own] : own;
    if (texts.length === 0) throw nothingToScore(`chrf, references of text ${i}`);
    const counted = gramsOf(text, options);
    let best: number[] = [];
    let bestScore = -1;
    for (const reference of texts) {
      const row = rowOf(counted, gramsOf(reference, options));
      const score = chrfOfRow(row, options);
      if (score > bestScore) [best, bestScore] = [row, score];
    }
    return best;
  });
}

/** chrF from counts as `chrfRows` makes them, from 0 to 100. */
export function chrfOfRow(row: readonly number[], { beta = 2, epsilonSmoothing = false }: ChrfOptions = {}): number {
  const factor = beta * beta;
  const f = (precision: number, recall: number): number => {
    const below = factor * precision + recall;
    return below > 0 ? ((1 + factor) * precision * recall) / below : 0;
  };
  const orders = row.length / 3;
  let [precisions, recalls, scores, effective] = [0, 0, 0, 0];
  for (let n = 0; n < orders; n++) {
    const [made, wanted, shared] = row.slice(3 * n, 3 * n + 3);
    const precision = made > 0 ? shared / made : EPSILON;
    const recall = wanted > 0 ? shared / wanted : EPSILON;
    scores += f(precision, recall);
    if (made === 0 || wanted === 0) continue;
    precisions += precision;
    recalls += recall;
    effective++;
  }
  if (epsilonSmoothing) return (100 * scores) / orders;
  return effective === 0 ? 0 : 100 * f(precisions / effective, recalls / effective);
}

type Grams = readonly ReadonlyMap<string, number>[];

function gramsOf(text: string, { charOrder = 6, wordOrder = 0, lowercase, whitespace }: ChrfOptions): Grams {
  const line = lowercase ? text.toLowerCase() : text;
  const characters = Array.from(whitespace ? line : words(line).join(""));
  const units = wordOrder > 0 ? words(line).flatMap(detachPunctuation) : [];
  return [
    ...Array.from({ length: charOrder }, (_, n) => countNgrams(characters, n + 1)),
    ...Array.from({ length: wordOrder }, (_, n) => countNgrams(units, n + 1)),
  ];
}

/** One mark at the end of a word, else one at its beginning, is a word of its own. */
function detachPunctuation(word: string): string[] {
  const characters = Array.from(word);
  if (characters.length === 1) return [word];
  if (PUNCTUATION.test(word.at(-1)!)) return [word.slice(0, -1), word.at(-1)!];
  if (PUNCTUATION.test(word[0])) return [word[0], word.slice(1)];
  return [word];
}

function rowOf(hypothesis: Grams, reference: Grams): number[] {
  return hypothesis.flatMap((grams, n) => {
    const wanted = totalNgrams(reference[n]);
    return [wanted > 0 ? totalNgrams(grams) : 0, wanted, sharedNgrams(grams, reference[n])];
  });
}

function checkOptions(options: ChrfOptions): void {
  refuseUnknown("chrf", options, OPTIONS);
  const { charOrder = 6, wordOrder = 0, beta = 2 } = options;
  if (!(Number.isInteger(charOrder) && charOrder > 0)) {
    throw invalidValue("chrf", "charOrder", "a positive integer", charOrder);
  }
  if (!(Number.isInteger(wordOrder) && wordOrder >= 0)) {
    throw invalidValue("chrf", "wordOrder", "an integer from 0", wordOrder);
  }
  if (!(beta > 0 && beta < Infinity)) throw invalidValue("chrf", "beta", "a positive number", beta);
}
