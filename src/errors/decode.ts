/** Scores and choices. */
import { HiddenstateError } from "./letter.js";

/** Scores that no choice can be made from. */
export function logitsInvalid(
  problem: "empty" | "nan" | "infinite" | "banned",
  at: number,
  who = "sample",
): HiddenstateError {
  const why = {
    empty: "there are no scores",
    nan: `score ${at} is NaN`,
    infinite: `score ${at} is +Infinity`,
    banned: "every score is −Infinity, so that nothing may be chosen",
  }[problem];
  const todo =
    problem === "banned"
      ? "Forbid less: what noRepeat (--block-repeats), banned and the filters leave is no choice at all here."
      : "The model has diverged: train it again with a smaller rate or clipped gradients.";
  return new HiddenstateError("E_LOGITS", `${who}: ${why}. ${todo}`);
}

/** Two lists that should pair up and do not. */
export function lengthMismatch(who: string, predictions: number, targets: number): HiddenstateError {
  return new HiddenstateError(
    "E_LENGTH",
    `${who}: received ${predictions} predictions for ${targets} targets. Pass one prediction per target.`,
  );
}
