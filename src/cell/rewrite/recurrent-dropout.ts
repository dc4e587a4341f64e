/** Recurrent dropout as a rewrite: the recurrent matrices see the state through a mask. */
import { nothingToDrop, unknownValue } from "../../errors.js";
import type { CellDefinition } from "../define.js";
import { rewriteCell, remembered } from "./rewrite-cell.js";

/** One mask for all gates, or one for each. */
export type RecurrentMasks = "tied" | "perGate";

const MASKS: readonly RecurrentMasks[] = ["tied", "perGate"];

/**
 * Variational recurrent dropout: U·h becomes U·(h ⊙ m) for every matrix U of role `recurrent`, whatever stands for h there.
 *
 * m is the same at every step: inputs per sequence, each [B, width of h], of 0 and 1/(1 − p). `tied`: one for each width,
 * `recurrent_mask_hidden`; `perGate`: one for each gate too, `recurrent_mask_hidden_i`, and a product per gate.
 * Errors: `E_REGULARISER` for a cell without such matrices, `E_VALUE` for other masks. Source: Gal & Ghahramani 2016.
 */
export function recurrentDropout(cell: CellDefinition, masks: RecurrentMasks = "tied"): CellDefinition {
  if (!MASKS.includes(masks)) throw unknownValue("recurrentDropout", "masks", masks, MASKS);
  return dropped(cell, masks);
}

const dropped = remembered((cell: CellDefinition, masks: RecurrentMasks): CellDefinition => {
  const recurrent = (param: string): boolean => cell.params[param].role === "recurrent";
  const found = cell.trace.graph.nodes.some((node) => node.kind === "linear" && recurrent(node.weight.param));
  if (!found) throw nothingToDrop(cell.name, "recurrent dropout", "has no matrix on its state");
  return rewriteCell(cell, {
    name: `recurrent dropout ${masks}`,
    linear: ({ args, weight, dim }, { graph, idOf, mask }) => {
      if (!recurrent(weight.param)) return undefined;
      const { colDim, firstBlock, blocks } = weight;
      const { gates } = cell.params[weight.param].rows;
      const of = (name: string): number =>
        graph.binary("mul", idOf(args[0]), mask(`recurrent_mask_${name}`, colDim, "sequence"));
      const map = (u: number, first: number, count: number): number =>
        graph.add({
          kind: "linear",
          args: [u],
          weight: { ...weight, firstBlock: first, blocks: count },
          transposed: false,
          dim,
        });
      if (masks === "tied" || gates === null) {
        const whole = map(of(colDim), firstBlock, blocks);
        return Array.from({ length: blocks }, (_, k) => graph.block(whole, k));
      }
      return Array.from({ length: blocks }, (_, k) =>
        graph.block(map(of(`${colDim}_${gates[firstBlock + k]}`), firstBlock + k, 1), 0),
      );
    },
  });
});
