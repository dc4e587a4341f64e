/** The table of `bench cells`. */
import type { CellsFound } from "./run.js";

/** What a cell may take of what its plan predicts. */
export const LIMIT = 1.3;

/** Columns of figures, in milliseconds but for the ratio. */
const HEAD = ["measured", "predicted", "ratio", "products", "element-wise", "bytes"];

/** A line per cell, then what the predictions are made of. */
export function cellsReport({ note, lines, rates }: CellsFound): string {
  const width = Math.max(4, ...lines.map(({ cell }) => cell.length));
  const row = (name: string, figures: readonly string[]): string =>
    [name.padEnd(width), ...figures.map((text, i) => text.padStart(HEAD[i].length))].join("  ");
  const [{ sizes }] = lines;
  const within = lines.filter(({ ratio }) => ratio <= LIMIT).length;
  return [
    row("cell", HEAD),
    ...lines.map(({ cell, measured_ms: measured, predicted, ratio }) => {
      const { products, operations, bytes, total } = predicted;
      const ms = [products, operations, bytes].map((part) => part.toFixed(2));
      return row(cell, [measured.toFixed(2), total.toFixed(2), ratio.toFixed(2), ...ms]) + (ratio > LIMIT ? "  !" : "");
    }),
    "",
    // A sentence to a line: a reason may be long.
    ...note.split(/(?<=\.) (?=[A-Z])/),
    "Milliseconds of processor time of one layer, forward and backward, on one thread:",
    `T ${sizes.T}, B ${sizes.B}, I ${sizes.I}, H ${sizes.H}.`,
    `Predicted by the plan: products as measured at their shapes; an element ${ns(rates.cheap)} (tanh ${ns(rates.tanh)},`,
    `sigmoid ${ns(rates.sigmoid)}); bytes at ${gbs(rates.near)} within a step, ${gbs(rates.far)} over the sequence.`,
    `${within} of ${lines.length} within ${LIMIT} of it.`,
  ].join("\n");
}

const ns = (value: number): string => `${value.toFixed(2)} ns`;
const gbs = (value: number): string => `${value.toFixed(0)} GB/s`;
