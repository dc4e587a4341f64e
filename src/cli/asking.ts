/** The flags of asking a trained model: which there are, the task of the run decides. */
import type { Command } from "commander";
import { openRun } from "../node/index.js";
import { completeOptions, type OptionsOf, type OptionTable } from "../tasks/option-table.js";
import { TASKS } from "../tasks/table.js";
import type { Task } from "../tasks/task.js";
import { taskNamed } from "../tasks/task-config.js";
import { readJsonObject } from "../train/index.js";
import { addOptions, optionsFrom } from "./option-flags.js";

/** Give a command the flags of the run that is among the words on the line; without one it has those that all runs share. */
export async function addAskingOptions(command: Command, words: readonly string[]): Promise<void> {
  for (const word of words.slice(1)) {
    const task = word.startsWith("-") ? null : await taskOf(word);
    if (task !== null) return addOptions(command, task.asking);
  }
  command.addHelpText("after", "\nWith a run, the help shows the options of its task as well.");
}

/** What a model takes of the flags. Errors: `E_VALUE`. */
export function askedSettings(task: Task, flags: object): object {
  const given = optionsFrom(task.asking, flags as Readonly<Record<string, unknown>>);
  return task.settings(completeOptions("hiddenstate", task.asking, given as OptionsOf<OptionTable>));
}

async function taskOf(run: string): Promise<Task | null> {
  try {
    const json = readJsonObject("config.json", await openRun(run).readDocument("config.json"));
    return await TASKS[taskNamed(json, Object.keys(TASKS))].load();
  } catch {
    // Whether it is a run that can be read, the command itself says.
    return null;
  }
}
