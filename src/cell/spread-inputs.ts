/** Which inputs of a whole sequence get a row for every step, so that products with them come before the loop. */
import type { CellDefinition } from "./define.js";
import type { Derivation } from "./derive.js";
import { argumentsOf, type Node, type NodeId } from "./graph.js";

/**
 * The inputs per sequence that a linear map reads which nothing else holds in the loop. A gradient holds them: it adds up
 * from step to step. So these are masks, and what they are multiplied with lies in a row for every step anyway.
 */
export function spreadInputs(cell: CellDefinition, { graph, forwardCount, carry }: Derivation): ReadonlySet<string> {
  const perSequence = cell.inputs.filter(({ per }) => per === "sequence").map(({ name }) => name);
  const free = perSequence.filter((name) => !(name in carry));
  const bound = reachedFrom(graph.nodes, forwardCount, (node) => {
    if (node.kind === "input") return perSequence.includes(node.name) && !free.includes(node.name);
    return isOfOneStep(node.kind);
  });
  return new Set(
    free.filter((name) => {
      const reached = reachedFrom(graph.nodes, forwardCount, (node) => node.kind === "input" && node.name === name);
      return [...reached].some((id) => graph.node(id).kind === "linear" && !bound.has(id));
    }),
  );
}

/** Whether a value can only be had within the loop. */
export function isOfOneStep(kind: Node["kind"]): boolean {
  return kind === "state" || kind === "columnMean" || kind === "call";
}

/** The first `count` values that are computed from one that satisfies `source`, those included. */
export function reachedFrom(
  nodes: readonly Node[],
  count: number,
  source: (node: Node, id: NodeId) => boolean,
): Set<NodeId> {
  const reached = new Set<NodeId>();
  for (let id = 0; id < count; id++) {
    const node = nodes[id];
    if (source(node, id) || argumentsOf(node).some((arg) => reached.has(arg))) reached.add(id);
  }
  return reached;
}
