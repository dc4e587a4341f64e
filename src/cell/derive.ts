/**
 * The backward step of a cell, derived from its forward graph: reverse-mode differentiation, symbol by symbol, with one
 * rule per operator (rules.ts). Arguments have smaller numbers than their users, so one descending walk is enough.
 *
 *   carry[s] = ∂L/∂(s entering the step)   inputs[x] = ∂L/∂x   and what the parameter gradients are made of:
 *   (inputs of a whole sequence: carry[m] = ∂L/∂m so far + that of this step, as for a state that never changes)
 *   dW = Σ_rows dYᵀ·u for every linear map, dv = Σ_rows node for every block of a parameter vector.
 *
 * What stops gradients has done its work here: the derivation has none, so a value and its stopped twin are one.
 */
import type { CellDefinition } from "./define.js";
import { callForm } from "./calls.js";
import { argumentsOf, Graph, isNumber, type Node, type NodeId, type WeightRef } from "./graph.js";
import { BINARY_RULES, UNARY_RULES } from "./rules.js";

export interface Derivation {
  /** Forward nodes keep their numbers, 0 … forwardCount − 1; backward nodes follow. */
  readonly graph: Graph;
  readonly forwardCount: number;
  readonly next: Readonly<Record<string, NodeId>>;
  readonly output: NodeId;
  readonly carry: Readonly<Record<string, NodeId>>;
  /** Of those per step. */
  readonly inputs: Readonly<Record<string, NodeId>>;
  readonly weights: readonly { readonly weight: WeightRef; readonly dY: readonly NodeId[]; readonly u: NodeId }[];
  readonly vectors: readonly {
    readonly param: string;
    readonly block: number;
    readonly dim: string;
    readonly node: NodeId;
  }[];
  /** Calls that add up the gradients of memories. */
  readonly calls: readonly NodeId[];
}

export function derive(cell: CellDefinition): Derivation {
  const graph = cell.trace.graph.copy();
  const { next, output } = cell.trace;
  const forwardCount = graph.nodes.length;
  const zero = (): NodeId => graph.constant(0);
  const contributions = new Map<NodeId, NodeId[]>();

  /** Add to ∂L/∂target. */
  const contribute = (target: NodeId, d: NodeId | null): void => {
    if (d === null || graph.constantOf(d) === 0) return;
    const node = graph.node(target);
    if (isNumber(node) || node.kind === "stop") return;
    const list = contributions.get(target);
    if (list === undefined) contributions.set(target, [d]);
    else list.push(d);
  };
  const total = (list: readonly NodeId[]): NodeId => list.reduce((sum, d) => graph.binary("add", sum, d));
  const gradientOf = (id: NodeId): NodeId | null => {
    const list = contributions.get(id);
    if (list === undefined) return null;
    return graph.node(id).dim === null ? total(narrowed(graph, list, total)) : total(list);
  };

  for (const { name, dim } of cell.states) {
    contribute(next[name], graph.add({ kind: "seed", of: "carry", name, dim }));
  }
  contribute(output, graph.add({ kind: "seed", of: "output", name: "output", dim: cell.outputDim }));

  const carry: Record<string, NodeId> = {};
  const whole = new Set(cell.inputs.filter(({ per }) => per === "sequence").map(({ name }) => name));
  const inputs: Record<string, NodeId> = {};
  const weights: { weight: WeightRef; dY: NodeId[]; u: NodeId }[] = [];
  const vectors: { param: string; block: number; dim: string; node: NodeId }[] = [];
  const blockGradients = new Map<NodeId, NodeId[]>();
  const callGradients = new Map<NodeId, NodeId>();
  const calls: NodeId[] = [];

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
    if (node.kind === "call") {
      const d = callGradients.get(id);
      const form = callForm(node.op, node.args.length);
      if (d === undefined || form.back === null) continue;
      const back = graph.call(form.back, [d, ...node.args], node.memory, node.units);
      calls.push(back);
      form.reaches.forEach((arg, k) => contribute(node.args[arg], graph.result(back, k)));
      continue;
    }
    const d = gradientOf(id);
    if (node.kind === "state") carry[node.name] = d ?? zero();
    if (d === null) continue;
    if (node.kind === "input" && whole.has(node.name)) {
      const { name, dim } = node;
      carry[name] = graph.binary("add", graph.add({ kind: "seed", of: "carry", name, dim }), d);
    } else if (node.kind === "input") inputs[node.name] = d;
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
      case "columnMean":
        // Every row has the mean, and the mean has every row's part: the map is its own transpose.
        contribute(node.args[0], graph.columnMean(d, node.dim));
        break;
      case "result":
        callGradients.set(node.args[0], d);
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
  return withoutStops({ graph, forwardCount, next, output, carry, inputs, weights, vectors, calls });
}

/** What a number per row that was broadcast collects: the sums over the row, one for each width it was broadcast to. */
function narrowed(graph: Graph, list: readonly NodeId[], total: (of: readonly NodeId[]) => NodeId): NodeId[] {
  const widthOf = (d: NodeId): string | null => graph.node(d).dim;
  return [...new Set(list.map(widthOf))].map((width) => {
    const whole = total(list.filter((d) => widthOf(d) === width));
    return width === null ? whole : graph.reduce("rowSum", whole);
  });
}

/** The same derivation with every stopped value replaced by the value itself. */
function withoutStops(derivation: Derivation): Derivation {
  if (!derivation.graph.nodes.some(({ kind }) => kind === "stop")) return derivation;
  const graph = new Graph();
  const ids: NodeId[] = [];
  let forwardCount = 0;
  derivation.graph.nodes.forEach((node, id) => {
    const args = argumentsOf(node).map((arg) => ids[arg]);
    ids.push(node.kind === "stop" ? args[0] : graph.add("args" in node ? ({ ...node, args } as Node) : node));
    if (id < derivation.forwardCount) forwardCount = graph.nodes.length;
  });
  const record = (of: Readonly<Record<string, NodeId>>): Record<string, NodeId> =>
    Object.fromEntries(Object.entries(of).map(([name, id]) => [name, ids[id]]));
  return {
    graph,
    forwardCount,
    next: record(derivation.next),
    output: ids[derivation.output],
    carry: record(derivation.carry),
    inputs: record(derivation.inputs),
    weights: derivation.weights.map(({ weight, dY, u }) => ({ weight, dY: dY.map((d) => ids[d]), u: ids[u] })),
    vectors: derivation.vectors.map((vector) => ({ ...vector, node: ids[vector.node] })),
    calls: derivation.calls.map((id) => ids[id]),
  };
}
