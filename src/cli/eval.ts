import type { Command } from "commander";
import { openRun, readTextData } from "../node/index.js";
import { language } from "../tasks/index.js";
import { grouped } from "./figures.js";

/** `hiddenstate eval RUN`: score a trained model on a text. */
export function defineEval(command: Command): void {
  command
    .description("Score a trained language model on a text, read as one stream from its first character to its last.")
    .argument("<run>", "folder of the run")
    .requiredOption("--data <path>", "text file, or folder of text files")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample: hiddenstate eval runs/language-lstm-1 --data other.txt")
    .action((run: string, options: { data: string; json?: boolean }) => evaluate(run, options));
}

async function evaluate(run: string, { data, json }: { data: string; json?: boolean }): Promise<void> {
  const { text } = readTextData(data);
  const model = await language.load(openRun(run));
  const { metrics, predictions } = await model.evaluate(text);
  const { nats, bpc, perplexity } = metrics;
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ nats, bpc, perplexity, characters: predictions, run })}\n`);
    return;
  }
  const lines = [
    `nats per character  ${nats.toFixed(4)}`,
    `bits per character  ${bpc.toFixed(4)}`,
    `perplexity          ${perplexity.toFixed(3)}`,
    `characters          ${grouped(predictions)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
