/**
 * The means over the rows of a step that a cell reads, out in the open: shown, or given from outside.
 *
 * A cell that normalises by the statistics of the batch (`columnMean`, `columnNorm`) is another function for each batch. Shown,
 * they can be gathered while it runs; given, they make it a function of a row by itself.
 */
import type { CellDefinition } from "../define.js";
import { remembered, rewriteCell } from "./rewrite-cell.js";

/** Each of a cell's means over rows: what it is called, and its width. Empty for a cell whose rows do not look at each other. */
export function columnMeans({ trace }: CellDefinition): readonly { readonly name: string; readonly dim: string }[] {
  return trace.graph.nodes.filter((node) => node.kind === "columnMean").map(({ dim }, k) => ({ name: nameOf(k), dim }));
}

/** The cell with a state `column_mean_0` … for each mean, which holds that of the step before; `trace` shows them. */
export function shownColumnMeans(cell: CellDefinition): CellDefinition {
  return opened(cell, "shown");
}

/**
 * The cell with an input `column_mean_0` …, [T, B, width], in place of each mean: no longer `crossRow`. No gradient flows to
 * them, and none through the means.
 */
export function givenColumnMeans(cell: CellDefinition): CellDefinition {
  return opened(cell, "given");
}

const opened = remembered((cell: CellDefinition, how: "shown" | "given"): CellDefinition =>
  how === "shown" ? shown(cell) : given(cell),
);

const nameOf = (k: number): string => `column_mean_${k}`;

function shown(cell: CellDefinition): CellDefinition {
  const graph = cell.trace.graph.copy();
  const ids = graph.nodes.flatMap(({ kind }, id) => (kind === "columnMean" ? [id] : []));
  const means = columnMeans(cell);
  for (const { name, dim } of means) graph.add({ kind: "state", name, dim });
  return {
    ...cell,
    name: `${cell.name}, means over rows shown`,
    states: [...cell.states, ...means],
    trace: {
      ...cell.trace,
      graph,
      next: { ...cell.trace.next, ...Object.fromEntries(means.map(({ name }, k) => [name, ids[k]])) },
    },
  };
}

function given(cell: CellDefinition): CellDefinition {
  const { nodes } = cell.trace.graph;
  let k = 0;
  const rewritten = rewriteCell(cell, {
    name: "means over rows given",
    value: (old, copied, { mask }) => {
      const node = nodes[old];
      return node.kind === "columnMean" ? mask(nameOf(k++), node.dim, "step") : copied;
    },
  });
  return { ...rewritten, crossRow: false };
}
