import { lengthMismatch } from "../errors.js";
import { type EditCounts, editCounts } from "./edit-distance.js";
import { words } from "./words.js";

/** How far hypotheses are from their references, in edits. */
export interface ErrorRate extends EditCounts {
  /** (substitutions + deletions + insertions) / units of the references: 0 is perfect, more than 1 is possible. */
  readonly rate: number;
  /** The same over all steps of the alignment, insertions too: from 0 to 1. */
  readonly matchErrorRate: number;
  /** 1 − (hits / units of the references)·(hits / units of the hypotheses): from 0 to 1. */
  readonly informationLost: number;
}

/**
 * Word error rate: edits per word of the references, over all texts together. Case and punctuation count: normalise first
 * where they should not.
 *
 * Without any word in the references the rate is the number of words that the hypotheses have.
 *
 * Source: Morris, Maier, Green 2004 for the other two rates; jiwer 4 for empty texts.
 *
 * @param hypotheses N texts
 * @param references N texts
 * @throws E_LENGTH if the two differ in length
 * @example
 * wordErrorRate(["this test"], ["this is a test"]).rate; // 0.5
 */
export function wordErrorRate(hypotheses: readonly string[], references: readonly string[]): ErrorRate {
  return errorRate(hypotheses.map(words), references.map(words));
}

/**
 * Character error rate: edits per character of the references (code points, white space at the ends left out), over all
 * texts together.
 *
 * @throws E_LENGTH if the two differ in length
 */
export function characterErrorRate(hypotheses: readonly string[], references: readonly string[]): ErrorRate {
  const characters = (text: string): string[] => Array.from(text.trim());
  return errorRate(hypotheses.map(characters), references.map(characters));
}

/**
 * Edits per unit of the references, over all sequences together.
 *
 * @param hypotheses N sequences of anything that === compares
 * @param references N sequences
 * @throws E_LENGTH if the two differ in length
 */
export function errorRate<U>(hypotheses: readonly ArrayLike<U>[], references: readonly ArrayLike<U>[]): ErrorRate {
  if (hypotheses.length !== references.length) throw lengthMismatch("errorRate", hypotheses.length, references.length);
  let [hits, substitutions, deletions, insertions] = [0, 0, 0, 0];
  for (const [i, reference] of references.entries()) {
    const counts = editCounts(hypotheses[i], reference);
    hits += counts.hits;
    substitutions += counts.substitutions;
    deletions += counts.deletions;
    insertions += counts.insertions;
  }
  const edits = substitutions + deletions + insertions;
  const wanted = hits + substitutions + deletions;
  const made = hits + substitutions + insertions;
  const preserved = wanted === 0 && made === 0 ? 1 : (hits / Math.max(wanted, 1)) * (hits / Math.max(made, 1));
  return {
    rate: edits / Math.max(wanted, 1),
    matchErrorRate: edits / Math.max(edits + hits, 1),
    informationLost: 1 - preserved,
    hits,
    substitutions,
    deletions,
    insertions,
  };
}
