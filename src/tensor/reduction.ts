import { unknownValue } from "../errors.js";

/** How a loss per row or element becomes the result. */
export type Reduction = "mean" | "sum" | "none";

const REDUCTIONS: readonly Reduction[] = ["mean", "sum", "none"];

/** Errors: `E_VALUE` for anything that is no reduction. */
export function checkReduction(who: string, reduction: Reduction): void {
  if (!REDUCTIONS.includes(reduction)) throw unknownValue(who, "reduction", reduction, REDUCTIONS);
}
