import type { Score } from "./events.js";
import { isBetter } from "./score.js";

/** How a training stands: its best evaluation, and how long it has waited for a better one. Plain JSON. */
export interface Standing {
  /** The best evaluation: its objective and its loss; null before the first whose objective is a number. */
  readonly best: { readonly step: number; readonly value: number; readonly loss: number } | null;
  /** What an evaluation must be better than, by `minDelta`, to count as progress. */
  readonly reference: number | null;
  /** Evaluations since the last that did. */
  readonly waited: number;
}

/** Before the first evaluation. */
export const NO_STANDING: Standing = { best: null, reference: null, waited: 0 };

/**
 * How it stands after an evaluation; it is the best if it is better than every other, however little, and of equals the one
 * with the lower loss: few held-out examples make many ties.
 *
 * @param minDelta what counts as no progress
 */
export function standingAfter(
  { best, reference, waited }: Standing,
  { objective, loss }: Score,
  step: number,
  minDelta: number,
): Standing {
  const progress = isBetter(objective, reference, minDelta);
  const first = isBetter(objective, best?.value ?? null) || (objective.value === best?.value && loss < best.loss);
  return {
    best: first ? { step, value: objective.value, loss } : best,
    reference: progress ? objective.value : reference,
    waited: progress ? 0 : waited + 1,
  };
}
