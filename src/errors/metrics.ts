/** Figures of merit. */
import { HiddenstateError } from "./letter.js";

/** A class id outside the classes that there are. */
export function classOutside(
  who: string,
  what: "prediction" | "target",
  at: number,
  id: number,
  classes: number,
): HiddenstateError {
  return new HiddenstateError(
    "E_CLASS",
    `${who}: ${what} ${at} is class ${id}, expected an integer from 0 to ${classes - 1}. ` +
      "Pass class ids, and the number of classes that there are.",
  );
}

/** A tag that no scheme, or not the scheme at hand, knows. */
export function unknownTag(tag: string, sequence: number, place: number, scheme: string): HiddenstateError {
  return new HiddenstateError(
    "E_TAG",
    `spans: tag ${JSON.stringify(tag)} (sequence ${sequence}, place ${place}) is none of ${scheme}. ` +
      'Write "O" outside of spans and PREFIX-TYPE inside, such as "B-PER".',
  );
}

/** Rows of unequal lengths where all must have one. */
export function raggedRows(who: string, at: number, expected: number, received: number): HiddenstateError {
  return new HiddenstateError(
    "E_LENGTH",
    `${who}: row ${at} has ${received} numbers, row 0 has ${expected}. Give every row the same numbers.`,
  );
}

/** Nothing to compute a figure from. */
export function nothingToScore(who: string): HiddenstateError {
  return new HiddenstateError("E_NO_EXAMPLES", `${who}: there are no examples. Pass at least one.`);
}
