import { cellOption } from "./cell-option.js";
import { LANGUAGE_LEVELS } from "./language-text.js";
import type { LanguageEvaluateSettings, LanguagePredictSettings } from "./trained-language-model.js";
import { learningOptions, withSchedule } from "./learning.js";
import {
  budgetOptions,
  chanceOptions,
  type CompleteOptions,
  completeOptions,
  type OptionsOf,
  type OptionTable,
} from "./option-table.js";

/** How to train a language model, with every default. */
export const LANGUAGE_OPTIONS = {
  // What is read.
  level: {
    kind: "word",
    words: LANGUAGE_LEVELS,
    default: "char",
    doc: "what a step is: a character, a word, a piece of a word",
  },
  vocabulary: { kind: "whole", from: 2, default: 10_000, doc: "most words or pieces that are told apart" },
  minCount: { kind: "whole", from: 1, default: 1, doc: "words that occur less often are unknown ones" },
  rule: {
    kind: "word",
    words: ["words", "spaces"],
    default: "words",
    doc: "what a word is: marks stand by themselves, or spaces alone part words (text that is tokenised already)",
  },
  // The network.
  cell: cellOption("lstm", "recurrent cell"),
  hidden: { kind: "whole", from: 1, default: 128, doc: "units of each layer" },
  layers: { kind: "whole", from: 1, default: 2, doc: "layers" },
  embed: { kind: "whole", from: 1, default: 64, doc: "numbers that stand for a token" },
  tied: {
    kind: "flag",
    default: false,
    doc: "let the table of the embedding be the matrix of the output (embed = hidden)",
  },
  init: {
    kind: "number",
    from: 0,
    default: 0,
    doc: "draw every weight from U(-x, x); 0 leaves each layer its own rule",
  },
  // The training.
  window: { kind: "whole", from: 1, default: 50, doc: "tokens that gradients flow through" },
  batch: { kind: "whole", from: 1, default: 50, doc: "places of the text read side by side" },
  sumLoss: { kind: "flag", default: false, doc: "add up the loss over a window: lr and clip as in Zaremba et al." },
  ...learningOptions(),
  dropout: {
    kind: "number",
    noun: "probability",
    from: 0,
    below: 1,
    letter: "p",
    default: 0,
    doc: "probability of dropping a unit",
  },
  ...chanceOptions("text, at its end", "weights, dropout and samples"),
  ...budgetOptions({ steps: 2000 }, "windows"),
} as const satisfies OptionTable;

/** How to score a text with a language model, as it is or learning and remembering on the way, and how much it says. */
export const LANGUAGE_ASKING = {
  dynamic: { kind: "flag", only: "evaluate", default: false, doc: "learn from what has been scored" },
  dynamicLr: {
    kind: "number",
    only: "evaluate",
    needs: "dynamic",
    above: 0,
    default: 0.03,
    doc: "learning rate of dynamic, of the loss summed over a window",
  },
  dynamicWindow: {
    kind: "whole",
    only: "evaluate",
    needs: "dynamic",
    from: 1,
    default: 20,
    doc: "tokens between two updates of dynamic",
  },
  dynamicPull: {
    kind: "number",
    only: "evaluate",
    needs: "dynamic",
    noun: "share",
    from: 0,
    to: 1,
    default: 0,
    doc: "share of the way back after an update",
  },
  cache: { kind: "flag", only: "evaluate", default: false, doc: "remember what has been scored" },
  cacheSize: {
    kind: "whole",
    only: "evaluate",
    needs: "cache",
    from: 1,
    default: 500,
    doc: "last tokens that the cache holds",
  },
  cacheTheta: {
    kind: "number",
    only: "evaluate",
    needs: "cache",
    from: 0,
    default: 0.5,
    doc: "how much likeness counts in the cache",
  },
  cacheShare: {
    kind: "number",
    only: "evaluate",
    needs: "cache",
    noun: "share",
    from: 0,
    below: 1,
    default: 0.1,
    doc: "the cache's share of a probability",
  },
  length: {
    kind: "whole",
    only: "predict",
    from: 0,
    default: 100,
    doc: "characters, words or pieces to go on with",
  },
} as const satisfies OptionTable;

/** What `LanguageModel.evaluate` and `answer` take of them. */
export function languageSettings(
  asked: OptionsOf<typeof LANGUAGE_ASKING>,
): LanguageEvaluateSettings & Pick<LanguagePredictSettings, "length"> {
  const { dynamic, dynamicLr: lr, dynamicWindow: window, dynamicPull: pull } = asked;
  const { cache, cacheSize: size, cacheTheta: theta, cacheShare: share, length } = asked;
  return {
    ...(dynamic === true ? { dynamic: { lr, window, pull } } : {}),
    ...(cache === true ? { cache: { size, theta, share } } : {}),
    ...(length === undefined ? {} : { length }),
  };
}

/** How to train a language model: plain JSON; the flags of `hiddenstate train language` have the same names. */
export type LanguageOptions = OptionsOf<typeof LANGUAGE_OPTIONS>;

/** Options with every default filled in; of steps, epochs and minutes exactly one. */
export type CompleteLanguageOptions = CompleteOptions<typeof LANGUAGE_OPTIONS>;

/**
 * Fill in defaults and check every value.
 *
 * @throws E_OPTION for an option that does not exist; E_VALUE for values out of range; E_BUDGET for more than one budget
 */
export function completeLanguageOptions(options: LanguageOptions): CompleteLanguageOptions {
  return withSchedule(completeOptions("language.train", LANGUAGE_OPTIONS, options), "constant");
}
