import { bucketedBatches, type FileSource, splitByShare } from "../data/index.js";
import { noExamples } from "../errors.js";
import { bleu } from "../metrics/index.js";
import { exponentialTeacher, inverseSigmoidTeacher, linearTeacher, type TeacherSchedule } from "../nn/index.js";
import { exp, log } from "../runtime/float64.js";
import { ExampleTrainee } from "../train/index.js";
import { defineTask, type DocumentReader, type Given, type Lesson } from "./define-task.js";
import { learningOf } from "./learning.js";
import type { ReadContext, Task } from "./task.js";
import { type TranslateConfig, Translator } from "./trained-translator.js";
import { expectPairs, pairsIdentity, pairsText, readPairs, type TranslateData } from "./translate-data.js";
import { exampleDates } from "./translate-example.js";
import {
  type CompleteTranslateOptions,
  completeTranslateOptions,
  expectUseful,
  TRANSLATE_ASKING,
  TRANSLATE_OPTIONS,
  type TranslateOptions,
} from "./translate-options.js";
import { type EncodedPair, plain, TranslateTexts } from "./translate-texts.js";

/** Pairs that are translated after each epoch, for the eye. */
const GLANCED = 32;

/** Translations that are shown on the way, at least. */
const LEAST_SAMPLES = 4;

/** What the loop needs for a model and its pairs. */
function lessonOf(
  model: Translator,
  data: TranslateData,
  held: TranslateData | undefined,
  note?: (line: string) => void,
): Lesson {
  const { config, network, texts } = model;
  const { batch, batchTokens, seed, labelSmoothing, coverage, epochs } = config.options;
  const [taught, heldOut] = parts(data, held, config.options);
  const [train, valid] = [model.read(taught, data), model.read(heldOut, held ?? data)];
  if (train.kept.length === 0) throw noExamples("translate.train", "the data, as all pairs are too long");
  for (const { skipped, whole } of [train, valid]) {
    if (skipped.length > 0) note?.(`left out ${pairsText(skipped, whole)}, too long`);
  }
  const shown = valid.kept.length > 0 ? valid.kept : train.kept;
  const few = valid.kept.slice(0, GLANCED);
  const length = ({ source, target }: EncodedPair): number => Math.max(source.length, target.length + 1);
  const teacherAt = teacherOf(config.options);
  const trainee = new ExampleTrainee({
    module: network,
    batches: bucketedBatches(train.encoded, { batch, tokens: batchTokens, length, seed }),
    seed,
    unit: "units",
    loss: (pairs, { rng, step }) => {
      const { source, targetIn, targetOut, ...lengths } = texts.batch(pairs);
      const settings = { labelSmoothing, coverageWeight: coverage, teacher: teacherAt(step - 1), rng };
      return network.loss(source, targetIn, targetOut, { ...lengths, ...settings });
    },
    validate: async (signal) => {
      const score = await model.score(valid.encoded, signal);
      if (score === null) return null;
      const written = model.glance(few.map(({ source }) => source));
      const right = few.map(({ target }) => plain(target, config.options));
      return { ...score, metrics: { ...score.metrics, glanceBleu: bleu(written, right).score } };
    },
    sample: (step) => {
      const { source } = shown[step % shown.length];
      return { prompt: source, text: model.glance([source])[0] };
    },
  });
  const evaluate = async () => (valid.kept.length === 0 ? null : model.evaluate(heldOut));
  // A training told in passes over the pairs shows what it writes after each.
  const samples = epochs === undefined ? {} : { samples: Math.max(LEAST_SAMPLES, Math.round(epochs)) };
  return { trainee, validEpochs: 1, evaluate, ...samples, ...learningOf(config.options, network.namedParameters()) };
}

/** The share of right units by the step of training. */
function teacherOf({ teacher, teacherSteps, teacherEnd }: CompleteTranslateOptions): TeacherSchedule {
  const schedules: Readonly<Record<typeof teacher, () => TeacherSchedule>> = {
    always: () => () => 1,
    linear: () => linearTeacher({ end: teacherEnd, steps: teacherSteps }),
    exponential: () => exponentialTeacher({ k: exp(log(0.5) / teacherSteps) }),
    inverseSigmoid: () => inverseSigmoidTeacher({ k: halfway(teacherSteps) }),
  };
  return schedules[teacher]();
}

/** The k of k·ln k = steps, by Newton's method; at least 1. */
function halfway(steps: number): number {
  let k = Math.max(2, steps / 10);
  for (let i = 0; i < 50; i++) k = Math.max(1.01, k - (k * log(k) - steps) / (log(k) + 1));
  return k;
}

/** What to train on and what to validate on. */
function parts(
  data: TranslateData,
  held: TranslateData | undefined,
  { valid, seed }: Pick<CompleteTranslateOptions, "valid" | "seed">,
): [TranslateData, TranslateData] {
  if (held !== undefined) return [data, held];
  const split = splitByShare(data, valid, seed);
  return [split.train, split.held];
}

/**
 * Sequence to sequence: a model reads a text and writes another, one language into another or dates in words as numbers.
 *
 * @example
 * const training = translate.train([{ source: "guten Tag", target: "good day" }, …], { attention: "luong", epochs: 10 });
 * for await (const event of training) if (event.type === "valid") console.log(event.valid.loss);
 * const model = await training.result;
 * console.log((await model.predict("guten Abend", { beam: 5 })).text);
 */
export const translate: Task<TranslateData, TranslateOptions, Translator> = defineTask({
  name: "translate",
  summary: "train a model that reads a text and writes another",
  does: "reads a text and writes what it becomes, as in another language",
  noun: "pairs",
  takes: "two files that go line by line, or a table of pairs",
  usage: "--data train.de train.en --valid-data val.de val.en --lowercase",
  next: ['predict RUN "TEXT"'],
  program: 'console.log((await model.predict("…")).text);',
  options: TRANSLATE_OPTIONS,
  asking: TRANSLATE_ASKING,
  settings: (asked) => asked,
  complete: completeTranslateOptions,
  given: expectUseful,

  /** Pairs from files; see `readPairs`. */
  read(
    files: readonly FileSource[],
    options: TranslateOptions = {},
    context: ReadContext = {},
  ): Promise<TranslateData> {
    return readPairs(files, completeTranslateOptions(options), context);
  },

  /** Dates as people write them, letter by letter. */
  example() {
    const sizes = { embed: 32, hidden: 64, unit: "char", minCount: 1, batch: 50, dropout: 0 } as const;
    const options: TranslateOptions = { ...sizes, lr: 4e-3, epochs: 6 };
    return { data: exampleDates(), source: "dates in words", options };
  },

  headline({ cell = "gru", hidden = 256, attention = "bahdanau" }: TranslateOptions): string {
    return `${hidden} ${cell}, encoder and decoder, ${attention === "none" ? "without attention" : `attention of ${attention}`}`;
  },

  /** @throws E_EXAMPLE for what are no pairs; E_DATA_EMPTY without a pair to train on */
  check(
    options: CompleteTranslateOptions,
    { data, source }: Given<TranslateData>,
    held: Given<TranslateData> | undefined,
  ) {
    expectPairs("translate.train", data);
    if (held !== undefined) expectPairs("translate.train", held.data);
    if (parts(data, held?.data, options)[0].length === 0) throw noExamples("translate.train", source);
    if (held?.data.length === 0) throw noExamples("translate.train", held.source);
  },

  identity: pairsIdentity,

  /** The units are those of the pairs that are trained on. */
  create(config: TranslateConfig, data: TranslateData, held: TranslateData | undefined): Translator {
    const [train] = parts(data, held, config.options);
    return new Translator(config, TranslateTexts.of(train, config.options));
  },

  async open(config: TranslateConfig, document: DocumentReader): Promise<Translator> {
    return new Translator(config, await TranslateTexts.read(document, config.options));
  },

  /** It validates by loss after each epoch. Errors: `E_TOO_LONG`. */
  lesson: lessonOf,
});
