import type { Command } from "commander";
import type { Evaluation, EvaluationTable } from "../tasks/index.js";
import { addAskingOptions, askedSettings } from "./asking.js";
import { grouped } from "./figures.js";
import { addRunArguments, runAlone, type RunWords } from "./run-words.js";
import { openData } from "./task-data.js";
import { openTrained } from "./trained.js";

interface EvalFlags {
  readonly data: readonly string[];
  readonly json?: boolean;
}

/** `hiddenstate eval [TASK] RUN`: score a trained model on data. */
export async function defineEval(command: Command, words: readonly string[]): Promise<void> {
  command
    .description("Score a trained model on data that it has not seen; what data is, its task decides.")
    .requiredOption("--data <path...>", "file or folder, as in training")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample: hiddenstate eval runs/language-lstm-1 --data other.txt")
    .action(() => evaluate(runAlone(command), command.opts<EvalFlags>()));
  addRunArguments(command);
  await addAskingOptions(command, words, "evaluate");
}

async function evaluate(
  { run, task: named }: Omit<RunWords, "rest">,
  { data: paths, json, ...flags }: EvalFlags,
): Promise<void> {
  const { task, config, model } = await openTrained(run, named);
  const notes = json === true ? process.stderr : process.stdout;
  const note = (line: string): void => void notes.write(`${line}\n`);
  const { data } = await openData(task, paths, config.options, note);
  const evaluation = await model.evaluate(data, askedSettings(task, flags, "evaluate"));
  process.stdout.write(json === true ? `${JSON.stringify(jsonOf(evaluation, run))}\n` : evaluationText(evaluation));
}

function jsonOf({ figures, tables }: Evaluation, run: string): Record<string, unknown> {
  const numbers = Object.fromEntries(
    figures.flatMap(({ name, value, interval, signature }): [string, unknown][] => {
      const between = interval && { low: interval.low, high: interval.high, level: interval.level };
      const more = { [`${name}Interval`]: between, [`${name}Signature`]: signature };
      return [[name, value], ...Object.entries(more).filter(([, said]) => said !== undefined)];
    }),
  );
  const rows = tables.map(({ name, head, rows }) => [
    name,
    rows.map((row) => Object.fromEntries(head.map((title, i) => [title, row[i]]))),
  ]);
  return { ...numbers, ...Object.fromEntries(rows), run };
}

/** Figures in two columns, what they were computed with, then the tables. */
export function evaluationText({ figures, tables }: Evaluation): string {
  const width = Math.max(...figures.map(({ words }) => words.length));
  const lines = figures.map(({ words, value, digits, interval }) => {
    const text = (figure: number): string => (digits === 0 ? grouped(figure) : figure.toFixed(digits));
    const between =
      interval === undefined ? "" : `  (${text(interval.low)} to ${text(interval.high)}, ${100 * interval.level} %)`;
    return `${words.padEnd(width)}  ${text(value)}${between}\n`;
  });
  const how = figures.flatMap(({ words, signature }) => (signature === undefined ? [] : [`${words}: ${signature}\n`]));
  return [...lines, ...(how.length > 0 ? ["\n", ...how] : []), ...tables.map(tableText)].join("");
}

function tableText({ words, head, rows }: EvaluationTable): string {
  const cells = [head, ...rows].map((row) => row.map(cellText));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const lines = cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "),
  );
  return `\n${words}\n${lines.map((line) => `${line.trimEnd()}\n`).join("")}`;
}

function cellText(cell: string | number): string {
  return typeof cell === "string" || Number.isInteger(cell) ? String(cell) : cell.toFixed(4);
}
