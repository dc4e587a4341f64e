import { invalidValue } from "../errors.js";

/**
 * Cut a text into its first part, to train on, and its last part, to validate on: ⌊N·(1 − valid)⌋ tokens and the rest.
 *
 * @param ids tokens of the text, N of them; the parts are views of it
 * @param valid share of the text kept for validation, 0 ≤ valid < 1; with 0 the second part is empty
 * @throws E_VALUE for a share outside its range
 */
export function splitText(ids: Int32Array, valid: number): { train: Int32Array; valid: Int32Array } {
  if (!(valid >= 0 && valid < 1)) throw invalidValue("splitText", "valid", "a share from 0 to less than 1", valid);
  const cut = Math.floor(ids.length * (1 - valid));
  return { train: ids.subarray(0, cut), valid: ids.subarray(cut) };
}
