import { optionNeeds } from "../errors.js";
import { ATTENTION_KINDS, BRIDGES } from "../nn/index.js";
import { cellOption } from "./cell-option.js";
import { learningOptions, withSchedule } from "./learning.js";
import {
  batchOptions,
  budgetOptions,
  chanceOptions,
  type CompleteOptions,
  completeOptions,
  type OptionsOf,
  type OptionTable,
} from "./option-table.js";
import { SKIP_BAD } from "./skip-bad.js";
import { TEXT_UNITS } from "./text-tokenizers.js";

/** How files hold pairs, in the words of the option `format`. */
export const TRANSLATE_FORMATS = ["auto", "parallel", "tsv", "csv", "jsonl"] as const;

/** What may happen to texts that are too long. */
const TOO_LONG = ["refuse", "cut", "skip"] as const;

/** How to read pairs of texts and to train an encoder and a decoder, with every default. */
export const TRANSLATE_OPTIONS = {
  // What the data is.
  format: {
    kind: "word",
    words: TRANSLATE_FORMATS,
    default: "auto",
    doc: "what files hold: two files line by line, or a table or objects in which columns or keys are named",
  },
  sourceColumn: { kind: "text", default: "source", letter: "name", doc: "column or key of the text" },
  targetColumn: { kind: "text", default: "target", letter: "name", doc: "column or key of what it becomes" },
  encoding: { kind: "word", words: ["utf-8", "latin1"], default: "utf-8", doc: "encoding of the files" },
  skipBad: SKIP_BAD,
  // What is read of it.
  unit: {
    kind: "word",
    words: TEXT_UNITS,
    default: "word",
    doc: "what a step of a text is; space: what stands between white space, piece: learned pieces of words",
  },
  lowercase: { kind: "flag", default: false, doc: "read and write upper-case letters as lower-case ones" },
  minCount: { kind: "whole", from: 1, default: 2, doc: "units that occur less often are unknown ones" },
  vocabulary: { kind: "whole", from: 2, default: 20_000, doc: "most units of a side that are told apart" },
  maxLength: { kind: "whole", from: 1, default: 500, doc: "most steps of a text" },
  tooLong: {
    kind: "word",
    words: TOO_LONG,
    default: "refuse",
    doc: "what happens to a longer one: an error, its first steps are read, or its pair is left out and told",
  },
  // The network.
  cell: cellOption("gru", "recurrent cell of encoder and decoder"),
  hidden: { kind: "whole", from: 1, default: 256, doc: "units of the decoder, and of each direction of the encoder" },
  layers: { kind: "whole", from: 1, default: 1, doc: "layers of the encoder" },
  bidirectional: { kind: "flag", default: true, doc: "read in one direction only" },
  embed: { kind: "whole", from: 1, default: 256, doc: "numbers that stand for a unit" },
  attention: {
    kind: "word",
    words: ATTENTION_KINDS,
    default: "bahdanau",
    doc: "how the decoder looks at the source: before its step, behind it, or not",
  },
  score: {
    kind: "word",
    words: ["dot", "general", "concat"],
    default: "general",
    doc: "how a state meets a position of the source, of luong",
  },
  inputFeeding: { kind: "flag", default: true, doc: "keep what luong's attention made from the next step" },
  coverage: {
    kind: "number",
    from: 0,
    default: 0,
    doc: "how much looking twice at a position costs; above 0 the score sees it",
  },
  copy: {
    kind: "flag",
    default: false,
    doc: "let the decoder copy units of the source as well, names that it does not know for example",
  },
  bridge: {
    kind: "word",
    words: BRIDGES,
    default: "tanh",
    doc: "how the decoder's first state is made from the encoder's last",
  },
  // What keeps it from learning by heart.
  dropout: {
    kind: "number",
    noun: "probability",
    from: 0,
    below: 1,
    letter: "p",
    default: 0.3,
    doc: "probability of dropping a unit of embeddings, between layers and before the output",
  },
  labelSmoothing: {
    kind: "number",
    noun: "share",
    from: 0,
    below: 1,
    letter: "p",
    default: 0,
    doc: "share of a target that is spread over all units",
  },
  // The training.
  teacher: {
    kind: "word",
    words: ["always", "linear", "exponential", "inverseSigmoid"],
    default: "always",
    doc: "how the share of right units that the decoder reads falls; it draws the others itself",
  },
  teacherSteps: {
    kind: "number",
    above: 0,
    default: 1000,
    doc: "steps until linear ends, and until the others are near ½",
  },
  teacherEnd: { kind: "number", noun: "share", from: 0, to: 1, default: 0.5, doc: "where linear ends" },
  ...batchOptions("pairs", 64, "units"),
  ...learningOptions({ lr: 1e-3, clip: 1, keep: "best" }),
  ...chanceOptions("pairs, drawn by the seed", "weights, dropout, order and split"),
  ...budgetOptions({ epochs: 10 }, "batches"),
} as const satisfies OptionTable;

/** How to ask a translator, with every default. */
export const TRANSLATE_ASKING = {
  beam: { kind: "whole", from: 1, default: 5, doc: "hypotheses that are followed at a time; 1 is greedy" },
  lengthPenalty: {
    kind: "word",
    words: ["average", "gnmt", "none"],
    default: "average",
    doc: "how hypotheses of different lengths are compared",
  },
  alpha: { kind: "number", from: 0, doc: "strength of the length penalty (default: 1, of gnmt 0.6)" },
  coveragePenalty: {
    kind: "word",
    words: ["none", "gnmt", "summary"],
    default: "none",
    doc: "what it costs to look at a part of the source too little, or too much",
  },
  beta: { kind: "number", from: 0, doc: "strength of the coverage penalty (default: 0.2)" },
  blockRepeats: { kind: "whole", from: 0, default: 0, doc: "no run of so many units twice; 0: anything may" },
  best: { kind: "whole", from: 1, default: 1, doc: "answers to give, at most as many as beam (predict)" },
  prefix: { kind: "text", doc: "what every answer begins with (predict)" },
  tooLong: {
    kind: "word",
    words: TOO_LONG,
    doc: "what happens to a text longer than the model takes; skip: a pair of eval is left out (default: as trained)",
  },
} as const satisfies OptionTable;

/** How to ask: plain JSON; the flags of `eval` and `predict` have the same names. */
export type TranslateAsking = OptionsOf<typeof TRANSLATE_ASKING>;

/** How to train a translator: plain JSON; the flags of `hiddenstate train translate` have the same names. */
export type TranslateOptions = OptionsOf<typeof TRANSLATE_OPTIONS>;

type Complete = CompleteOptions<typeof TRANSLATE_OPTIONS>;

/** Options with every default filled in; of steps, epochs and minutes exactly one, and of `batch` and `batchTokens`. */
export type CompleteTranslateOptions = Omit<Complete, "batch"> & Partial<Pick<Complete, "batch">>;

const WHO = "translate.train";

/**
 * Fill in defaults and check every value, by itself and beside the others.
 *
 * @throws E_OPTION for an option that does not exist; E_VALUE for values out of range; E_BUDGET for more than one budget;
 *   E_OPTION_NEEDS for options that no network can have together
 */
export function completeTranslateOptions(options: TranslateOptions): CompleteTranslateOptions {
  const complete = withSchedule(completeOptions(WHO, TRANSLATE_OPTIONS, options), "constant");
  const { attention, score, bidirectional, coverage, copy, unit } = complete;
  const needs: readonly (readonly [option: string, asked: boolean, met: boolean, needs: string])[] = [
    [
      "coverage",
      coverage > 0,
      attention === "bahdanau" || (attention === "luong" && score === "concat"),
      'attention "bahdanau", or "luong" with score "concat"',
    ],
    ["copy", copy, attention !== "none", 'attention "bahdanau" or "luong"'],
    ["copy", copy, unit !== "piece", 'unit "word", "space" or "char": learned pieces can write any word'],
    ["copy", copy, complete.labelSmoothing === 0, "labelSmoothing 0"],
    [
      'bridge "copy"',
      complete.bridge === "copy",
      !bidirectional,
      "bidirectional false (--no-bidirectional): both directions together are twice as wide as the decoder",
    ],
  ];
  for (const [option, asked, met, words] of needs) if (asked && !met) throw optionNeeds(WHO, option, words);
  return complete;
}

/**
 * Refuse options that were given and do nothing beside the others.
 *
 * @throws E_OPTION_NEEDS
 */
export function expectUseful(options: TranslateOptions, { attention, teacher }: CompleteTranslateOptions): void {
  const useful: readonly (readonly [option: keyof TranslateOptions, useful: boolean, needs: string])[] = [
    ["score", attention === "luong", 'attention "luong"'],
    ["inputFeeding", attention === "luong", 'attention "luong"'],
    ["teacherSteps", teacher !== "always", 'teacher "linear", "exponential" or "inverseSigmoid"'],
    ["teacherEnd", teacher === "linear", 'teacher "linear"'],
  ];
  for (const [option, does, needs] of useful) {
    if (options[option] !== undefined && !does) throw optionNeeds(WHO, option, needs);
  }
}
