import { type FileSource, Vocabulary } from "../data/index.js";
import { dataChanged } from "../errors.js";
import { AdamW } from "../optim/index.js";
import {
  budgetOf,
  type LoopOptions,
  MODEL_FILE,
  readJsonObject,
  readParameters,
  type RunReader,
  type RunStore,
  Training,
  trainingLoop,
} from "../train/index.js";
import { checkExamples, checkLabels, type ClassifyData, classifyIdentity, inputOf } from "./classify-data.js";
import { encoderFor, loadEncoder } from "./classify-encoder.js";
import { exampleSentences } from "./classify-example.js";
import { type ClassifyLesson, classifyLesson, splitExamples } from "./classify-lesson.js";
import {
  CLASSIFY_OPTIONS,
  type ClassifyOptions,
  type CompleteClassifyOptions,
  completeClassifyOptions,
} from "./classify-options.js";
import { readExamples } from "./classify-read.js";
import { withPages } from "./run-pages.js";
import { readTaskConfig, taskConfig } from "./task-config.js";
import type { ReadContext, ResumeSettings, Task, TrainSettings } from "./task.js";
import { type ClassifyConfig, Classifier } from "./trained-classifier.js";

const WHO = "classify.train";

/** Load what a run's documents describe, without weights. */
async function openModel(run: RunReader): Promise<Classifier> {
  const document = async (name: string): Promise<Record<string, unknown>> => {
    return readJsonObject(name, await run.readDocument(name));
  };
  const config = classify.readConfig(await document("config.json"));
  const labels = Vocabulary.fromJSON(await document("labels.json")).tokens;
  const kind = "dimensions" in config.data.counts ? "series" : "text";
  return new Classifier(config, await loadEncoder(document, kind, config.options), labels);
}

type Lesson = Pick<LoopOptions, "trainee" | "optimizer" | "clip" | "config" | "validSteps">;

/** The loop's options for a model and its lesson. */
function loopOptions({ config }: Classifier, { trainee, stepsPerEpoch }: ClassifyLesson): Lesson {
  const { lr, clip, weightDecay } = config.options;
  const optimizer = new AdamW(trainee.parameters, { lr, weightDecay });
  return { trainee, optimizer, clip, config: { ...config }, validSteps: stepsPerEpoch };
}

/**
 * Classification of sequences: a model learns which label texts or series of numbers have.
 *
 * @example
 * const training = classify.train([{ text: "a fine film", label: "good" }, …], { pooling: "attention" });
 * for await (const event of training) if (event.type === "valid") console.log(event.valid.metrics.accuracy);
 * const model = await training.result;
 * console.log((await model.predict("not bad at all")).label);
 */
export const classify = {
  name: "classify",
  summary: "train a model that says which label a text or a series of numbers has",
  does: "says which label a text or a series of numbers has",
  noun: "examples",
  takes: "file, or folder with a file or a folder for each label",
  usage: "--data reviews.csv --text-column text --label-column stars --pooling attention",
  next: ["predict RUN INPUT"],
  program: 'console.log(await model.predict("…"));',
  options: CLASSIFY_OPTIONS,
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

  readConfig(json: Readonly<Record<string, unknown>>): ClassifyConfig {
    return readTaskConfig("classify", completeClassifyOptions, json);
  },

  /**
   * Train a new model on examples: a share `valid` of them, drawn by the seed, is for validation, or all of `settings.valid`.
   *
   * It validates after each epoch. Labels are those of all examples, the vocabulary is that of the examples to train on.
   *
   * @throws E_OPTION, E_VALUE, E_BUDGET; E_DATA_EMPTY, E_LABELS, E_CLASSES, E_INPUT_KIND, E_SERIES, E_TOO_LONG for the data
   */
  train(
    data: ClassifyData,
    options: ClassifyOptions = {},
    { store = null, source = "examples", valid, ...settings }: TrainSettings<ClassifyData> = {},
  ): Training<Classifier> {
    const complete = completeClassifyOptions(options);
    const labels = checkExamples(WHO, data, source, complete.multiLabel);
    if (valid !== undefined) checkLabels(WHO, valid.data, valid.source ?? "the validation data", labels);
    const model = newModel(complete, labels, data, source, valid);
    const lesson = classifyLesson(model, data, valid?.data);
    const events = async function* () {
      const run = typeof store === "function" ? store() : store;
      if (run !== null) await model.saveDocuments(run);
      const loop = { ...loopOptions(model, lesson), ...settings, budget: budgetOf(complete), store: run };
      yield* withPages(trainingLoop(loop), run, { task: classify, evaluate: lesson.evaluate });
    };
    return new Training(events(), () => model);
  },

  /**
   * Go on with a run from its last checkpoint, to the same bits as if it had never stopped.
   *
   * @param data the examples it was trained on
   * @throws E_DATA_CHANGED for others; E_RUN_KERNELS where other kernels run; what reading a run throws
   */
  async resume(
    data: ClassifyData,
    store: RunStore,
    { steps, epochs, minutes, valid, ...settings }: ResumeSettings<ClassifyData> = {},
  ): Promise<Training<Classifier>> {
    const model = await openModel(store);
    const { config } = model;
    const same = (one: ClassifyData): string => classifyIdentity(one, "").fingerprint;
    if (same(data) !== config.data.fingerprint) throw dataChanged("data");
    if (config.valid?.fingerprint !== (valid && same(valid.data))) throw dataChanged("validation data");
    const other = { steps, epochs, minutes };
    const given = Object.values(other).some((value) => value !== undefined);
    const lesson = classifyLesson(model, data, valid?.data);
    const budget = budgetOf(given ? other : config.options);
    const loop = { ...loopOptions(model, lesson), ...settings, budget, store, resume: true };
    const events = withPages(trainingLoop(loop), store, { task: classify, evaluate: lesson.evaluate });
    return new Training(events, () => model);
  },

  /**
   * Load the model of a run.
   *
   * @throws E_RUN_VERSION, E_CONFIG, E_VOCABULARY, E_STATE_DICT for runs of other programs; E_RUN_DAMAGED
   */
  async load(run: RunReader): Promise<Classifier> {
    const model = await openModel(run);
    readParameters(model.network, await run.read(MODEL_FILE));
    return model;
  },
} satisfies Task<ClassifyData, ClassifyOptions, Classifier>;

function newModel(
  options: CompleteClassifyOptions,
  labels: readonly string[],
  data: ClassifyData,
  source: string,
  valid: TrainSettings<ClassifyData>["valid"],
): Classifier {
  const encoder = encoderFor(splitExamples(data, options, valid?.data).train.map(inputOf), options);
  const series: Record<string, number> = encoder.kind === "series" ? { dimensions: encoder.width } : {};
  const identity = classifyIdentity(data, source);
  const own = { ...identity, counts: { ...identity.counts, ...series } };
  const held = valid === undefined ? undefined : classifyIdentity(valid.data, valid.source ?? "examples");
  return new Classifier(taskConfig("classify", options, own, held), encoder, labels);
}
