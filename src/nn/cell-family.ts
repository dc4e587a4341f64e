import type { CellDefinition } from "../cell/index.js";
import { badNumber, unknownOption, unknownValue } from "../errors.js";

/** A function that makes a cell for a whole number, and what may be said of it. */
export interface NumberFamily {
  (count: number): CellDefinition;
  /** What the number is. */
  readonly what: string;
  /** Smallest number. */
  readonly least: number;
}

/**
 * Cells that are made for a whole number, layers or rounds: one definition for each, made when first asked for, since
 * plans and compiled programs belong to a definition.
 *
 * @param name of the function, for its errors
 * @param what the number is
 * @param least smallest number
 *
 * The function throws `E_NUMBER` for anything but a whole number ≥ `least`.
 */
export function cellFamily(
  name: string,
  what: string,
  least: number,
  define: (count: number) => CellDefinition,
): NumberFamily {
  const made = new Map<number, CellDefinition>();
  const make = (count: number): CellDefinition => {
    if (!Number.isInteger(count) || count < least) throw badNumber(name, what, `a whole number ≥ ${least}`, count);
    const known = made.get(count);
    if (known !== undefined) return known;
    const cell = define(count);
    made.set(count, cell);
    return cell;
  };
  return Object.assign(make, { what, least });
}

/** What the options of a family may be: choices with their defaults and common values, and limits > 0. */
export interface FamilyOptions {
  readonly choices: Readonly<Record<string, string>>;
  readonly values: readonly string[];
  readonly limits: readonly string[];
}

/** A function that makes a cell from options, and what these may be. */
export interface OptionFamily<O extends object = object> {
  (options?: O): CellDefinition;
  readonly known: FamilyOptions;
}

/**
 * Cells that are made from options: one definition for each set of them, whatever their order. `define` also receives the
 * name of the cell, that of the function and the options that are not the default.
 *
 * The function throws `E_OPTION`, `E_VALUE` and `E_NUMBER`.
 */
export function optionFamily<O extends object>(
  name: string,
  options: FamilyOptions,
  define: (options: O, name: string) => CellDefinition,
): OptionFamily<O> {
  const { choices, values, limits } = options;
  const made = new Map<string, CellDefinition>();
  const known = [...Object.keys(choices), ...limits];
  const make = (asked: O = {} as O): CellDefinition => {
    for (const [option, value] of Object.entries(asked) as [string, unknown][]) {
      if (!known.includes(option)) throw unknownOption(name, option, known);
      if (value === undefined) continue;
      if (limits.includes(option)) {
        if (typeof value !== "number" || !(value > 0)) throw badNumber(name, option, "a number > 0", value);
      } else if (!values.includes(value as string)) throw unknownValue(name, option, value as string, values);
    }
    const given = asked as Readonly<Record<string, unknown>>;
    const own = known.filter((option) => given[option] !== undefined && given[option] !== choices[option]);
    const key =
      own.length === 0 ? name : `${name}(${own.map((option) => `${option} ${String(given[option])}`).join(", ")})`;
    const chosen = Object.fromEntries(own.map((option) => [option, given[option]]));
    const cell = made.get(key) ?? define(chosen as O, key);
    made.set(key, cell);
    return cell;
  };
  return Object.assign(make, { known: options });
}
