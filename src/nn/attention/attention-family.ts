/** What the schedules of attention share: one definition per cell and options, and the state that asks. */
import type { CellDefinition, Expression, PlainWeight } from "../../cell/index.js";
import { declaredStates } from "../../cell/define.js";
import { unknownOption, unknownValue } from "../../errors.js";
import { expectCell } from "../given.js";

/** What an option of attention may be: yes or no, or one of some words; the first is the default. */
export type AttentionChoice = boolean | readonly string[];

/** Parameters as a step sees them, by name: matrices and vectors without gates. */
export type StepSymbols = Readonly<Record<string, Expression & PlainWeight>>;

/**
 * Cells that are made of another cell and options: one definition for each, since plans belong to a definition. `define`
 * also receives the name, which says the cell and the options that are not the default.
 *
 * The function throws `E_OPTION` and `E_VALUE`.
 */
export function attentionFamily<O extends object>(
  who: string,
  choices: Readonly<Record<keyof O, AttentionChoice>>,
  define: (cell: CellDefinition, options: O, name: string) => CellDefinition,
): (cell: CellDefinition, options?: O) => CellDefinition {
  const made = new WeakMap<CellDefinition, Map<string, CellDefinition>>();
  const known = Object.keys(choices);
  return (cell, options = {} as O) => {
    expectCell(who, cell);
    const given = Object.entries(options).filter(([, value]) => value !== undefined) as [keyof O & string, unknown][];
    for (const [name, value] of given) {
      if (!known.includes(name)) throw unknownOption(who, name, known);
      const allowed = choices[name];
      const values: readonly unknown[] = typeof allowed === "boolean" ? [false, true] : allowed;
      if (!values.includes(value)) throw unknownValue(who, name, String(value), values.map(String));
    }
    const standard = (name: keyof O): unknown => {
      const choice = choices[name];
      return typeof choice === "boolean" ? choice : choice[0];
    };
    const own = known
      .map((name) => [name, (options as Readonly<Record<string, unknown>>)[name]] as const)
      .filter(([name, value]) => value !== undefined && value !== standard(name as keyof O));
    const said = own.map(([name, value]) => `, ${name}${value === true ? "" : ` ${String(value)}`}`);
    const name = `${who}(${cell.name}${said.join("")})`;
    const family = made.get(cell) ?? new Map<string, CellDefinition>();
    made.set(cell, family);
    const found = family.get(name) ?? define(cell, Object.fromEntries(own) as O, name);
    family.set(name, found);
    return found;
  };
}

/** The states of a cell and more of them, by name their widths. */
export function statesWith(
  cell: CellDefinition,
  more: Readonly<Record<string, string | false>>,
): Record<string, "hidden"> {
  const all = [...declaredStates(cell).map(({ name, dim }) => [name, dim] as const), ...Object.entries(more)];
  // Which widths there are is known when the cell is made, and checked there.
  return Object.fromEntries(all.filter(([, dim]) => dim !== false)) as Record<string, "hidden">;
}

/** The state that a cell shows as its output, or its first one: what asks. */
export function queryState({ states, trace }: CellDefinition): { readonly name: string; readonly dim: string } {
  return states.find(({ name }) => trace.next[name] === trace.output) ?? states[0];
}
