/** What dropout on the way into a cell's matrices shares: linear maps, and diagonal ones, that see their argument through a mask. */
import { nothingToDrop, unknownValue } from "../../errors.js";
import type { CellDefinition, ParameterRole } from "../define.js";
import type { Node, WeightRef } from "../graph.js";
import { remembered, rewriteCell } from "./rewrite-cell.js";

/** One mask for all gates, or one for each. */
export type GateMasks = "tied" | "perGate";

export const GATE_MASKS: readonly GateMasks[] = ["tied", "perGate"];

/** Which matrices of a cell are meant, and what is said of it. */
export interface MaskedMaps {
  /** The function that rewrites. */
  readonly who: string;
  /** What it does, for the name of the new cell and for errors. */
  readonly what: string;
  /** What the names of its masks begin with. */
  readonly prefix: string;
  readonly role: ParameterRole;
  /** The role of vectors that are meant too, u ⊙ v being diag(u)·v; none where it is not given. */
  readonly vectorRole?: ParameterRole;
  /** The width of the argument; any where it is not given. */
  readonly width?: string;
  /** What a cell that it can do nothing with lacks. */
  readonly lacking: string;
}

/**
 * W·u becomes W·(u ⊙ m) for every matrix W that is meant. m is the same at every step: inputs per sequence, each [B, width
 * of u]; u ⊙ v becomes u ⊙ m ⊙ v for every vector. `tied`: one for each width, `<prefix>_<width>`; `perGate`: one for each gate too, `<prefix>_<width>_<gate>`, and a
 * product per gate; a matrix or vector without gates has one in any case.
 *
 * Errors of the rewrite: `E_REGULARISER` for a cell with nothing that is meant, `E_VALUE` for other masks.
 */
export function maskedMaps(maps: MaskedMaps): (cell: CellDefinition, masks: GateMasks) => CellDefinition {
  const masked = remembered((cell: CellDefinition, masks: GateMasks) => rewritten(cell, masks, maps));
  return (cell, masks) => {
    if (!GATE_MASKS.includes(masks)) throw unknownValue(maps.who, "masks", masks, GATE_MASKS);
    return masked(cell, masks);
  };
}

type VectorNode = Extract<Node, { readonly kind: "vector" }>;

function rewritten(cell: CellDefinition, masks: GateMasks, maps: MaskedMaps): CellDefinition {
  const { what, prefix, role, vectorRole, width, lacking } = maps;
  const meant = ({ param, colDim }: WeightRef): boolean =>
    cell.params[param].role === role && (width === undefined || colDim === width);
  const vector = (node: Node): node is VectorNode =>
    node.kind === "vector" && cell.params[node.param].role === vectorRole;
  const { nodes } = cell.trace.graph;
  const found = nodes.some((node) => (node.kind === "linear" && meant(node.weight)) || vector(node));
  if (!found) throw nothingToDrop(cell.name, what, lacking);
  return rewriteCell(cell, {
    name: `${what} ${masks}`,
    value: (id, copied, { graph, mask }) => {
      const node = nodes[id];
      if (!vector(node)) return copied;
      const gate = masks === "perGate" ? cell.params[node.param].rows.gates?.[node.block] : undefined;
      const name = gate === undefined ? node.dim : `${node.dim}_${gate}`;
      return graph.binary("mul", copied, mask(`${prefix}_${name}`, node.dim, "sequence"));
    },
    linear: ({ args, weight, dim }, { graph, idOf, mask }) => {
      if (!meant(weight)) return undefined;
      const { colDim, firstBlock, blocks } = weight;
      const { gates } = cell.params[weight.param].rows;
      const of = (name: string): number =>
        graph.binary("mul", idOf(args[0]), mask(`${prefix}_${name}`, colDim, "sequence"));
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
}
