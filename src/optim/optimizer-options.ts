/** Optimizers as plain JSON: `{ name: "adam", lr: 2e-3 }`. */
import { groupMatchesNothing, unknownValue } from "../errors.js";
import type { Parameter } from "../tensor/index.js";
import { Adam, AdamW, type AdamSettings } from "./adam.js";
import { Adadelta, type AdadeltaSettings } from "./adadelta.js";
import { Adagrad, type AdagradSettings } from "./adagrad.js";
import { ASGD, type ASGDSettings, type Trigger } from "./asgd.js";
import type { CommonSettings, Optimizer } from "./optimizer.js";
import { RMSprop, type RMSpropSettings } from "./rmsprop.js";
import { SGD, type SGDSettings } from "./sgd.js";

/** Parameters by name, with settings of their own. */
export type NamedGroup<Settings> = {
  /** Names of parameters; `*` stands for any characters. The first group that matches has the parameter. */
  readonly match: string | readonly string[];
} & Partial<Settings>;

type Named<Name extends string, Settings> = {
  readonly name: Name;
  /** Parameters that have other settings (default none). */
  readonly groups?: readonly NamedGroup<Settings>[];
} & Partial<Settings>;

/** An optimizer as plain JSON: a name and that class's settings. */
export type OptimizerOptions =
  | Named<"sgd", SGDSettings>
  | Named<"adam", AdamSettings>
  | Named<"adamw", AdamSettings>
  | Named<"rmsprop", RMSpropSettings>
  | Named<"adagrad", AdagradSettings>
  | Named<"adadelta", AdadeltaSettings>
  | (Named<"asgd", ASGDSettings> & Trigger);

const OPTIMIZERS = {
  sgd: SGD,
  adam: Adam,
  adamw: AdamW,
  rmsprop: RMSprop,
  adagrad: Adagrad,
  adadelta: Adadelta,
  asgd: ASGD,
};

/** Names of optimizers that JSON can ask for. */
export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as readonly OptimizerOptions["name"][];

/**
 * The optimizer that JSON asks for.
 *
 * @param parameters what it moves, by name, e.g. `model.namedParameters()`
 * @throws E_VALUE for an unknown name or a setting out of range; E_OPTION for an unknown setting; E_PARAMETERS for a group
 *   that matches nothing
 *
 * @example
 * optimizerOf({ name: "adamw", lr: 1e-3, groups: [{ match: "*bias*", weightDecay: 0 }] }, model.namedParameters());
 */
export function optimizerOf(
  options: OptimizerOptions,
  parameters: Iterable<readonly [name: string, parameter: Parameter]>,
): Optimizer<CommonSettings> {
  const { name, groups = [], ...settings } = options;
  if (!Object.hasOwn(OPTIMIZERS, name)) throw unknownValue("optimizer", "name", name, OPTIMIZER_NAMES);
  const named = [...parameters];
  const patterns = groups.map(({ match }) => [match].flat().map(patternOf));
  const place = (name: string): number => patterns.findIndex((any) => any.some((pattern) => pattern.test(name)));
  const members = (at: number): Parameter[] =>
    named.flatMap(([name, parameter]) => (place(name) === at ? [parameter] : []));
  const own = groups.map(({ match, ...other }, at) => {
    const parameters = members(at);
    if (parameters.length === 0) {
      throw groupMatchesNothing(
        [match].flat(),
        named.map(([name]) => name),
      );
    }
    return { ...other, parameters };
  });
  const rest = members(-1);
  // The first group's learning rate is the one that is told.
  const learned = rest.length > 0 ? [{ parameters: rest }, ...own] : own;
  const Kind = OPTIMIZERS[name] as new (learned: object[], settings: object) => Optimizer<CommonSettings>;
  return new Kind(learned, settings);
}

function patternOf(match: string): RegExp {
  const escaped = match.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`);
}
