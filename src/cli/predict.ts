import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { TaskModel } from "../tasks/index.js";
import { outputClosed } from "./broken-pipe.js";
import { openTrained } from "./trained.js";

/** Lines that are asked together. */
const TOGETHER = 64;

/** `hiddenstate predict RUN`: ask a trained model, whatever its task. */
export function definePredict(command: Command): void {
  command
    .description("Ask a trained model: each input is one line; without inputs, the lines of standard input.")
    .argument("<run>", "folder of the run")
    .argument("[input...]", "what to ask it (default: standard input, a line each)")
    .option("--json", "print one JSON object per input")
    .addHelpText("after", '\nExample: hiddenstate predict runs/classify-gru-1 "Where is the station?"')
    .action((run: string, inputs: string[], { json }: { json?: boolean }) => predict(run, inputs, json === true));
}

async function predict(run: string, inputs: readonly string[], json: boolean): Promise<void> {
  const { model } = await openTrained(run);
  if (inputs.length > 0) return answerLines(model, inputs, json);
  let lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    lines.push(line);
    // At a terminal somebody waits for the answer.
    if (lines.length < TOGETHER && !process.stdin.isTTY) continue;
    await answerLines(model, lines, json);
    lines = [];
    if (outputClosed()) return;
  }
  if (lines.length > 0) await answerLines(model, lines, json);
}

async function answerLines(model: TaskModel, lines: readonly string[], json: boolean): Promise<void> {
  for (const answer of await model.answer(lines)) {
    const text = json ? JSON.stringify(answer.json) : answer.text;
    if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
  }
}
