/** `hiddenstate cells`: which recurrent cells there are, and what the machine does for each. */
import type { Command } from "commander";
import { explain, type CellDefinition } from "../cell/index.js";
import { invalidValue } from "../errors.js";
import { CELL_FAMILIES, CELLS } from "../nn/index.js";
import { cellFacts, type CellFacts } from "./cell-facts.js";
import { familyCells, familyList, familyPage, numberedCell, unknownCell } from "./cell-families.js";
import { grouped } from "./figures.js";
import { whole } from "./flags.js";

interface CellsFlags {
  readonly input: number;
  readonly hidden: number;
  readonly batch: number;
  readonly steps: number;
  readonly json?: true;
}

/** `hiddenstate cells [NAME]`: the table of all cells, or the page of one or of a family. */
export function defineCells(command: Command): void {
  command
    .description(
      "List the recurrent cells: equations, parameters, stages of a step, bytes kept for the backward pass, source. With a " +
        "name: what is computed when, what is kept, and what it costs.",
    )
    .argument("[name]", "a cell or a family of cells, for its page")
    .option("--input <n>", "I: features of the input", whole("--input"), 64)
    .option("--hidden <n>", "H: units of the hidden state", whole("--hidden"), 128)
    .option("--batch <n>", "B: sequences at once, for a cell's page", whole("--batch"), 32)
    .option("--steps <n>", "T: steps of a sequence, for a cell's page", whole("--steps"), 50)
    .option("--json", "print one JSON object per cell")
    .addHelpText(
      "after",
      "\nExamples: hiddenstate cells\n          hiddenstate cells gru --input 64 --hidden 128\n          hiddenstate cells mogrifierLstm3",
    )
    .action(cells);
}

function cells(name: string | undefined, flags: CellsFlags): void {
  for (const option of ["input", "hidden", "batch", "steps"] as const) {
    if (flags[option] < 1) throw invalidValue("hiddenstate", `--${option}`, "a whole number from 1", flags[option]);
  }
  const chosen = name === undefined ? Object.values(CELLS) : (familyCells(name) ?? [cellCalled(name)]);
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const facts = (): CellFacts[] => chosen.map((cell) => cellFacts(cell, flags.input, flags.hidden));
  if (flags.json === true) for (const one of facts()) print(JSON.stringify(one));
  else if (name === undefined) print([cellTable(facts(), flags), "", ...families()].join("\n"));
  else
    print(
      familyPage(name, flags)
        ?.flatMap((text) => wrapped(text, ""))
        .join("\n") ?? explain(chosen[0], flags),
    );
}

/** Errors: `E_USAGE`, with every name that there is. */
function cellCalled(name: string): CellDefinition {
  const known = Object.keys(CELLS);
  if (Object.hasOwn(CELLS, name)) return CELLS[name];
  const numbered = numberedCell(name);
  if (numbered === undefined) throw unknownCell("cells", name, [...known, ...Object.keys(CELL_FAMILIES)]);
  return numbered;
}

/** What stands under the table. */
function families(): string[] {
  return [
    ...wrapped(
      "Families: cells made for a number, from options, or chosen by name, each of which has a page here; so has any cell of a number, such as mogrifierLstm3.",
      "",
    ),
    ...familyList().flatMap((text) => wrapped(text)),
  ];
}

const WIDTH = 100;
const INDENT = "  ";

/** The table, no line wider than 100 columns: a row of figures for each cell, its equations below. */
export function cellTable(facts: readonly CellFacts[], { input, hidden }: { input: number; hidden: number }): string {
  const head = ["cell", "parameters", "number", "stages", "saved", "reference"];
  const rows = facts.map(({ name, formula, parameters, stages, savedBytes, reference }) => [
    name,
    formula,
    grouped(parameters),
    `${stages.forward}/${stages.backward}`,
    grouped(savedBytes),
    shortReference(reference),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string => {
    const figures = row.slice(0, -1).map((text, i) => (i < 2 ? text.padEnd(widths[i]) : text.padStart(widths[i])));
    const start = figures.join("  ");
    const reference = row.at(-1)!;
    const fits = start.length + 2 + reference.length <= WIDTH;
    return fits ? `${start}  ${reference}` : `${start}\n${INDENT}${reference}`;
  };
  return [
    line(head),
    ...facts.flatMap(({ equations }, i) => [line(rows[i]), ...wrapped(equations)]),
    "",
    ...wrapped(
      `Numbers for an input of I = ${input} and H = ${hidden} hidden units. Other widths are as the cell says.`,
      "",
    ),
    ...wrapped("stages: of one step, forward/backward: matrix products and a pass over what they made.", ""),
    ...wrapped("saved: bytes of float32 kept for the backward pass, per row and step, beside the input.", ""),
  ].join("\n");
}

/** As papers are cited: `https://arxiv.org/abs/1406.1078` → `arXiv:1406.1078`. */
function shortReference(reference: string): string {
  return reference.replace(/^https:\/\/arxiv\.org\/abs\//, "arXiv:").replace(/^https:\/\/doi\.org\//, "doi:");
}

/** Lines that fit, broken between equations, and within one only where it is too long for a line. */
function wrapped(text: string, indent = INDENT): string[] {
  const lines: string[] = [];
  const put = (part: string): void => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= WIDTH) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(indent + part);
  };
  for (const equation of text.split(/(?<=;)\s+/)) {
    if (indent.length + equation.length <= WIDTH) put(equation);
    else equation.split(/\s+/).forEach(put);
  }
  return lines.filter((line) => line.trim() !== "");
}
