import type { Command } from "commander";
import { defineTrainLanguage } from "./train-language.js";

/** `hiddenstate train TASK`: one command per task. */
export function defineTrain(command: Command): void {
  command
    .description("Train a model on your data; the run is saved in a folder and can be stopped and resumed.")
    .addHelpText("after", "\nExample: hiddenstate train language --data book.txt --minutes 5")
    .action((_options, self: Command) => self.help({ error: true }));
  defineTrainLanguage(command.command("language"));
}
