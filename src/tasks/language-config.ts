import { configFormat, invalidValue, unknownOption, unknownValue } from "../errors.js";
import { CELLS } from "../nn/index.js";
import { budgetOf, readJsonObject } from "../train/index.js";

/** How to train a character language model: plain JSON; the flags of `hiddenstate train language` have the same names. */
export interface LanguageOptions {
  /** Recurrent cell; default "lstm". */
  readonly cell?: string;
  /** H: units of each layer; default 128. */
  readonly hidden?: number;
  /** L: layers; default 2. */
  readonly layers?: number;
  /** E: numbers that stand for a character; default 64. */
  readonly embed?: number;
  /** T: characters of a window, through which gradients flow; default 50. */
  readonly window?: number;
  /** B: places of the text read side by side; default 50. */
  readonly batch?: number;
  /** Learning rate of Adam; default 2e-3. */
  readonly lr?: number;
  /** Bound of the gradient's global norm; default 5. */
  readonly clip?: number;
  /** Probability of dropping a unit; default 0. */
  readonly dropout?: number;
  /** Share of the text, at its end, kept for validation; default 0.1. */
  readonly valid?: number;
  /** Decides initial weights, dropout and samples; default 1. */
  readonly seed?: number;
  /** Train for so many windows; default 2000 if neither epochs nor minutes are given. */
  readonly steps?: number;
  /** Train for so many passes over the text. */
  readonly epochs?: number;
  /** Train for so long. */
  readonly minutes?: number;
}

/** Which text a run was trained on. */
export interface TextIdentity {
  /** Where it came from, in words or as a path. */
  readonly source: string;
  /** Characters N. */
  readonly characters: number;
  /** `textFingerprint` of it. */
  readonly fingerprint: string;
}

/** Options with every default filled in; of steps, epochs and minutes exactly one. */
export type CompleteLanguageOptions = Required<Omit<LanguageOptions, "steps" | "epochs" | "minutes">> &
  Pick<LanguageOptions, "steps" | "epochs" | "minutes">;

/** What `config.json` of a run holds. */
export interface LanguageConfig {
  readonly format: "hiddenstate.config";
  readonly version: 1;
  readonly task: "language";
  readonly options: CompleteLanguageOptions;
  readonly text: TextIdentity;
}

/** The defaults; the budget has its own, 2000 steps. */
export const LANGUAGE_DEFAULTS = {
  cell: "lstm",
  hidden: 128,
  layers: 2,
  embed: 64,
  window: 50,
  batch: 50,
  lr: 2e-3,
  clip: 5,
  dropout: 0,
  valid: 0.1,
  seed: 1,
} as const;

/** Steps of a training that was not told when to end. */
export const DEFAULT_STEPS = 2000;

const BUDGETS = ["steps", "epochs", "minutes"] as const;
const WHO = "language.train";

/**
 * Fill in defaults and check every value.
 *
 * @throws E_OPTION for an option that does not exist; E_VALUE for values out of range; E_BUDGET for more than one budget
 */
export function completeLanguageOptions(options: LanguageOptions): CompleteLanguageOptions {
  const known = [...Object.keys(LANGUAGE_DEFAULTS), ...BUDGETS];
  for (const name of Object.keys(options)) if (!known.includes(name)) throw unknownOption(WHO, name, known);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const budget = BUDGETS.some((kind) => kind in given) ? {} : { steps: DEFAULT_STEPS };
  const complete: CompleteLanguageOptions = { ...LANGUAGE_DEFAULTS, ...budget, ...given };
  if (!Object.hasOwn(CELLS, complete.cell)) throw unknownValue(WHO, "cell", complete.cell, Object.keys(CELLS));
  for (const name of ["hidden", "layers", "embed", "window", "batch"] as const) {
    const value = complete[name];
    require(Number.isSafeInteger(value) && value >= 1, name, "a whole number from 1", value);
  }
  require(complete.lr > 0 && complete.lr < Infinity, "lr", "a number above 0", complete.lr);
  require(complete.clip > 0 && complete.clip < Infinity, "clip", "a number above 0", complete.clip);
  require(complete.dropout >= 0 &&
    complete.dropout < 1, "dropout", "a probability from 0 to below 1", complete.dropout);
  require(complete.valid >= 0 && complete.valid < 1, "valid", "a share from 0 to below 1", complete.valid);
  require(Number.isSafeInteger(complete.seed), "seed", "a whole number", complete.seed);
  budgetOf(complete);
  return complete;
}

function require(holds: boolean, option: string, expected: string, received: unknown): void {
  if (!holds) throw invalidValue(WHO, option, expected, received);
}

/**
 * Read `config.json`.
 *
 * @throws E_RUN_VERSION for another version; E_CONFIG for another format or task; the errors of
 *   `completeLanguageOptions`
 */
export function readLanguageConfig(bytes: Uint8Array): LanguageConfig {
  const { format, version, task, text, options } = readJsonObject("config.json", bytes);
  if (format !== "hiddenstate.config") throw configFormat("format", format, "hiddenstate.config");
  if (version !== 1) throw configFormat("version", version, "1");
  if (task !== "language") throw configFormat("task", task, "language");
  const { source, characters, fingerprint } = (text ?? {}) as Partial<TextIdentity>;
  if (typeof source !== "string" || typeof characters !== "number" || typeof fingerprint !== "string") {
    throw configFormat("text", JSON.stringify(text), "{ source, characters, fingerprint }");
  }
  const complete = completeLanguageOptions((options ?? {}) as LanguageOptions);
  return { format, version, task, options: complete, text: { source, characters, fingerprint } };
}
