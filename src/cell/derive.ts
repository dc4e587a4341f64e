/**
 * The backward step of a cell, derived from its forward graph: reverse-mode differentiation, symbol by symbol, with one
 * rule per operator (rules.ts). Arguments have smaller numbers than their users, so one descending walk is enough.
 *
 *   carry[s] = ∂L/∂(s entering the step)   inputs[x] = ∂L/∂x   and what the parameter gradients are made of:
 *   dW = Σ_rows dYᵀ·u for every linear map, dv = Σ_rows node for every block of a parameter vector.
 */
import type { CellDefinition } from "./define.js";
import type { Graph, NodeId, WeightRef } from "./graph.js";
import { BINARY_RULES, UNARY_RULES } from "./rules.js";

export interface Derivation {
  /** Forward nodes keep their numbers, 0 … forwardCount − 1; backward nodes follow. */
  readonly graph: Graph;
  readonly forwardCount: number;
  readonly next: Readonly<Record<string, NodeId>>;
  readonly output: NodeId;
  readonly carry: Readonly<Record<string, NodeId>>;
  readonly inputs: Readonly<Record<string, NodeId>>;
  readonly weights: readonly { readonly weight: WeightRef; readonly dY: readonly NodeId[]; readonly u: NodeId }[];
  readonly vectors: readonly {
    readonly param: string;
    readonly block: number;
    readonly dim: string;
    readonly node: NodeId;
  }[];
}

export function derive(cell: CellDefinition): Derivation {
  const graph = cell.trace.graph.copy();
  const { next, output } = cell.trace;
  const forwardCount = graph.nodes.length;
  const zero = (): NodeId => graph.constant(0);
  const contributions = new Map<NodeId, NodeId[]>();

  /** Add to ∂L/∂target; a number per row that was broadcast collects the sum over its row. */
  const contribute = (target: NodeId, d: NodeId | null): void => {
    if (d === null || graph.constantOf(d) === 0) return;
    const node = graph.node(target);
    if (node.kind === "constant" || node.kind === "stop") return;
    const narrowed = node.dim === null && graph.node(d).dim !== null ? graph.reduce("rowSum", d) : d;
    const list = contributions.get(target);
    if (list === undefined) contributions.set(target, [narrowed]);
    else list.push(narrowed);
  };
  const gradientOf = (id: NodeId): NodeId | null => {
    const list = contributions.get(id);
    return list === undefined ? null : list.reduce((sum, d) => graph.binary("add", sum, d));
  };

  for (const { name, dim } of cell.states) {
    contribute(next[name], graph.add({ kind: "seed", of: "carry", name, dim }));
  }
  contribute(output, graph.add({ kind: "seed", of: "output", name: "output", dim: cell.outputDim }));

  const carry: Record<string, NodeId> = {};
  const inputs: Record<string, NodeId> = {};
  const weights: { weight: WeightRef; dY: NodeId[]; u: NodeId }[] = [];
  const vectors: { param: string; block: number; dim: string; node: NodeId }[] = [];
  const blockGradients = new Map<NodeId, NodeId[]>();

  for (let id = forwardCount - 1; id >= 0; id--) {
    const node = graph.node(id);
    if (node.kind === "linear") {
      const found = blockGradients.get(id);
      if (found === undefined) continue;
      const dY = Array.from({ length: node.weight.blocks }, (_, k) => found[k] ?? zero());
      weights.push({ weight: node.weight, dY, u: node.args[0] });
      const { weight } = node;
      const back = graph.add({ kind: "linear", args: dY, weight, transposed: true, dim: weight.colDim });
      contribute(node.args[0], graph.block(back, 0));
      continue;
    }
    const d = gradientOf(id);
    if (node.kind === "state") carry[node.name] = d ?? zero();
    else if (node.kind === "input") inputs[node.name] = d ?? zero();
    if (d === null) continue;
    switch (node.kind) {
      case "vector":
        vectors.push({ param: node.param, block: node.block, dim: node.dim, node: d });
        break;
      case "unary":
        contribute(node.args[0], UNARY_RULES[node.op](graph, d, node.args[0], id));
        break;
      case "binary": {
        const [a, b] = BINARY_RULES[node.op](graph, d, node.args[0], node.args[1], id);
        contribute(node.args[0], a);
        contribute(node.args[1], b);
        break;
      }
      case "select":
        contribute(node.args[1], graph.select(node.args[0], d, zero()));
        contribute(node.args[2], graph.select(node.args[0], zero(), d));
        break;
      case "reduce":
        contribute(
          node.args[0],
          node.op === "rowSum" ? d : graph.select(graph.binary("equal", node.args[0], id), d, zero()),
        );
        break;
      case "block": {
        const list = blockGradients.get(node.args[0]) ?? [];
        list[node.block] = d;
        blockGradients.set(node.args[0], list);
        break;
      }
      default:
    }
  }
  return { graph, forwardCount, next, output, carry, inputs, weights, vectors };
}
