import { lengthMismatch, nothingToScore } from "../errors.js";
import type { References } from "./bleu.js";
import { refuseUnknown } from "./known-options.js";
import { countNgrams, sharedNgrams, totalNgrams } from "./ngrams.js";
import { porterStem } from "./porter-stemmer.js";

/** Share of the hypothesis that is in the reference, share of the reference that is in the hypothesis, harmonic mean. */
export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** ROUGE by words, by pairs of words, by the longest common subsequence of texts, and of their lines. */
export interface RougeScores {
  readonly rouge1: RougeScore;
  readonly rouge2: RougeScore;
  /** Line breaks are white space. */
  readonly rougeL: RougeScore;
  /** Every line of the reference against all lines of the hypothesis: for summaries, a sentence a line. */
  readonly rougeLsum: RougeScore;
}

/** How to compute ROUGE. */
export interface RougeOptions {
  /** Compare stems of English words (Porter; default false). */
  readonly stem?: boolean;
}

const KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"] as const;

/**
 * ROUGE of one text, each figure from 0 to 1; of several references the one with the best F1 is taken, for each figure.
 *
 * Texts are lower-cased, and all but a–z and 0–9 is white space: ROUGE is made for English.
 *
 * Source: Lin 2004; Google's rouge-score for everything that the article leaves open.
 *
 * @throws E_NO_EXAMPLES without references
 * @example
 * rouge("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog").rouge1.precision; // 0.75
 */
export function rouge(hypothesis: string, references: References, options: RougeOptions = {}): RougeScores {
  refuseUnknown("rouge", options, ["stem"]);
  const texts = typeof references === "string" ? [references] : references;
  if (texts.length === 0) throw nothingToScore("rouge, references");
  const all = texts.map((reference) => ofPair(hypothesis, reference, options.stem ?? false));
  const best = (kind: keyof RougeScores): RougeScore =>
    all.map((scores) => scores[kind]).reduce((a, b) => (b.f1 > a.f1 ? b : a));
  return { rouge1: best("rouge1"), rouge2: best("rouge2"), rougeL: best("rougeL"), rougeLsum: best("rougeLsum") };
}

/**
 * Means of ROUGE over texts.
 *
 * @param hypotheses N texts
 * @param references for each hypothesis its references
 * @throws E_LENGTH if the two differ in length; E_NO_EXAMPLES without texts, or without references for one
 */
export function meanRouge(
  hypotheses: readonly string[],
  references: readonly References[],
  options: RougeOptions = {},
): RougeScores {
  if (hypotheses.length !== references.length) throw lengthMismatch("meanRouge", hypotheses.length, references.length);
  if (hypotheses.length === 0) throw nothingToScore("meanRouge");
  const all = hypotheses.map((text, i) => rouge(text, references[i], options));
  const mean = (kind: keyof RougeScores, figure: keyof RougeScore): number =>
    all.reduce((sum, scores) => sum + scores[kind][figure], 0) / all.length;
  const means = KINDS.map((kind): [string, RougeScore] => [
    kind,
    { precision: mean(kind, "precision"), recall: mean(kind, "recall"), f1: mean(kind, "f1") },
  ]);
  return Object.fromEntries(means) as unknown as RougeScores;
}

function ofPair(hypothesis: string, reference: string, stem: boolean): RougeScores {
  const made = cut(hypothesis, stem);
  const wanted = cut(reference, stem);
  const lines = (text: string): string[][] =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => cut(line, stem));
  return {
    rouge1: byNgrams(made, wanted, 1),
    rouge2: byNgrams(made, wanted, 2),
    rougeL: scoreOf(commonLength(made, wanted), made.length, wanted.length),
    rougeLsum: byLines(lines(hypothesis), lines(reference)),
  };
}

/** Short words have no endings to lose. */
function cut(text: string, stem: boolean): string[] {
  const found = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return stem ? found.map((word) => (word.length > 3 ? porterStem(word) : word)) : [...found];
}

function byNgrams(made: readonly string[], wanted: readonly string[], order: number): RougeScore {
  const [a, b] = [countNgrams(made, order), countNgrams(wanted, order)];
  return scoreOf(sharedNgrams(a, b), totalNgrams(a), totalNgrams(b));
}

/** A word counts once for each time that both texts have it, however many lines share it. */
function byLines(made: readonly (readonly string[])[], wanted: readonly (readonly string[])[]): RougeScore {
  const left = [countNgrams(made.flat(), 1), countNgrams(wanted.flat(), 1)];
  let hits = 0;
  for (const line of wanted) {
    const places = new Set(made.flatMap((other) => commonPlaces(other, line)));
    for (const place of [...places].sort((a, b) => a - b)) {
      const word = line[place];
      if (left.some((counts) => (counts.get(word) ?? 0) === 0)) continue;
      hits++;
      for (const counts of left) counts.set(word, counts.get(word)! - 1);
    }
  }
  return scoreOf(hits, made.flat().length, wanted.flat().length);
}

function scoreOf(shared: number, made: number, wanted: number): RougeScore {
  const precision = shared / Math.max(made, 1);
  const recall = shared / Math.max(wanted, 1);
  return { precision, recall, f1: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Length of a longest common subsequence, in the memory of a row: texts may be long where lines are not. */
function commonLength(made: readonly string[], wanted: readonly string[]): number {
  const longest = new Int32Array(made.length + 1);
  for (const word of wanted) {
    let corner = 0;
    for (let j = 1; j <= made.length; j++) {
      const above = longest[j];
      longest[j] = word === made[j - 1] ? corner + 1 : Math.max(above, longest[j - 1]);
      corner = above;
    }
  }
  return longest[made.length];
}

/** Places of `wanted` in a longest common subsequence; of several the one that ROUGE-1.5.5 finds, which walks from the end. */
function commonPlaces(made: readonly string[], wanted: readonly string[]): number[] {
  const width = made.length + 1;
  const longest = new Int32Array((wanted.length + 1) * width);
  for (let i = 1; i <= wanted.length; i++) {
    for (let j = 1; j <= made.length; j++) {
      const at = i * width + j;
      longest[at] =
        wanted[i - 1] === made[j - 1] ? longest[at - width - 1] + 1 : Math.max(longest[at - width], longest[at - 1]);
    }
  }
  const places: number[] = [];
  for (let i = wanted.length, j = made.length; i > 0 && j > 0;) {
    const at = i * width + j;
    if (wanted[i - 1] === made[j - 1]) {
      places.push(--i);
      j--;
    } else if (longest[at - 1] > longest[at - width]) j--;
    else i--;
  }
  return places.reverse();
}
