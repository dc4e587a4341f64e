/** From an error to what the user sees and the shell gets: 2 for words it cannot use, 1 for work that failed. */
import type { Command, CommanderError } from "commander";
import { badUsage, HiddenstateError } from "../errors.js";

/** Codes of errors in what was typed. */
const USAGE = new Set(["E_USAGE", "E_OPTION", "E_VALUE", "E_NUMBER", "E_THREADS", "E_BUDGET", "E_OPTION_NEEDS"]);

/** Exit code of an error. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof HiddenstateError && USAGE.has(error.code) ? 2 : 1;
}

/** What to tell of an error: never a stack. */
export function messageOf(error: unknown): string {
  if (error instanceof HiddenstateError) return error.message;
  return `unexpected: ${error instanceof Error ? error.message : String(error)}`;
}

/** What commander refuses, in our words; null where it has shown the help that says it all. */
export function usageOf(error: CommanderError, program: Command, words: readonly string[]): HiddenstateError | null {
  if (error.code === "commander.help") return null;
  const { command, path } = commandOf(program, words);
  const what = error.message
    .replace(/^error: /, "")
    .replace(/\n.*/s, "")
    .replace(/\.$/, "");
  const [, given = ""] = /'(-*[^'\s]*)/.exec(what) ?? [];
  const flags = command.options.flatMap(({ long }) => long ?? []);
  const names = command.commands.map((child) => child.name());
  if (error.code === "commander.unknownOption") return badUsage(`${path}: ${what}`, [...flags, "--help"], given);
  if (error.code === "commander.unknownCommand") return badUsage(`${path}: ${what}`, names, given);
  if (error.code === "commander.excessArguments" && names.length > 0) {
    const word = unknownWord(command, words);
    return badUsage(`${path}: there is no ${path.split(" ").at(-1)} "${word}"`, names, word);
  }
  return badUsage(`${path}: ${what}. See ${path} --help`);
}

/** The innermost command that the words name. */
function commandOf(program: Command, words: readonly string[]): { command: Command; path: string } {
  let command = program;
  let path = program.name();
  for (const word of words) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child === undefined) continue;
    command = child;
    path += ` ${word}`;
  }
  return { command, path };
}

function unknownWord(command: Command, words: readonly string[]): string {
  return words[words.indexOf(command.name()) + 1] ?? "";
}
