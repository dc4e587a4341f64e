/**
 * A stack of one cell as a single cell: all layers take a step before any takes the next one. What is put around it, attention
 * with input feeding for instance, sees the top and feeds the bottom.
 *
 * A `Recurrent` of several layers is faster, since it does a layer at a time over all steps; it has no way back from the top
 * of one step to the bottom of the next.
 */
import { type CellDefinition, defineCell, type Expression, stepOf } from "../cell/index.js";
import { declaredStates } from "../cell/define.js";
import { checkInlined } from "../cell/inline-cell.js";
import { cellFamily } from "./cell-family.js";
import { expectCell } from "./given.js";

const families = new WeakMap<CellDefinition, (layers: number) => CellDefinition>();

/**
 * `layers` of the cell on top of each other, one definition for each number. Parameters and states of layer k ≥ 1 have
 * `l<k>_` in front of their names: `l1_weight_hh`, `l1_h`. The output is that of the top layer.
 *
 * Errors: `E_NUMBER` unless `layers` is a whole number ≥ 1; `E_CELL` for a cell with inputs of its own.
 *
 * @example
 * const decoder = new Decoder({ inputSize: 8, hiddenSize: 16, memorySize: 32, cell: deepCell(lstm, 2) });
 */
export function deepCell(cell: CellDefinition, layers: number): CellDefinition {
  expectCell("deepCell", cell);
  let family = families.get(cell);
  if (family === undefined) {
    family = cellFamily("deepCell", "layers", 1, (count) => (count === 1 ? cell : stacked(cell, count)));
    families.set(cell, family);
  }
  return family(layers);
}

function stacked(cell: CellDefinition, layers: number): CellDefinition {
  checkInlined(cell);
  const floors = Array.from({ length: layers }, (_, k) => (k === 0 ? "" : `l${k}_`));
  /** Above the first layer x is the output of the layer below. */
  const width = (dim: string, k: number): string => (k > 0 && dim === "input" ? cell.outputDim : dim);
  const named = <V>(record: Readonly<Record<string, V>>, change: (value: V, k: number) => V): Record<string, V> =>
    Object.fromEntries(
      floors.flatMap((prefix, k) =>
        Object.entries(record).map(([name, value]) => [prefix + name, change(value, k)] as const),
      ),
    );
  const widths = Object.fromEntries(declaredStates(cell).map(({ name, dim }) => [name, dim]));
  return defineCell({
    name: `deepCell(${cell.name}, ${layers})`,
    reference: cell.reference,
    summary: `${layers} layers, each on the output of the one below: ${cell.summary}`,
    gates: cell.gates,
    forgetGate: cell.forgetGate ?? undefined,
    inputGate: cell.inputGate ?? undefined,
    updateGate: cell.updateGate ?? undefined,
    dims: cell.extraDims as Record<string, "hidden">,
    params: () =>
      named(cell.params, (spec, k) => {
        const rows = { ...spec.rows, dim: width(spec.rows.dim, k) };
        return spec.kind === "matrix" ? { ...spec, rows, cols: width(spec.cols, k) } : { ...spec, rows };
      }),
    state: named(widths, (dim, k) => width(dim, k)) as Record<string, "hidden">,
    step: ({ x, p, state }) => {
      const next: Record<string, Expression> = {};
      let below = x;
      for (const prefix of floors) {
        const own = Object.fromEntries(declaredStates(cell).map(({ name }) => [name, state[prefix + name]]));
        const made = stepOf(cell, { x: below, p, state: own, prefix });
        for (const [name, value] of Object.entries(made.state)) next[prefix + name] = value;
        below = made.output;
      }
      return { ...next, shown: below };
    },
    output: ({ shown }) => shown,
  });
}
