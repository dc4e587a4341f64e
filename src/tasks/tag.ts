import { bucketedBatches, type FileSource, splitByShare } from "../data/index.js";
import { dataChanged, noExamples } from "../errors.js";
import { Adam } from "../optim/index.js";
import {
  budgetOf,
  ExampleTrainee,
  type LoopOptions,
  MODEL_FILE,
  readJsonObject,
  readParameters,
  type RunReader,
  type RunStore,
  Training,
  trainingLoop,
} from "../train/index.js";
import { withPages } from "./run-pages.js";
import { labelBatch, tagBatch } from "./tag-batch.js";
import { readTagged, type TagData, taggedIdentity } from "./tag-data.js";
import { exampleTagged } from "./tag-example.js";
import { completeTagOptions, TAG_OPTIONS, type TagOptions } from "./tag-options.js";
import { TagVocabularies } from "./tag-vocabularies.js";
import { readTaskConfig, taskConfig } from "./task-config.js";
import type { ReadContext, ResumeSettings, Task, TaskConfig, TrainSettings } from "./task.js";
import { type TagConfig, Tagger } from "./trained-tagger.js";

/** Everything about a training that does not change its numbers; `source` is "sentences" unless given. */
export type TagTrainSettings = TrainSettings<TagData>;

/** What a resumed training may be told. */
export type TagResumeSettings = ResumeSettings<TagData>;

function readConfig(json: Readonly<Record<string, unknown>>): TagConfig {
  return readTaskConfig("tag", completeTagOptions, json);
}

/** What a run's documents describe, without weights. */
async function openModel(run: RunReader): Promise<Tagger> {
  const config = readConfig(readJsonObject("config.json", await run.readDocument("config.json")));
  const read = (name: string): Promise<Uint8Array> => run.readDocument(name);
  return new Tagger(config, await TagVocabularies.read(read, config.options.lowercase));
}

/** The loop's options for a model and its sentences. */
function lessonOf(
  model: Tagger,
  train: TagData,
  held: TagData,
): Pick<LoopOptions, "trainee" | "optimizer" | "clip" | "config"> {
  const { config, network, vocabularies } = model;
  const { batch, lr, clip, seed } = config.options;
  const trainee = new ExampleTrainee({
    module: network,
    batches: bucketedBatches(train, { batch, length: ({ tokens }) => tokens.length, seed }),
    seed,
    unit: "words",
    loss: (sentences, { rng }) => {
      const tokens = sentences.map((sentence) => sentence.tokens);
      const input = tagBatch(tokens, vocabularies, network.letters !== null);
      const labels = labelBatch(
        sentences.map((sentence) => sentence.labels),
        vocabularies,
      );
      return { loss: network.loss(input, labels, rng), predictions: tokens.flat().length };
    },
    validate: held.length === 0 ? undefined : (signal) => model.score(held, signal),
  });
  return { trainee, optimizer: new Adam(trainee.parameters, { lr }), clip, config: { ...config } };
}

/** What to train on and what to validate on; sentences without a word teach nothing. */
function parts(data: TagData, valid: TagData | undefined, share: number, seed: number): [TagData, TagData] {
  const spoken = data.filter(({ tokens }) => tokens.length > 0);
  if (valid !== undefined) return [spoken, valid];
  const { train, held } = splitByShare(spoken, share, seed);
  return [train, held];
}

/**
 * Sequence labelling: a model learns to give each word of a sentence a label, parts of speech or the names in a text.
 *
 * @example
 * const training = tag.train(await tag.read([file]), { scheme: "iob2", epochs: 5 });
 * for await (const event of training) if (event.type === "valid") console.log(event.valid.metrics);
 * const model = await training.result;
 * model.predict(["Ada", "visited", "Oslo"]).labels; // ["B-PER", "O", "B-LOC"]
 */
export const tag = {
  name: "tag",
  summary: "train a model that labels the words of sentences",
  does: "gives each word of a sentence a label",
  noun: "sentences",
  takes: "CoNLL or CoNLL-U files",
  usage: "--data train.conll --scheme iob2 --epochs 10",
  next: ['predict RUN "Ada visited Oslo ."', "eval RUN --data test.conll"],
  program: 'console.log(model.predict(["Ada", "visited", "Oslo", "."]).labels);',
  options: TAG_OPTIONS,
  complete: completeTagOptions,
  readConfig: (json: Readonly<Record<string, unknown>>): TaskConfig<TagOptions> => readConfig(json),

  /** The sentences of files; see `readTagged`. */
  read(files: readonly FileSource[], options: TagOptions = {}, _context: ReadContext = {}): Promise<TagData> {
    return readTagged(files, options);
  },

  /** Sentences about people, places and firms, always the same. */
  example() {
    const sizes = { embed: 32, hidden: 32, letterEmbed: 12, letterSize: 16 };
    const options: TagOptions = { ...sizes, scheme: "iob2", batch: 16, epochs: 4 };
    return { data: exampleTagged(), source: "sentences about people, places and firms", options };
  },

  headline({ cell = "lstm", layers = 1, hidden = 100, letters = "lstm", decoder = "crf" }: TagOptions): string {
    const read = letters === "none" ? "words" : `words and letters (${letters})`;
    return `${layers} × ${hidden} ${cell} in both directions over ${read}, ${decoder}`;
  },

  /**
   * Train a new model on sentences, of which a share is held back to validate on, unless there are others for that.
   *
   * Vocabularies are of the sentences that are trained on. The model is that of the last step.
   *
   * @throws E_OPTION, E_VALUE, E_BUDGET, E_OPTION_NEEDS at once; E_DATA_EMPTY without a word to train on; E_TAG_SCHEME for
   *   labels that are not of the scheme, E_TAG_SEQUENCE for those that break it
   */
  train(
    data: TagData,
    options: TagOptions = {},
    { store = null, source = "sentences", valid, ...settings }: TagTrainSettings = {},
  ): Training<Tagger> {
    const complete = completeTagOptions(options);
    const [train, held] = parts(data, valid?.data, complete.valid, complete.seed);
    if (train.length === 0) throw noExamples("tag.train", source);
    const other = valid && taggedIdentity(valid.data, valid.source ?? "sentences");
    const config = taskConfig("tag", complete, taggedIdentity(data, source), other);
    const model = new Tagger(config, TagVocabularies.of(train, complete));
    const lesson = lessonOf(model, train, held);
    const events = async function* () {
      const run = typeof store === "function" ? store() : store;
      if (run !== null) await model.saveDocuments(run);
      const loop = trainingLoop({ ...settings, ...lesson, budget: budgetOf(complete), store: run });
      yield* withPages(loop, run, { task: tag, evaluate: () => evaluated(model, held) });
    };
    return new Training(events(), () => model);
  },

  /**
   * Go on with a run from its last checkpoint, to the same bits as if it had never stopped.
   *
   * @param data the sentences it was trained on
   * @throws E_DATA_CHANGED for others; E_RUN_KERNELS where other kernels run; what reading a run throws
   */
  async resume(
    data: TagData,
    store: RunStore,
    { steps, epochs, minutes, valid, ...settings }: TagResumeSettings = {},
  ): Promise<Training<Tagger>> {
    const model = await openModel(store);
    const { config } = model;
    if (taggedIdentity(data, "").fingerprint !== config.data.fingerprint) throw dataChanged("data");
    const print = valid && taggedIdentity(valid.data, "").fingerprint;
    if (config.valid?.fingerprint !== print) throw dataChanged("validation data");
    const [train, held] = parts(data, valid?.data, config.options.valid, config.options.seed);
    const other = { steps, epochs, minutes };
    const given = Object.values(other).some((value) => value !== undefined);
    const budget = budgetOf(given ? other : config.options);
    const loop = trainingLoop({ ...settings, ...lessonOf(model, train, held), budget, store, resume: true });
    const pages = withPages(loop, store, { task: tag, evaluate: () => evaluated(model, held) });
    return new Training(pages, () => model);
  },

  /**
   * Load the model of a run's last checkpoint.
   *
   * @throws E_RUN_VERSION, E_CONFIG, E_VOCABULARY, E_STATE_DICT for runs of other programs; E_RUN_DAMAGED
   */
  async load(run: RunReader): Promise<Tagger> {
    const model = await openModel(run);
    readParameters(model.network, await run.read(MODEL_FILE));
    return model;
  },
} satisfies Task<TagData, TagOptions, Tagger>;

async function evaluated(model: Tagger, held: TagData) {
  return held.length === 0 ? null : model.score(held);
}
