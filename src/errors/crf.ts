/** Chains of tags: constraints, gold sequences, decoding. */
import { HiddenstateError, knownText } from "./letter.js";

/** A label that is not of its scheme. */
export function badSpanLabel(who: string, label: string, scheme: string, expected: string): HiddenstateError {
  return new HiddenstateError(
    "E_TAG_SCHEME",
    `${who}: "${label}" is no label of ${scheme}: expected ${expected}. Use the scheme of your data, or leave constraints out.`,
  );
}

/** Constraints for another number of tags. */
export function badConstraints(who: string, what: string, tags: number, received: number): HiddenstateError {
  return new HiddenstateError(
    "E_SHAPE",
    `${who}: constraints.${what} must have ${tags} entries, one for each tag, received ${received}.`,
  );
}

/** A gold tag that is no tag. */
export function badGoldTag(who: string, sequence: number, step: number, tag: number, tags: number): HiddenstateError {
  return new HiddenstateError(
    "E_INDEX",
    `${who}: the tag at step ${step} of sequence ${sequence} is ${tag}, expected 0 … ${tags - 1}.`,
  );
}

/** A gold sequence that the constraints forbid; its probability would be 0 and its loss infinite. */
export function illegalGold(who: string, sequence: number, step: number, what: string): HiddenstateError {
  return new HiddenstateError(
    "E_TAG_SEQUENCE",
    `${who}: the gold tags of sequence ${sequence} are forbidden by the constraints at step ${step}: ${what}. ` +
      "Correct the data, convert it to the scheme of the constraints, or train without constraints and decode with them.",
  );
}

/** A length for which there is no sequence of tags at all. */
export function noLegalTags(who: string, sequence: number, steps: number): HiddenstateError {
  return new HiddenstateError(
    "E_TAG_SEQUENCE",
    `${who}: no sequence of tags of length ${steps} is possible for sequence ${sequence}: constraints, or scores that are ` +
      "−Infinity or NaN, leave none.",
  );
}

/** A scheme of span labels that there is not. */
export function unknownScheme(who: string, scheme: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError("E_VALUE", `${who}: there is no scheme "${scheme}". ${knownText(scheme, known)}`);
}
