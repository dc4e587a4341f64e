/** Recurrent dropout as a rewrite: recurrent matrices and vectors see the state through a mask. */
import type { CellDefinition } from "../define.js";
import { type GateMasks, maskedMaps } from "./masked-maps.js";

/** One mask for all gates, or one for each. */
export type RecurrentMasks = GateMasks;

const masked = maskedMaps({
  who: "recurrentDropout",
  what: "recurrent dropout",
  prefix: "recurrent_mask",
  role: "recurrent",
  vectorRole: "recurrentVector",
  lacking: "has no matrix on its state, and no recurrent vector",
});

/**
 * Variational recurrent dropout: U·h becomes U·(h ⊙ m) for every matrix U of role `recurrent`, whatever stands for h there,
 * and u ⊙ h becomes u ⊙ m ⊙ h for every vector u of role `recurrentVector`.
 *
 * m is the same at every step: inputs per sequence, each [B, width of h], of 0 and 1/(1 − p). `tied`: one for each width,
 * `recurrent_mask_hidden`; `perGate`: one for each gate too, `recurrent_mask_hidden_i`, and a product per gate.
 * Errors: `E_REGULARISER` for a cell with neither, `E_VALUE` for other masks. Source: Gal & Ghahramani 2016.
 */
export function recurrentDropout(cell: CellDefinition, masks: RecurrentMasks = "tied"): CellDefinition {
  return masked(cell, masks);
}
