/** Recurrent dropout as a rewrite: recurrent matrices and vectors see the state through a mask. */
import { nothingToDrop, unknownValue } from "../../errors.js";
import type { CellDefinition } from "../define.js";
import type { Node } from "../graph.js";
import { rewriteCell, remembered } from "./rewrite-cell.js";

/** One mask for all gates, or one for each. */
export type RecurrentMasks = "tied" | "perGate";

const MASKS: readonly RecurrentMasks[] = ["tied", "perGate"];

type VectorNode = Extract<Node, { readonly kind: "vector" }>;

/**
 * Variational recurrent dropout: U·h becomes U·(h ⊙ m) for every matrix U of role `recurrent`, whatever stands for h there,
 * and u ⊙ h becomes u ⊙ m ⊙ h for every vector u of role `recurrentVector`.
 *
 * m is the same at every step: inputs per sequence, each [B, width of h], of 0 and 1/(1 − p). `tied`: one for each width,
 * `recurrent_mask_hidden`; `perGate`: one for each gate too, `recurrent_mask_hidden_i`, and a product per gate.
 * Errors: `E_REGULARISER` for a cell with neither, `E_VALUE` for other masks. Source: Gal & Ghahramani 2016.
 */
export function recurrentDropout(cell: CellDefinition, masks: RecurrentMasks = "tied"): CellDefinition {
  if (!MASKS.includes(masks)) throw unknownValue("recurrentDropout", "masks", masks, MASKS);
  return dropped(cell, masks);
}

const dropped = remembered((cell: CellDefinition, masks: RecurrentMasks): CellDefinition => {
  const recurrent = (param: string): boolean => cell.params[param].role === "recurrent";
  const vector = (node: Node): node is VectorNode =>
    node.kind === "vector" && cell.params[node.param].role === "recurrentVector";
  const { nodes } = cell.trace.graph;
  const found = nodes.some((node) => (node.kind === "linear" && recurrent(node.weight.param)) || vector(node));
  if (!found)
    throw nothingToDrop(cell.name, "recurrent dropout", "has no matrix on its state, and no recurrent vector");
  return rewriteCell(cell, {
    name: `recurrent dropout ${masks}`,
    value: (id, copied, { graph, mask }) => {
      const node = nodes[id];
      if (!vector(node)) return copied;
      const gate = masks === "perGate" ? cell.params[node.param].rows.gates?.[node.block] : undefined;
      const name = gate === undefined ? node.dim : `${node.dim}_${gate}`;
      return graph.binary("mul", copied, mask(`recurrent_mask_${name}`, node.dim, "sequence"));
    },
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
