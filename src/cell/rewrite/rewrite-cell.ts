/** What rewrites of a cell share: a copy of its step in which some values are replaced, made once per cell and choice. */
import { maskTaken } from "../../errors.js";
import type { CellDefinition, InputSpec } from "../define.js";
import { argumentsOf, Graph, type Node, type NodeId } from "../graph.js";

/** What a rewrite sees while the step is copied. */
export interface Copying {
  /** The step so far. */
  readonly graph: Graph;
  /** The new number of a value that has been copied. */
  readonly idOf: (id: NodeId) => NodeId;
  /** A mask of this name for values of width `dim`: an input of the new cell, to which no gradient flows. */
  readonly mask: (name: string, dim: string, per: InputSpec["per"]) => NodeId;
}

export interface Rewriting {
  /** What the new cell is called: the old one's name and this. */
  readonly name: string;
  /** What stands for a value in place of its copy, made of new `args`; undefined where it is copied. */
  readonly node?: (node: Node, args: readonly NodeId[], copying: Copying) => NodeId | undefined;
  /** The new value in place of an old one, whose copy reads new values already. */
  readonly value?: (old: NodeId, copied: NodeId, copying: Copying) => NodeId;
  /** What stands for the blocks of a linear map, one value each; undefined where it stays. */
  readonly linear?: (node: Node & { readonly kind: "linear" }, copying: Copying) => readonly NodeId[] | undefined;
  /** The new value of a state after the step. */
  readonly state?: (name: string, next: NodeId, copying: Copying) => NodeId;
}

/**
 * A cell with the same parameters, states and gates, and a step that differs as `rewriting` says. Where the output was the
 * value of a state, it is the new value. Errors: `E_REGULARISER` where the cell has a mask of that name already.
 */
export function rewriteCell(cell: CellDefinition, rewriting: Rewriting): CellDefinition {
  const old = cell.trace.graph;
  const graph = new Graph();
  const ids: NodeId[] = [];
  /** By number of an old linear map: what stands for its blocks. */
  const parts = new Map<NodeId, readonly NodeId[]>();
  const inputs = [...cell.inputs];
  const copying: Copying = {
    graph,
    idOf: (id) => ids[id],
    mask: (name, dim, per) => {
      if (cell.inputs.some((input) => input.name === name)) throw maskTaken(cell.name, name);
      if (!inputs.some((input) => input.name === name)) inputs.push({ name, dim, per });
      const mask = graph.add({ kind: "input", name, dim });
      return graph.add({ kind: "stop", args: [mask], exact: true, dim });
    },
  };
  old.nodes.forEach((node, id) => {
    const replaced = node.kind === "linear" ? rewriting.linear?.(node, copying) : undefined;
    if (replaced !== undefined) {
      parts.set(id, replaced);
      ids.push(replaced[0]);
      return;
    }
    const args = argumentsOf(node).map((arg) => ids[arg]);
    const instead = rewriting.node?.(node, args, copying);
    if (instead !== undefined) {
      ids.push(instead);
      return;
    }
    const block = node.kind === "block" ? parts.get(node.args[0])?.[node.block] : undefined;
    const copied = block ?? graph.add("args" in node ? ({ ...node, args } as Node) : node);
    ids.push(rewriting.value?.(id, copied, copying) ?? copied);
  });
  const next = Object.fromEntries(
    Object.entries(cell.trace.next).map(([name, id]) => {
      return [name, rewriting.state?.(name, ids[id], copying) ?? ids[id]] as const;
    }),
  );
  const shown = cell.states.find(({ name }) => cell.trace.next[name] === cell.trace.output);
  return {
    ...cell,
    name: `${cell.name}, ${rewriting.name}`,
    inputs,
    trace: {
      graph,
      next,
      output: shown === undefined ? ids[cell.trace.output] : next[shown.name],
      candidates: cell.trace.candidates.map((id) => ids[id]),
    },
  };
}

/** A rewrite that makes one definition per cell and choice, since plans and compiled programs belong to a definition. */
export function remembered<C>(
  rewrite: (cell: CellDefinition, choice: C) => CellDefinition,
): (cell: CellDefinition, choice: C) => CellDefinition {
  const made = new WeakMap<CellDefinition, Map<string, CellDefinition>>();
  return (cell, choice) => {
    const known = made.get(cell) ?? new Map<string, CellDefinition>();
    made.set(cell, known);
    const key = JSON.stringify(choice);
    const found = known.get(key) ?? rewrite(cell, choice);
    known.set(key, found);
    return found;
  };
}
