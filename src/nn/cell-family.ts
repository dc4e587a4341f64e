import type { CellDefinition } from "../cell/index.js";
import { badNumber, moreArguments, optionUnread, unknownValue } from "../errors.js";
import { expectOptions, expectSwitch } from "./given.js";

/** An option of a family: a choice among words, on or off (default off), a number > 0 or a whole number ≥ 1 (default none). */
export type FamilyOption =
  | { readonly kind: "choice"; readonly default: string; readonly values: readonly string[] }
  | { readonly kind: "switch" }
  | { readonly kind: "limit" }
  | { readonly kind: "count" };

/** The options of a family by name. */
export type FamilyOptions = Readonly<Record<string, FamilyOption>>;

/** A function that makes a cell for a whole number, and what may be said of it. */
export interface NumberFamily<O extends object = object> {
  (count: number, options?: O): CellDefinition;
  /** What the number is. */
  readonly what: string;
  /** Smallest number. */
  readonly least: number;
  readonly known: FamilyOptions;
}

/** A function that makes a cell from options, and what these may be. */
export interface OptionFamily<O extends object = object> {
  (options?: O): CellDefinition;
  readonly known: FamilyOptions;
}

/**
 * Cells that are made for a whole number, layers or rounds, and perhaps options: one definition for each, made when first
 * asked for, since plans and compiled programs belong to a definition.
 *
 * @param name of the function, for its errors
 * @param what the number is
 * @param least smallest number
 * @param define receives the number, the options that are not the default, and the name of the cell: that of the function,
 * the number and these options
 * @param known the options; default: there are none
 *
 * The function throws `E_NUMBER` for anything but a whole number ≥ `least`, `E_OPTION` for a further argument, and for options
 * what `optionFamily` does.
 */
export function cellFamily<O extends object = object>(
  name: string,
  what: string,
  least: number,
  define: (count: number, options: O, name: string) => CellDefinition,
  known: FamilyOptions = {},
): NumberFamily<O> {
  const names = Object.keys(known);
  const takes = names.length === 0 ? `${name}(${what})` : `${name}(${what}, { ${names.join(", ")} })`;
  const made = new Map<string, CellDefinition>();
  const make = (count: number, options?: O, ...more: readonly unknown[]): CellDefinition => {
    const further = names.length === 0 && options !== undefined ? [options, ...more] : more;
    if (further.length > 0) throw moreArguments(takes, further[0]);
    if (!Number.isInteger(count) || count < least) throw badNumber(name, what, `a whole number ≥ ${least}`, count);
    const { chosen, words } = chosenOf(name, known, options);
    return once(made, `${name}${count}${words}`, (key) => define(count, chosen as O, key));
  };
  return Object.assign(make, { what, least, known });
}

/**
 * Cells that are made from options: one definition for each set of them, whatever their order. `define` also receives the
 * name of the cell, that of the function and the options that are not the default.
 *
 * The function throws `E_OPTION`, `E_VALUE` and `E_NUMBER`.
 */
export function optionFamily<O extends object>(
  name: string,
  known: FamilyOptions,
  define: (options: O, name: string) => CellDefinition,
): OptionFamily<O> {
  const made = new Map<string, CellDefinition>();
  const make = (options?: O, ...more: readonly unknown[]): CellDefinition => {
    if (more.length > 0) throw moreArguments(`${name}({ ${Object.keys(known).join(", ")} })`, more[0]);
    const { chosen, words } = chosenOf(name, known, options);
    return once(made, `${name}${words}`, (key) => define(chosen as O, key));
  };
  return Object.assign(make, { known });
}

/** Refuse an option that nobody would read beside others. Errors: `E_OPTION`. */
export function expectRead(read: boolean, ...unread: Parameters<typeof optionUnread>): void {
  if (!read) throw optionUnread(...unread);
}

/** The options that differ from their defaults, in the order of the table, and in words: `(cell relu, clipCell 3)`. */
function chosenOf(
  name: string,
  known: FamilyOptions,
  options: object = {},
): { readonly chosen: object; readonly words: string } {
  expectOptions(name, options, Object.keys(known));
  const given = options as Readonly<Record<string, unknown>>;
  const chosen: [string, unknown][] = [];
  for (const [option, spec] of Object.entries(known)) {
    const value = given[option];
    if (value === undefined) continue;
    expectValue(name, option, spec, value);
    const usual = spec.kind === "choice" ? spec.default : spec.kind === "switch" ? false : undefined;
    if (value !== usual) chosen.push([option, value]);
  }
  const words = chosen.map(([option, value]) => (value === true ? option : `${option} ${String(value)}`)).join(", ");
  return { chosen: Object.fromEntries(chosen), words: words === "" ? "" : `(${words})` };
}

function expectValue(name: string, option: string, spec: FamilyOption, value: unknown): void {
  switch (spec.kind) {
    case "choice":
      if (!spec.values.includes(value as string)) throw unknownValue(name, option, value, spec.values);
      return;
    case "switch":
      return expectSwitch(name, option, value);
    case "limit":
      if (typeof value !== "number" || !(value > 0 && value < Infinity)) {
        throw badNumber(name, option, "a finite number > 0", value);
      }
      return;
    case "count":
      if (!Number.isInteger(value) || (value as number) < 1) throw badNumber(name, option, "a whole number ≥ 1", value);
  }
}

function once(made: Map<string, CellDefinition>, key: string, define: (key: string) => CellDefinition): CellDefinition {
  const cell = made.get(key) ?? define(key);
  made.set(key, cell);
  return cell;
}
