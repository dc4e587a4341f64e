/** A run on the command line: its folder, and before it the word of its task if you like. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { badUsage } from "../errors.js";
import { TASKS } from "../tasks/table.js";

/** What stands on the line. */
export interface RunWords {
  /** The task that was named; undefined if none was. */
  readonly task: string | undefined;
  readonly run: string;
  /** What follows the run. */
  readonly rest: readonly string[];
}

/** Whether a word names a task; a folder of that name is `./word`. */
export function isTask(word: string): boolean {
  return Object.hasOwn(TASKS, word);
}

/**
 * Give a command the arguments `[task] <run>`.
 *
 * @param more what may follow, for the line of its usage
 */
export function addRunArguments(command: Command, more = ""): void {
  command
    .usage(`[options] [task] <run>${more}`)
    .argument("[task]", `task of the run, checked if it is named: ${Object.keys(TASKS).join(", ")}`)
    .argument("[run]", "folder of the run; one that is called like a task is ./tag");
}

/** The words of a command with such arguments. Errors: `E_USAGE`. */
export function runWords(command: Command): RunWords {
  const [first, ...others] = command.args;
  const named = first !== undefined && isTask(first);
  const [run, ...rest] = named ? others : command.args;
  if (run === undefined) {
    const hint = named ? ` after the task ${first}; a folder of that name is ./${first}` : "";
    throw badUsage(`${pathOf(command)}: missing required argument 'run'${hint}. See ${pathOf(command)} --help`);
  }
  if (run.startsWith("-"))
    throw badUsage(
      `${pathOf(command)}: unknown option '${run}'; no word of the line is a run that can be read, to have it`,
    );
  if (!named && rest.length > 0 && !existsSync(run) && existsSync(rest[0]))
    throw badUsage(`${pathOf(command)}: there is no task "${run}"`, Object.keys(TASKS), run);
  return { task: named ? first : undefined, run, rest };
}

/** The same for a command that takes nothing else. Errors: `E_USAGE`. */
export function runAlone(command: Command): Omit<RunWords, "rest"> {
  const { task, run, rest } = runWords(command);
  // An option can only stand here where no run is there to say whether it has it: `asking.ts`.
  if (rest.length > 0 && !rest[0].startsWith("-")) {
    const why = `expected [task] <run>, received ${command.args.join(" ")}`;
    throw task === undefined
      ? badUsage(`${pathOf(command)}: ${why}; there is no task "${run}"`, Object.keys(TASKS), run)
      : badUsage(`${pathOf(command)}: ${why}`);
  }
  return { task, run };
}

function pathOf(command: Command): string {
  return `hiddenstate ${command.name()}`;
}
