import { type FileSource, Vocabulary } from "../data/index.js";
import { checkExamples, checkLabels, type ClassifyData, classifyIdentity, inputOf, labelsOf } from "./classify-data.js";
import { encoderFor, loadEncoder } from "./classify-encoder.js";
import { exampleSentences } from "./classify-example.js";
import { classifyLesson, splitExamples } from "./classify-lesson.js";
import {
  CLASSIFY_OPTIONS,
  type ClassifyOptions,
  type CompleteClassifyOptions,
  completeClassifyOptions,
  refuseIdleOptions,
} from "./classify-options.js";
import { readExamples } from "./classify-read.js";
import { compareLabels } from "./compare-labels.js";
import { defineTask, type DocumentReader, type Given } from "./define-task.js";
import { learningOf } from "./learning.js";
import type { ReadContext, Task } from "./task.js";
import { type ClassifyConfig, Classifier } from "./trained-classifier.js";

const WHO = "classify.train";

/**
 * Classification of sequences: a model learns which label texts or series of numbers have.
 *
 * @example
 * const training = classify.train([{ text: "a fine film", label: "good" }, …], { pooling: "attention" });
 * for await (const event of training) if (event.type === "valid") console.log(event.valid.metrics.accuracy);
 * const model = await training.result;
 * console.log((await model.predict("not bad at all")).label);
 */
export const classify: Task<ClassifyData, ClassifyOptions, Classifier> = defineTask({
  name: "classify",
  summary: "train a model that says which label a text or a series of numbers has",
  does: "says which label a text or a series of numbers has",
  noun: "examples",
  takes: "file, or folder with a file or a folder for each label",
  usage: "--data reviews.csv --text-column text --label-column stars --pooling attention",
  next: ["predict RUN INPUT"],
  program: 'console.log(await model.predict("…"));',
  options: CLASSIFY_OPTIONS,
  asking: {},
  settings: () => ({}),
  complete: completeClassifyOptions,

  /** Examples from files; see `readExamples`. */
  read(files: readonly FileSource[], options: ClassifyOptions = {}, context: ReadContext = {}): Promise<ClassifyData> {
    return readExamples(files, completeClassifyOptions(options), context);
  },

  /** Sentences of four kinds by a small grammar, always the same. */
  example() {
    const options: ClassifyOptions = { cell: "gru", hidden: 32, embed: 32, epochs: 8 };
    return { data: exampleSentences() as ClassifyData, source: "sentences of a small grammar", options };
  },

  headline(options: ClassifyOptions): string {
    const { cell, hidden, layers, bidirectional, pooling } = completeClassifyOptions(options);
    return `${layers} × ${hidden} ${cell}${bidirectional ? " in both directions" : ""}, ${pooling} over time`;
  },

  /**
   * @throws E_EXAMPLE, E_DATA_EMPTY, E_LABELS, E_CLASSES, E_INPUT_KIND, E_SERIES for the data; E_LABELS for labels of `held` that the
   *   training does not have; E_OPTION_NEEDS for options that change nothing for such data
   */
  check(
    options: CompleteClassifyOptions,
    { data, source }: Given<ClassifyData>,
    held: Given<ClassifyData> | undefined,
  ): void {
    const labels = checkExamples(WHO, data, source, options.multiLabel);
    refuseIdleOptions(options, typeof inputOf(data[0]) === "string" ? "text" : "series");
    if (held !== undefined) checkLabels(WHO, held.data, held.source, labels);
  },

  identity: classifyIdentity,

  /**
   * Labels are those of all examples, the vocabulary or scale is that of the examples to train on.
   *
   * @throws E_TOO_LONG
   */
  create(config: ClassifyConfig, data: ClassifyData, held: ClassifyData | undefined): Classifier {
    const { options } = config;
    const encoder = encoderFor(splitExamples(data, options, held).train.map(inputOf), options);
    return new Classifier(config, encoder, [...new Set(data.flatMap(labelsOf))].sort(compareLabels));
  },

  async open(config: ClassifyConfig, document: DocumentReader): Promise<Classifier> {
    const labels = Vocabulary.fromJSON(await document("labels.json")).tokens;
    const kind = "dimensions" in config.data.counts ? "series" : "text";
    return new Classifier(config, await loadEncoder(document, kind, config.options), labels);
  },

  /** It validates after each epoch. */
  lesson(model: Classifier, data: ClassifyData, held: ClassifyData | undefined) {
    const { trainee, evaluate } = classifyLesson(model, data, held);
    return { trainee, evaluate, validEpochs: 1, ...learningOf(model.config.options, model.network.namedParameters()) };
  },
});
