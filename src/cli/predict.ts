import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { TaskModel } from "../tasks/index.js";
import { addAskingOptions, askedSettings } from "./asking.js";
import { outputClosed } from "./broken-pipe.js";
import { openTrained } from "./trained.js";

/** Lines that are asked together. */
const TOGETHER = 64;

/** `hiddenstate predict RUN`: ask a trained model, whatever its task. */
export async function definePredict(command: Command, words: readonly string[]): Promise<void> {
  command
    .description("Ask a trained model: each input is one line; without inputs, the lines of standard input.")
    .argument("<run>", "folder of the run")
    .argument("[input...]", "what to ask it (default: standard input, a line each)")
    .option("--json", "print one JSON object per input")
    .addHelpText("after", '\nExample: hiddenstate predict runs/classify-gru-1 "Where is the station?"')
    .action((run: string, inputs: string[], { json, ...flags }: { json?: boolean }) => {
      return predict(run, inputs, json === true, flags);
    });
  await addAskingOptions(command, words);
}

async function predict(run: string, inputs: readonly string[], json: boolean, flags: object): Promise<void> {
  const { task, model } = await openTrained(run);
  const settings = askedSettings(task, flags);
  const answerLines = (lines: readonly string[]): Promise<void> => printAnswers(model, lines, settings, json);
  if (inputs.length > 0) return answerLines(inputs);
  let lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    lines.push(line);
    // At a terminal somebody waits for the answer.
    if (lines.length < TOGETHER && !process.stdin.isTTY) continue;
    await answerLines(lines);
    lines = [];
    if (outputClosed()) return;
  }
  if (lines.length > 0) await answerLines(lines);
}

async function printAnswers(
  model: TaskModel,
  lines: readonly string[],
  settings: object,
  json: boolean,
): Promise<void> {
  for (const answer of await model.answer(lines, settings)) {
    const text = json ? JSON.stringify(answer.json) : answer.text;
    if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
  }
}
