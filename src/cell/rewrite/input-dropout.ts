/** Input dropout as a rewrite: the input matrices see x through a mask. */
import type { CellDefinition } from "../define.js";
import { type GateMasks, maskedMaps } from "./masked-maps.js";

/** One mask for all gates, or one for each. */
export type InputMasks = GateMasks;

const masked = maskedMaps({
  who: "inputDropout",
  what: "input dropout",
  prefix: "input_mask",
  role: "input",
  width: "input",
  lacking: "has no matrix on its input",
});

/**
 * Variational input dropout: W·x becomes W·(x ⊙ m) for every matrix W of role `input` and of the width of x, whatever stands
 * for x there (an earlier one, one that was scaled). Where a step reads x without a matrix, x stays whole.
 *
 * m is the same at every step: inputs per sequence, each [B, I], of 0 and 1/(1 − p). `tied`: `input_mask_input`; `perGate`: one
 * for each gate, `input_mask_input_i`, and a product per gate, which is hoisted where the one was.
 * Errors: `E_REGULARISER` for a cell without such matrices, `E_VALUE` for other masks. Source: Gal & Ghahramani 2016.
 */
export function inputDropout(cell: CellDefinition, masks: InputMasks = "tied"): CellDefinition {
  return masked(cell, masks);
}
