/** A cell without its biases, as a rewrite: every one of them is the number 0, and what that leaves is folded. */
import { badDefinition } from "../../errors.js";
import type { CellDefinition } from "../define.js";
import type { Graph, Node, NodeId } from "../graph.js";
import { remembered, rewriteCell } from "./rewrite-cell.js";

/** Whether a cell has parameters of role bias. */
export function hasBias({ params }: CellDefinition): boolean {
  return Object.values(params).some(({ role }) => role === "bias");
}

/**
 * The cell without its parameters of role `bias`: the values and gradients of one whose biases are 0, PyTorch's `bias=False`.
 *
 * A cell that has none is returned as it is. Errors: `E_CELL` where a matrix sees nothing but biases.
 */
export function withoutBias(cell: CellDefinition): CellDefinition {
  return hasBias(cell) ? bare(cell, null) : cell;
}

const bare = remembered<null>((cell) => {
  const old = cell.trace.graph;
  const rewritten = rewriteCell(cell, {
    name: "without bias",
    node: (node, args, { graph }) => {
      if (node.kind === "vector") return cell.params[node.param].role === "bias" ? graph.constant(0) : undefined;
      const { op } = node as { readonly op?: string };
      // A number where there was a row.
      const lost =
        "args" in node && node.args.some((arg, i) => old.node(arg).dim !== null && graph.node(args[i]).dim === null);
      if (!lost) return undefined;
      const folded = foldedNode(node, args, graph, old);
      if (folded !== undefined) return folded;
      throw badDefinition(cell.name, `without its biases nothing is left of what its ${op ?? node.kind} reads`);
    },
  });
  const params = Object.fromEntries(Object.entries(cell.params).filter(([, { role }]) => role !== "bias"));
  return { ...rewritten, params };
});

/** A node some of whose rows have become numbers; undefined where it needs them. */
function foldedNode(node: Node, args: readonly NodeId[], graph: Graph, old: Graph): NodeId | undefined {
  if (node.kind === "unary") return graph.unary(node.op, args[0]);
  if (node.kind === "binary") return graph.binary(node.op, args[0], args[1]);
  if (node.kind === "select") return graph.select(args[0], args[1], args[2]);
  if (node.kind === "stop") return args[0];
  if (node.kind === "columnMean") return graph.columnMean(args[0], node.dim);
  if (node.kind !== "reduce") return undefined;
  // The sum over the units of a number is as many of them.
  const { dim } = old.node(node.args[0]);
  return node.op === "rowMax" || dim === null ? args[0] : graph.binary("mul", args[0], graph.size(dim));
}
