import { POOLING_KINDS } from "../nn/index.js";
import { cellOption } from "./cell-option.js";
import { learningOptions, withSchedule } from "./learning.js";
import {
  budgetOptions,
  chanceOptions,
  type CompleteOptions,
  completeOptions,
  type OptionsOf,
  type OptionTable,
  refuseIdle,
} from "./option-table.js";
import { SKIP_BAD } from "./skip-bad.js";
import { TEXT_UNITS } from "./text-tokenizers.js";

const probability = { kind: "number", noun: "probability", from: 0, below: 1, letter: "p", default: 0 } as const;

/** How files hold examples, in the words of the option `format`. */
export const CLASSIFY_FORMATS = ["auto", "lines", "files", "folders", "csv", "jsonl", "ts"] as const;

/** How to read examples and to train a classifier of sequences, with every default. */
export const CLASSIFY_OPTIONS = {
  // What the data is.
  format: {
    kind: "word",
    words: CLASSIFY_FORMATS,
    default: "auto",
    doc: "how files hold examples",
  },
  textColumn: { kind: "text", default: "text", letter: "name", doc: "column or key of the text" },
  labelColumn: { kind: "text", default: "label", letter: "name", doc: "column or key of the label or labels" },
  labelEnd: { kind: "text", letter: "mark", doc: "a label ends before this mark, e.g. : for the LOC of LOC:city" },
  encoding: { kind: "word", words: ["utf-8", "latin1"], default: "utf-8", doc: "encoding of text files" },
  skipBad: SKIP_BAD,
  multiLabel: { kind: "flag", default: false, doc: "any number of labels for an example (in CSV separated by |)" },
  // What is read of it.
  unit: {
    kind: "word",
    words: TEXT_UNITS,
    default: "word",
    doc: "what a step of a text is; space: what stands between white space, piece: learned pieces of words",
  },
  lowercase: { kind: "flag", default: false, doc: "read upper-case letters as lower-case ones" },
  minCount: { kind: "whole", from: 1, default: 2, doc: "units of text that occur less often are unknown ones" },
  vocabulary: { kind: "whole", from: 2, default: 50_000, doc: "most units of text that are told apart" },
  maxLength: { kind: "whole", from: 1, default: 2000, doc: "most steps of a sequence" },
  tooLong: { kind: "word", words: ["refuse", "cut"], default: "refuse", doc: "what happens to longer ones" },
  // The network.
  cell: cellOption("lstm", "recurrent cell"),
  hidden: { kind: "whole", from: 1, default: 128, doc: "units of each layer and direction" },
  layers: { kind: "whole", from: 1, default: 1, doc: "layers" },
  bidirectional: { kind: "flag", default: true, doc: "read in one direction only" },
  pooling: { kind: "word", words: POOLING_KINDS, default: "max", doc: "how the steps become one vector" },
  embed: { kind: "whole", from: 1, default: 100, doc: "numbers that stand for a unit of text" },
  letters: { kind: "word", words: ["none", "lstm", "cnn"], default: "none", doc: "what reads the letters of a word" },
  letterEmbed: { kind: "whole", from: 1, default: 25, doc: "numbers that stand for a letter" },
  letterSize: { kind: "whole", from: 2, default: 50, doc: "numbers that the letters of a word add to it" },
  // What keeps it from learning by heart.
  dropout: { ...probability, default: 0.3, doc: "probability of dropping a unit before, between and after layers" },
  inputDropout: { ...probability, doc: "the same for the input of a layer, fixed for a whole sequence" },
  recurrentDropout: { ...probability, doc: "the same for the state where the recurrent matrices see it" },
  wordDropout: { ...probability, doc: "probability of reading a unit of text as unknown" },
  embedDropout: { ...probability, doc: "probability of dropping a unit of text wherever it stands in a batch" },
  labelSmoothing: { ...probability, noun: "share", doc: "share of a label that is spread over all" },
  classWeights: {
    kind: "text",
    default: "none",
    letter: "weights",
    doc: "what labels count: none, balanced (the rarer the more), or numbers as spam=3,ham=1",
  },
  // The training.
  batch: { kind: "whole", from: 1, default: 32, doc: "examples of a step" },
  ...learningOptions({ optimizer: "adamw", patience: 5, keep: "best" }),
  ...chanceOptions("examples, drawn by the seed", "weights, dropout, order and split"),
  ...budgetOptions({ epochs: 20 }, "batches"),
} as const satisfies OptionTable;

/** What is read of texts only. */
const OF_TEXTS = [
  "unit",
  "lowercase",
  "minCount",
  "vocabulary",
  "embed",
  "letters",
  "letterEmbed",
  "letterSize",
  "wordDropout",
  "embedDropout",
] as const satisfies readonly (keyof typeof CLASSIFY_OPTIONS)[];

/** Errors: `E_OPTION_NEEDS` for options that change nothing beside the others, or for series. */
export function refuseIdleOptions(options: CompleteClassifyOptions, kind: "text" | "series"): void {
  const refuse = (idle: readonly (keyof typeof CLASSIFY_OPTIONS)[], needs: string): void => {
    refuseIdle("classify.train", CLASSIFY_OPTIONS, options, idle, needs);
  };
  if (kind === "series") refuse(OF_TEXTS, "texts, and these examples are series");
  if (options.letters === "none") refuse(["letterEmbed", "letterSize"], "letters that are read: lstm or cnn");
  if (options.multiLabel) refuse(["labelSmoothing"], "examples of one label each, not multiLabel");
}

/** How to train a classifier: plain JSON; the flags of `hiddenstate train classify` have the same names. */
export type ClassifyOptions = OptionsOf<typeof CLASSIFY_OPTIONS>;

/** Options with every default filled in; of steps, epochs and minutes exactly one. */
export type CompleteClassifyOptions = CompleteOptions<typeof CLASSIFY_OPTIONS>;

/**
 * Fill in defaults and check every value.
 *
 * @throws E_OPTION for an option that does not exist; E_VALUE for values out of range; E_BUDGET for more than one budget
 */
export function completeClassifyOptions(options: ClassifyOptions): CompleteClassifyOptions {
  return withSchedule(completeOptions("classify.train", CLASSIFY_OPTIONS, options), "constant");
}
