import { emptyGroup } from "../errors.js";
import type { Parameter } from "../tensor/index.js";
import type { Module } from "./module.js";

/** Which parameters a group takes: by full name, as `namedParameters` has it, and by whatever else a parameter is. */
export interface GroupRule {
  readonly where: RegExp | ((name: string, parameter: Parameter) => boolean);
}

/** A group as the optimizers take it: the settings of a rule, or none. */
export type GroupOf<R extends GroupRule> = { readonly parameters: readonly Parameter[] } & Partial<SettingsOf<R>>;
type SettingsOf<R> = R extends unknown ? Omit<R, "where"> : never;

/**
 * The parameters of a module in groups for an optimizer: each goes to the first rule that takes it, those that no rule takes
 * form a group with the settings of the optimizer itself. Parameters that are never learned (`requiresGrad` false) are left out.
 *
 * What a rule says beside `where` are settings of the optimizer, `lr`, `weightDecay`, …. Errors: `E_GROUP` for a rule that takes nothing: a name has changed, or was misspelt.
 *
 * @example
 * new Adam(parameterGroups(model, { where: /original$/, lr: 1e-4 }, { where: /bias/, weightDecay: 0 }), { lr: 1e-3 });
 */
export function parameterGroups<R extends readonly GroupRule[]>(module: Module, ...rules: R): GroupOf<R[number]>[] {
  const learned = [...module.namedParameters()].filter(([, { requiresGrad }]) => requiresGrad);
  const taken = rules.map((): Parameter[] => []);
  const rest: Parameter[] = [];
  for (const [name, parameter] of learned) {
    const index = rules.findIndex(({ where }) =>
      typeof where === "function" ? where(name, parameter) : name.search(where) >= 0,
    );
    (index < 0 ? rest : taken[index]).push(parameter);
  }
  const names = learned.map(([name]) => name);
  const groups: unknown[] = rules.map(({ where, ...settings }, i) => {
    if (taken[i].length === 0) throw emptyGroup(i, where, names);
    return { ...settings, parameters: taken[i] };
  });
  if (rest.length > 0) groups.unshift({ parameters: rest });
  return groups as GroupOf<R[number]>[];
}
