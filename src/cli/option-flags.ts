/** From a table of options to the flags of a command and back. */
import type { Command } from "commander";
import type { Option, OptionTable } from "../tasks/index.js";
import { number, oneOf, whole } from "./flags.js";

/** Give a command the flags of a table: `--kebab-case` of each name. */
export function addOptions(command: Command, table: OptionTable): void {
  for (const [name, option] of Object.entries(table)) {
    const flag = flagOf(name);
    const doc = docOf(option);
    if (option.kind === "flag") {
      command.option(option.default ? flag.replace("--", "--no-") : flag, doc);
    } else {
      command.option(`${flag} <${letterOf(option)}>`, doc, parserOf(flag, option));
    }
  }
}

/** The flag of an option: `tokenDropout` → `--token-dropout`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Numbers and words as flags give them: `--layers 1 --lr 0.005`. */
export function flagsText(options: object): string {
  return Object.entries(options as Readonly<Record<string, unknown>>)
    .map(([name, value]) => `${flagOf(name)} ${String(value)}`)
    .join(" ");
}

/** Of all flags those of the table; a yes-or-no that was not given is left out. */
export function optionsFrom(table: OptionTable, flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(table).filter(([name, option]) => {
    return flags[name] !== undefined && !(option.kind === "flag" && flags[name] === option.default);
  });
  return Object.fromEntries(entries.map(([name]) => [name, flags[name]]));
}

function letterOf(option: Exclude<Option, { kind: "flag" }>): string {
  const letters = { word: "name", text: "text", whole: "n", number: "x" } as const;
  return option.letter ?? letters[option.kind];
}

function docOf(option: Option): string {
  const words = option.kind === "word" ? `: ${option.words.join(", ")}` : "";
  const normal = option.kind === "flag" || option.default === undefined ? "" : ` (default: ${option.default})`;
  return `${option.doc}${words}${normal}`;
}

function parserOf(flag: string, option: Exclude<Option, { kind: "flag" }>): (text: string) => unknown {
  if (option.kind === "word") return oneOf(flag, option.words, option.refused);
  if (option.kind === "whole") return whole(flag);
  return option.kind === "number" ? number(flag) : (text) => text;
}
