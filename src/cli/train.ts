import type { Command } from "commander";
import { TASKS } from "../tasks/table.js";
import { defineTrainTask } from "./train-task.js";

/** `hiddenstate train TASK`: one command per task, made from its table; only the one that was asked for is loaded. */
export async function defineTrain(command: Command, words: readonly string[]): Promise<void> {
  command
    .description("Train a model on your data; the run is saved in a folder and can be stopped and resumed.")
    .addHelpText("after", "\nExample: hiddenstate train language --data book.txt --minutes 5")
    .action((_options, self: Command) => self.help({ error: true }));
  const named = words[words.indexOf("train") + 1] ?? "-";
  // That there is no such task is to be said before its options are called unknown.
  if (!named.startsWith("-") && !Object.hasOwn(TASKS, named)) command.allowUnknownOption();
  for (const [name, entry] of Object.entries(TASKS)) {
    const child = command.command(name).summary(entry.summary);
    if (words.includes(name)) defineTrainTask(child, await entry.load());
  }
}
