/** The flags of asking a trained model: which there are, the task of the run decides. */
import type { Command } from "commander";
import { optionNeeds } from "../errors.js";
import { openRun } from "../node/index.js";
import { completeOptions, type Option, type OptionsOf, type OptionTable } from "../tasks/option-table.js";
import { TASKS } from "../tasks/table.js";
import type { Task } from "../tasks/task.js";
import { taskNamed } from "../tasks/task-config.js";
import { readJsonObject } from "../train/index.js";
import { addOptions, flagOf, optionsFrom } from "./option-flags.js";
import { isTask } from "./run-words.js";

/** What is asked of a trained model. */
export type AskingVerb = NonNullable<Option["only"]>;

/**
 * Give a command the flags of the run that is among the words on the line, or of the task that is named there; without either it
 * has those that all runs share.
 */
export async function addAskingOptions(command: Command, words: readonly string[], verb: AskingVerb): Promise<void> {
  let named: string | undefined;
  for (const word of words.slice(1)) {
    if (isTask(word)) named ??= word;
    else if (!word.startsWith("-")) {
      const task = await taskOf(word);
      if (task !== null) return addOptions(command, askingOf(task, verb));
    }
  }
  if (named !== undefined) return addOptions(command, askingOf(await TASKS[named].load(), verb));
  // That the run is missing is to be said before its options are called unknown.
  if (words.slice(1).some((word) => !word.startsWith("-"))) command.allowUnknownOption();
  command.addHelpText("after", "\nWith a task or a run, the help shows its options as well.");
}

/** What a model takes of the flags. Errors: `E_VALUE`; `E_OPTION_NEEDS` for one that means nothing without another. */
export function askedSettings(task: Task, flags: object, verb: AskingVerb): object {
  const table = askingOf(task, verb);
  const given = optionsFrom(table, flags as Readonly<Record<string, unknown>>);
  for (const name of Object.keys(given)) {
    const { needs } = table[name];
    if (needs !== undefined && given[needs] === undefined)
      throw optionNeeds("hiddenstate", flagOf(name), flagOf(needs));
  }
  return task.settings(completeOptions("hiddenstate", table, given as OptionsOf<OptionTable>));
}

function askingOf({ asking }: Task, verb: AskingVerb): OptionTable {
  return Object.fromEntries(Object.entries(asking).filter(([, { only = verb }]) => only === verb));
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
