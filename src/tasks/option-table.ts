/**
 * Options of a task as data: from one table come the types, the checks, what `config.json` may hold, the flags of the
 * command line, their help, and the lists in the documents.
 */
import {
  badBudget,
  invalidValue,
  optionNeeds,
  refusedValue,
  rivalOptions,
  unknownOption,
  unknownValue,
} from "../errors.js";

/** What every option says of itself. */
interface OptionWords {
  /** What it is, for people; without its default. */
  readonly doc: string;
  /** What stands for its value in help, e.g. `n`. */
  readonly letter?: string;
  /** Of asking a trained model: the only verb that takes it (default both). */
  readonly only?: "evaluate" | "predict";
  /** Of asking: the yes-or-no without which it means nothing. */
  readonly needs?: string;
  /** One of the ways to say when training ends: of these exactly one holds, and a resumed run may be given another. */
  readonly budget?: true;
  /** Options that say the same in another way: given one of them, this one is not set, and cannot be given as well. */
  readonly rivals?: readonly string[];
}

/** Bounds of a number; those that are given hold. */
interface Bounds {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

/** A number, or a whole number. Without `default` it is not set unless given. */
export interface NumberOption extends OptionWords, Bounds {
  readonly kind: "number" | "whole";
  readonly default?: number;
  /** What to call it in errors; default "number", or "whole number". */
  readonly noun?: string;
}

/** One of some words. */
export interface WordOption extends OptionWords {
  readonly kind: "word";
  readonly words: readonly string[];
  /** Words that one might think of, and why they are none. */
  readonly refused?: Readonly<Record<string, string>>;
  readonly default?: string;
}

/** Any text. */
export interface TextOption extends OptionWords {
  readonly kind: "text";
  readonly default?: string;
}

/** Yes or no. */
export interface FlagOption extends OptionWords {
  readonly kind: "flag";
  readonly default: boolean;
}

/** One option. */
export type Option = NumberOption | WordOption | TextOption | FlagOption;

/** All options of a task by name; camelCase here, `--kebab-case` on the command line. */
export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<Entry> = Entry extends NumberOption
  ? number
  : Entry extends FlagOption
    ? boolean
    : Entry extends { readonly words: readonly (infer Word)[] }
      ? Word
      : string;

type Defaulted<Table> = {
  [Name in keyof Table]: Table[Name] extends { readonly budget: true } | { readonly rivals: readonly string[] }
    ? never
    : Table[Name] extends { readonly default: unknown }
      ? Name
      : never;
}[keyof Table];

/** What may be given: the options of a table, each as it likes. */
export type OptionsOf<Table> = { readonly [Name in keyof Table]?: ValueOf<Table[Name]> };

/** Options with every default filled in. */
export type CompleteOptions<Table> = {
  readonly [Name in Defaulted<Table>]: ValueOf<Table[Name]>;
} & { readonly [Name in Exclude<keyof Table, Defaulted<Table>>]?: ValueOf<Table[Name]> };

/** When training ends, as options: `steps`, `epochs` or `minutes`; `normally` says which of them holds if none is given. */
export function budgetOptions(normally: { readonly steps: number } | { readonly epochs: number }, step: string) {
  const { steps, epochs } = normally as { steps?: number; epochs?: number };
  return {
    steps: {
      kind: "whole",
      from: 0,
      letter: "n",
      budget: true,
      ...(steps === undefined ? {} : { default: steps }),
      doc: `train for so many ${step}${steps === undefined ? ", instead" : ""}`,
    },
    epochs: {
      kind: "number",
      from: 0,
      letter: "n",
      budget: true,
      ...(epochs === undefined ? {} : { default: epochs }),
      doc: `train for so many passes over the data${epochs === undefined ? ", instead" : ""}`,
    },
    minutes: { kind: "number", from: 0, letter: "m", budget: true, doc: "train for so long, instead" },
  } as const satisfies OptionTable;
}

/** How much a step reads, in examples or in what they are made of: one of the two holds. */
export function batchOptions(examples: string, normally: number, units: string) {
  return {
    batch: { kind: "whole", from: 1, default: normally, rivals: ["batchTokens"], doc: `${examples} of a step` },
    batchTokens: {
      kind: "whole",
      from: 1,
      rivals: ["batch"],
      doc: `most ${units} of a step, what fills up shorter ${examples} included, instead`,
    },
  } as const satisfies OptionTable;
}

/** What a random choice depends on, and what is held back to validate on, in the words of a task. */
export function chanceOptions(share: string, decides: string) {
  return {
    valid: {
      kind: "number",
      noun: "share",
      from: 0,
      below: 1,
      letter: "share",
      default: 0.1,
      doc: `share of the ${share}, to validate on`,
    },
    seed: { kind: "whole", default: 1, doc: `decides ${decides}` },
  } as const satisfies OptionTable;
}

/**
 * Fill in defaults and check every value.
 *
 * @param who who speaks in errors, e.g. `language.train`
 * @throws E_OPTION for an option that does not exist; E_VALUE for a value out of range; E_BUDGET for more than one budget;
 *   E_OPTION_NEEDS for an option beside its rival
 */
export function completeOptions<Table extends OptionTable>(
  who: string,
  table: Table,
  options: OptionsOf<Table>,
): CompleteOptions<Table> {
  const names = Object.keys(table);
  for (const name of Object.keys(options)) if (!Object.hasOwn(table, name)) throw unknownOption(who, name, names);
  const given = new Map(Object.entries(options).filter(([, value]) => value !== undefined));
  const budgets = names.filter((name) => table[name].budget && given.has(name));
  if (budgets.length > 1) throw badBudget(budgets);
  const complete: Record<string, unknown> = {};
  for (const name of names) {
    const option = table[name];
    const rival = option.rivals?.find((other) => given.has(other));
    if (rival !== undefined && given.has(name)) throw rivalOptions(who, name, rival);
    const normal = (option.budget && budgets.length > 0) || rival !== undefined ? undefined : option.default;
    const value = given.has(name) ? given.get(name) : normal;
    if (value === undefined) continue;
    checkOption(who, name, option, value);
    complete[name] = value;
  }
  return complete as CompleteOptions<Table>;
}

/**
 * Refuse options that would change nothing beside the others: an ignored wish is a wrong figure.
 *
 * @param idle names of options that nobody reads here; one that is as without being given is no wish
 * @param needs what they would need, e.g. "the letters of words"
 * @throws E_OPTION_NEEDS
 */
export function refuseIdle(
  who: string,
  table: OptionTable,
  options: Readonly<Record<string, unknown>>,
  idle: readonly string[],
  needs: string,
): void {
  for (const name of idle) {
    if (options[name] !== undefined && options[name] !== table[name].default) throw optionNeeds(who, name, needs);
  }
}

/** The names of the options that a resumed run may not be given anew. */
export function fixedOptions(table: OptionTable): string[] {
  return Object.keys(table).filter((name) => !table[name].budget);
}

function checkOption(who: string, name: string, option: Option, value: unknown): void {
  if (option.kind === "word") {
    const { words, refused = {} } = option;
    if (typeof value === "string" && Object.hasOwn(refused, value))
      throw refusedValue(who, name, value, refused[value]);
    if (!words.includes(value as string)) throw unknownValue(who, name, value, words);
  } else if (!fits(option, value)) throw invalidValue(who, name, expectedText(option), value);
}

function fits(option: NumberOption | TextOption | FlagOption, value: unknown): boolean {
  if (option.kind === "flag") return typeof value === "boolean";
  if (option.kind === "text") return typeof value === "string" && value !== "";
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity } = option;
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (option.kind === "whole" && !Number.isSafeInteger(value)) return false;
  return value >= from && value > above && value <= to && value < below;
}

/** What a value must be, in words: "a probability from 0 to below 1". */
export function expectedText(option: NumberOption | TextOption | FlagOption): string {
  if (option.kind === "flag") return "true or false";
  if (option.kind === "text") return "a text";
  const { from, above, to, below, noun = option.kind === "whole" ? "whole number" : "number" } = option;
  const lower = from !== undefined ? ` from ${from}` : above !== undefined ? ` above ${above}` : "";
  const upper = to !== undefined ? ` to ${to}` : below !== undefined ? ` to below ${below}` : "";
  return `a ${noun}${lower}${upper}`;
}
