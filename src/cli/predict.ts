import { once } from "node:events";
import type { Command } from "commander";
import { type Line, readLines } from "../data/index.js";
import { HiddenstateError, inputAt } from "../errors.js";
import { addAskingOptions, askedSettings } from "./asking.js";
import { outputClosed } from "./broken-pipe.js";
import { exitCodeOf } from "./failure.js";
import { addRunArguments, runWords, type RunWords } from "./run-words.js";
import { openTrained } from "./trained.js";

/** Lines that are asked together. */
const TOGETHER = 64;
const STANDARD_INPUT = "standard input";

interface PredictFlags {
  readonly json?: boolean;
}

/** `hiddenstate predict [TASK] RUN`: ask a trained model, whatever its task. */
export async function definePredict(command: Command, words: readonly string[]): Promise<void> {
  command
    .description("Ask a trained model: each input is one line; without inputs, the lines of standard input.")
    .option("--json", "print one JSON object per input")
    .addHelpText("after", '\nExample: hiddenstate predict runs/classify-gru-1 "Where is the station?"')
    .action(() => predict(runWords(command), command.opts<PredictFlags>()));
  addRunArguments(command, " [input...]");
  command.argument("[input...]", `what to ask it (default: ${STANDARD_INPUT}, UTF-8, a line each)`);
  await addAskingOptions(command, words, "predict");
}

async function predict(
  { run, task: named, rest: inputs }: RunWords,
  { json = false, ...flags }: PredictFlags,
): Promise<void> {
  const { task, model } = await openTrained(run, named);
  const settings = askedSettings(task, flags, "predict");
  const ask = async (texts: readonly string[]): Promise<void> => {
    for (const answer of await model.answer(texts, settings)) {
      const text = json ? JSON.stringify(answer.json) : answer.text;
      if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
    }
  };
  if (inputs.length > 0) {
    const placeOf = inputs.length > 1 ? ({ line }: Line): string => `input ${line}` : null;
    return askAll(
      inputs.map((text, i) => ({ text, line: i + 1 })),
      ask,
      placeOf,
    );
  }
  const placeOf = ({ line }: Line): string => `${STANDARD_INPUT}, line ${line}`;
  let lines: Line[] = [];
  try {
    for await (const line of readLines({ name: STANDARD_INPUT, open: () => process.stdin })) {
      lines.push(line);
      // At a terminal somebody waits for the answer.
      if (lines.length < TOGETHER && !process.stdin.isTTY) continue;
      const asked = lines;
      lines = [];
      await askAll(asked, ask, placeOf);
      if (outputClosed()) return;
    }
  } finally {
    // Where a line cannot be read, those before it are answered.
    if (lines.length > 0) await askAll(lines, ask, placeOf);
  }
}

/** Ask together; where one of them cannot be asked, those before it are answered, and the error says which it is. */
async function askAll(
  lines: readonly Line[],
  ask: (texts: readonly string[]) => Promise<void>,
  placeOf: ((line: Line) => string) | null,
): Promise<void> {
  try {
    await ask(lines.map(({ text }) => text));
  } catch (error) {
    // What was typed wrong is wrong with every line.
    if (!(error instanceof HiddenstateError) || placeOf === null || exitCodeOf(error) === 2) throw error;
    if (lines.length === 1) throw inputAt(placeOf(lines[0]), error);
    for (const line of lines) await askAll([line], ask, placeOf);
  }
}
