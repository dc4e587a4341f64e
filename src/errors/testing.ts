/** Broken contracts. */
import { HiddenstateError } from "./letter.js";

/** A cell that breaks a promise of the contract: which one, on which numbers. */
export function contractBroken(cell: string, check: string, what: string): HiddenstateError {
  return new HiddenstateError("E_CONTRACT", `cellContract("${cell}"): ${check}: ${what}.`);
}
