/** Update dropout as a rewrite: what a step would write into its state is dropped, what the state holds is not. */
import { nothingToDrop, unknownValue } from "../../errors.js";
import type { CellDefinition, InputSpec } from "../define.js";
import { remembered, rewriteCell } from "./rewrite-cell.js";

const MASKS: readonly InputSpec["per"][] = ["step", "sequence"];

/**
 * Update dropout: every `candidate` g of the step becomes g ⊙ m, in all its uses.
 *
 * m [B, width of g] per sequence or new at every step, of 0 and 1/(1 − p): input `update_mask`, and `update_mask_2` … where
 * a step has several candidates. Errors: `E_REGULARISER` for a cell that names no candidate, `E_VALUE` for other masks.
 * Source: Semeniuta, Severyn & Barth 2016.
 */
export function updateDropout(cell: CellDefinition, per: InputSpec["per"] = "step"): CellDefinition {
  if (!MASKS.includes(per)) throw unknownValue("updateDropout", "masks per", per, MASKS);
  return dropped(cell, per);
}

const dropped = remembered((cell: CellDefinition, per: InputSpec["per"]): CellDefinition => {
  const { candidates, graph: old } = cell.trace;
  if (candidates.length === 0) throw nothingToDrop(cell.name, "update dropout", "names no candidate");
  return rewriteCell(cell, {
    name: `update dropout per ${per}`,
    value: (id, copied, { graph, mask }) => {
      const at = candidates.indexOf(id);
      const { dim } = old.node(id);
      if (at < 0 || dim === null) return copied;
      return graph.binary("mul", copied, mask(at === 0 ? "update_mask" : `update_mask_${at + 1}`, dim, per));
    },
  });
});
