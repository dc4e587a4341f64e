/** The table of `bench cells --regularisers`. */
import type { RegulariserCost, RegularisersFound } from "./regularisers.js";

/** What a regulariser may cost, of the time without it. */
export const REGULARISER_LIMIT = 1.1;

/** A row per cell, a column per regulariser; below, what the columns are, and the dearest of those that the limit speaks of. */
export function regularisersReport({ note, sizes, p, costs }: RegularisersFound): string {
  const cells = [...new Set(costs.map(({ cell }) => cell))];
  const names = [...new Set(costs.map(({ regulariser }) => regulariser))];
  const letterOf = (k: number): string => String.fromCodePoint("a".codePointAt(0)! + k);
  const exempt = new Set(costs.filter((cost) => cost.exempt).map(({ regulariser }) => regulariser));
  const width = Math.max(4, ...cells.map((cell) => cell.length));
  const row = (name: string, figures: readonly string[]): string =>
    [name.padEnd(width), ...figures.map((text) => text.padEnd(5))].join(" ").trimEnd();
  const at = (cell: string, name: string): RegulariserCost | undefined =>
    costs.find((cost) => cost.cell === cell && cost.regulariser === name);
  return [
    row(
      "cell",
      names.map((_, k) => `  ${letterOf(k)}`),
    ),
    ...cells.map((cell) =>
      row(
        cell,
        names.map((name) => figure(at(cell, name))),
      ),
    ),
    "",
    ...names.map((name, k) => `${letterOf(k)}  ${name}${exempt.has(name) ? " *" : ""}`),
    "",
    // A sentence to a line: a reason may be long.
    ...note.split(/(?<=\.) (?=[A-Z])/),
    "Processor time of a layer with it, forward and backward on one thread, for 1 without (two layers for",
    `what lies between them), quickest of many rounds: T ${sizes.T}, B ${sizes.B}, I ${sizes.I}, H ${sizes.H}, p ${p}.`,
    "* a product for each gate, exempt from the limit; – nothing there that it could drop.",
    verdict(costs),
  ].join("\n");
}

function figure(cost: RegulariserCost | undefined): string {
  if (cost === undefined) return "   –";
  const mark = cost.exempt ? "*" : cost.ratio > REGULARISER_LIMIT ? "!" : "";
  return cost.ratio.toFixed(2) + mark;
}

function verdict(costs: readonly RegulariserCost[]): string {
  const counted = costs.filter(({ exempt }) => !exempt);
  if (counted.length === 0) return "Nothing that the limit speaks of.";
  const worst = counted.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const within = counted.filter(({ ratio }) => ratio <= REGULARISER_LIMIT).length;
  return `${within} of ${counted.length} within ${REGULARISER_LIMIT}; the worst is ${worst.ratio.toFixed(2)}, ${worst.regulariser} of ${worst.cell}.`;
}
