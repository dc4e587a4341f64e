import { type FileSource, splitText } from "../data/index.js";
import { textTooShort } from "../errors.js";
import { defineTask, type DocumentReader, type Given, type Lesson } from "./define-task.js";
import type { Evaluation } from "./evaluation.js";
import { expectText } from "./expect-text.js";
import { exampleText } from "./language-example.js";
import { languageFigures } from "./language-figures.js";
import {
  type CompleteLanguageOptions,
  completeLanguageOptions,
  LANGUAGE_ASKING,
  LANGUAGE_OPTIONS,
  type LanguageOptions,
  languageSettings,
} from "./language-options.js";
import { languageTextFor, openLanguageText, type ReadText, textFrom } from "./language-text.js";
import { LanguageTrainee } from "./language-trainee.js";
import { learningOf } from "./learning.js";
import type { ReadContext, Task } from "./task.js";
import { textFingerprint } from "./text-fingerprint.js";
import { readTexts } from "./text-files.js";
import { type LanguageConfig, LanguageModel } from "./trained-language-model.js";

/** Tokens of a sample on the way. */
const SAMPLE = { char: 200, word: 40, bpe: 60 } as const;

/** What the loop needs for a model and its text. */
function lessonOf(model: LanguageModel, text: string, held: string | undefined): Lesson {
  const { config, text: reader, network } = model;
  const { batch, window, seed, sumLoss: summed, valid: share, epochs } = config.options;
  const { train, valid } =
    held === undefined ? partsOf(reader.read(text), share) : { train: reader.encode(text), valid: reader.read(held) };
  const write = (step: number): { prompt: string; text: string } => ({
    prompt: "",
    text: [...model.generate({ length: SAMPLE[reader.level], temperature: 0.8, seed: seed + step })].join(""),
  });
  const trainee = new LanguageTrainee({
    model: network,
    level: reader.level,
    train,
    valid,
    batch,
    window,
    seed,
    summed,
    write,
  });
  // A training told in passes over the text is looked at after each.
  const validEpochs = epochs === undefined ? undefined : 1;
  const evaluate = async (): Promise<Evaluation | null> => {
    const reading = await trainee.read();
    return reading && languageFigures(reading, reader.unit);
  };
  return { trainee, evaluate, validEpochs, ...learningOf(config.options, network.namedParameters()) };
}

/** The first tokens to train on, and the rest to validate on. */
function partsOf(text: ReadText, share: number): { readonly train: Int32Array; readonly valid: ReadText } {
  const { train } = splitText(text.ids, share);
  return { train, valid: textFrom(text, train.length) };
}

/**
 * Language models: a model learns to predict the next character, word or piece of a word of a text, and then writes.
 *
 * @example
 * const training = language.train(text, { cell: "gru", hidden: 256, steps: 1000 });
 * for await (const event of training) if (event.type === "step") console.log(event.step, event.loss);
 * const model = await training.result;
 * console.log([...model.generate({ length: 100 })].join(""));
 */
export const language: Task<string, LanguageOptions, LanguageModel> = defineTask({
  name: "language",
  summary: "train a model that writes text, by characters, words or pieces of words",
  does: "predicts how a text goes on, and then writes",
  noun: "text",
  takes: "text file, or folder of text files",
  usage: "--data book.txt --cell gru --minutes 5",
  next: ["generate RUN --length 500 --temperature 0.8"],
  program: 'console.log([...model.generate({ length: 200, temperature: 0.8 })].join(""));',
  options: LANGUAGE_OPTIONS,
  asking: LANGUAGE_ASKING,
  settings: languageSettings,
  complete: completeLanguageOptions,

  /** The text of files, one after the other; see `readTexts`. */
  read(files: readonly FileSource[], _options: LanguageOptions = {}, context: ReadContext = {}): Promise<string> {
    return readTexts(files, context);
  },

  /** Sentences of a small grammar, always the same. */
  example() {
    const options: LanguageOptions = { hidden: 64, layers: 1, embed: 16, batch: 20, steps: 300 };
    return { data: exampleText(), source: "sentences of a small grammar", options };
  },

  headline({ cell = "lstm", layers = 2, hidden = 128, level = "char" }: LanguageOptions): string {
    const of = { char: "", word: " of words", bpe: " of pieces" }[level];
    return `${layers} × ${hidden} ${cell}${of}`;
  },

  /** @throws E_EXAMPLE for what is no text; E_TEXT_SHORT for a text without a character; a text shorter than one window of every row is refused later */
  check({ batch, window }: CompleteLanguageOptions, { data }: Given<string>, held: Given<string> | undefined): void {
    expectText("language.train", "the data", data);
    if (held !== undefined) expectText("language.train", "the data to validate on", held.data);
    if (data === "") throw textTooShort(0, batch, window);
  },

  identity(text: string, source: string) {
    return { source, fingerprint: textFingerprint(text), counts: { characters: Array.from(text).length } };
  },

  create(config: LanguageConfig, text: string): LanguageModel {
    return new LanguageModel(config, languageTextFor(text, config.options));
  },

  async open(config: LanguageConfig, document: DocumentReader): Promise<LanguageModel> {
    return new LanguageModel(config, await openLanguageText(document, config.options.level));
  },

  /**
   * The first ⌊N·(1 − valid)⌋ tokens of the text are trained on, the rest is for validation.
   *
   * B rows of the text are read side by side, one window a step, each going on where it was; an epoch is
   * ⌊(n − 1) / (B·T)⌋ steps, and the up to B·T tokens at the end that fill no window are not read
   * (`ContiguousBatches`). The state is carried from window to window and starts each epoch at zero.
   *
   * @throws E_TEXT_SHORT for a text shorter than one window of every row
   */
  lesson: lessonOf,
});
