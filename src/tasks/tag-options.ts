import { badNumber } from "../errors.js";
import { WORD_CHARACTERS_KINDS } from "../nn/index.js";
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

const probability = { kind: "number", noun: "probability", from: 0, below: 1, letter: "p", default: 0 } as const;

/** How files hold tagged sentences, in the words of the option `format`. */
export const TAG_FORMATS = ["auto", "conll", "conllu"] as const;

/** How to read tagged sentences and to train a tagger, with every default. */
export const TAG_OPTIONS = {
  // What the data is.
  format: {
    kind: "word",
    words: TAG_FORMATS,
    default: "auto",
    doc: "what files hold: columns with an empty line after each sentence, or CoNLL-U",
  },
  tokenColumn: { kind: "whole", default: 0, doc: "column of the token, from 0; below 0 from the last" },
  labelColumn: { kind: "whole", default: -1, doc: "column of the label, from 0; below 0 from the last" },
  field: {
    kind: "word",
    words: ["upos", "xpos", "deprel", "feats"],
    default: "upos",
    doc: "what to learn of CoNLL-U",
  },
  encoding: { kind: "word", words: ["utf-8", "latin1"], default: "utf-8", doc: "encoding of the files" },
  skipBad: SKIP_BAD,
  // What is read of it.
  lowercase: { kind: "flag", default: true, doc: "keep upper case in the vectors of words; letters keep it anyway" },
  minCount: { kind: "whole", from: 1, default: 1, doc: "words that occur less often are unknown ones" },
  vocabulary: { kind: "whole", from: 2, default: 50_000, doc: "most words that are told apart" },
  // The network.
  cell: cellOption("lstm", "recurrent cell, in both directions"),
  hidden: { kind: "whole", from: 1, default: 100, doc: "units of each layer and direction" },
  layers: { kind: "whole", from: 1, default: 1, doc: "layers" },
  embed: { kind: "whole", from: 1, default: 100, doc: "numbers that stand for a word" },
  letters: {
    kind: "word",
    words: ["none", ...WORD_CHARACTERS_KINDS],
    default: "lstm",
    doc: "how the letters of a word are read",
  },
  letterEmbed: { kind: "whole", from: 1, default: 25, doc: "numbers that stand for a letter" },
  letterSize: { kind: "whole", from: 2, default: 50, doc: "features of a word from its letters" },
  decoder: {
    kind: "word",
    words: ["crf", "softmax"],
    default: "crf",
    doc: "choose the sequence of labels (crf), or each by itself",
  },
  scheme: {
    kind: "word",
    words: ["none", "iob1", "iob2", "iobes"],
    default: "none",
    doc: "write spans this way, whatever the data does; the crf never breaks its rules",
  },
  // What keeps it from learning by heart.
  dropout: { ...probability, default: 0.33, doc: "probability of dropping a unit before, between and after layers" },
  variational: { kind: "flag", default: true, doc: "drop anew at every word, not for a whole sentence" },
  recurrentDropout: { ...probability, doc: "the same for the state where the recurrent matrices see it" },
  wordDropout: { ...probability, default: 0.05, doc: "probability of reading a word as unknown" },
  // The training.
  ...batchOptions("sentences", 32, "words"),
  ...learningOptions({ schedule: "linear", keep: "best" }),
  ...chanceOptions("sentences, drawn by the seed", "weights, dropout, order and split"),
  ...budgetOptions({ epochs: 10 }, "batches"),
} as const satisfies OptionTable;

/** How to ask a tagger, with every default. */
export const TAG_ASKING = {
  decoding: {
    kind: "word",
    words: ["viterbi", "marginal"],
    default: "viterbi",
    doc: "look for the most probable sequence of labels, or for the most labels that are right",
  },
  best: { kind: "whole", from: 1, letter: "n", doc: "tell the n most probable sequences of labels, of a crf" },
} as const satisfies OptionTable;

/** How to ask: plain JSON; the flags of `eval` and `predict` have the same names. */
export type TagAsking = OptionsOf<typeof TAG_ASKING>;

/** How to train a tagger: plain JSON; the flags of `hiddenstate train tag` have the same names. */
export type TagOptions = OptionsOf<typeof TAG_OPTIONS>;

/** Options with every default filled in; of steps, epochs and minutes exactly one. */
export type CompleteTagOptions = CompleteOptions<typeof TAG_OPTIONS>;

/**
 * Fill in defaults and check every value, by itself and beside the others.
 *
 * @throws E_OPTION for an option that does not exist; E_VALUE for values out of range; E_BUDGET for more than one budget;
 *   E_NUMBER for an odd `letterSize` of letters that are read in both directions
 */
export function completeTagOptions(options: TagOptions): CompleteTagOptions {
  const who = "tag.train";
  const complete = withSchedule(completeOptions(who, TAG_OPTIONS, options), "linear");
  const { letters, letterSize } = complete;
  if (letters === "lstm" && letterSize % 2 !== 0) {
    throw badNumber(who, "letterSize", "even for letters that are read in both directions", letterSize);
  }
  return complete;
}
