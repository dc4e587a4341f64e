import { bucketedBatches, type FileSource, splitByShare } from "../data/index.js";
import { noExamples } from "../errors.js";
import { ExampleTrainee } from "../train/index.js";
import { defineTask, type DocumentReader, type Given, type Lesson } from "./define-task.js";
import { learningOf } from "./learning.js";
import { labelBatch, tagBatch } from "./tag-batch.js";
import { checkSentences, checkTagLabels, readTagged, type TagData, taggedIdentity } from "./tag-data.js";
import { exampleTagged } from "./tag-example.js";
import {
  type CompleteTagOptions,
  completeTagOptions,
  TAG_ASKING,
  TAG_OPTIONS,
  type TagOptions,
} from "./tag-options.js";
import { refuseIdle } from "./option-table.js";
import { inScheme, type TagScheme } from "./tag-scheme.js";
import { TagVocabularies } from "./tag-vocabularies.js";
import type { ReadContext, Task } from "./task.js";
import { type TagConfig, Tagger } from "./trained-tagger.js";

/** What the loop needs for a model and its sentences. */
function lessonOf(model: Tagger, data: TagData, valid: TagData | undefined): Lesson {
  const { config, network, vocabularies } = model;
  const { batch, batchTokens: tokens, seed } = config.options;
  const [train, held] = parts(data, valid, config.options);
  const trainee = new ExampleTrainee({
    module: network,
    batches: bucketedBatches(train, { batch, tokens, length: (sentence) => sentence.tokens.length, seed }),
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
    validate: async (signal) => {
      const score = held.length === 0 ? null : await model.score(held, signal);
      if (score === null) return null;
      // The log keeps what a curve needs; tables are for the end.
      const { loss, predictions, metrics, objective } = score;
      return { loss, predictions, metrics, objective };
    },
    sample: async (step) => {
      const shown = held.length === 0 ? train : held;
      const { tokens } = shown[step % shown.length];
      const { labels } = await model.predict(tokens);
      return { prompt: "", text: tokens.map((token, t) => `${token}/${labels[t]}`).join(" ") };
    },
  });
  return {
    trainee,
    ...learningOf(config.options, network.namedParameters()),
    validEpochs: 1,
    evaluate: async () => (held.length === 0 ? null : model.score(held)),
  };
}

/** What to train on and what to validate on; sentences without a word teach nothing. */
function parts(
  data: TagData,
  valid: TagData | undefined,
  { valid: share, seed, scheme }: Pick<CompleteTagOptions, "valid" | "seed" | "scheme">,
): [TagData, TagData] {
  const spoken = inScheme(
    data.filter(({ tokens }) => tokens.length > 0),
    scheme as TagScheme,
  );
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
 * (await model.predict(["Ada", "visited", "Oslo"])).labels; // ["B-PER", "O", "B-LOC"]
 */
export const tag: Task<TagData, TagOptions, Tagger> = defineTask({
  name: "tag",
  summary: "train a model that labels the words of sentences",
  does: "gives each word of a sentence a label",
  noun: "sentences",
  takes: "CoNLL or CoNLL-U files",
  usage: "--data train.conll --scheme iob2 --epochs 10",
  next: ['predict RUN "Ada visited Oslo ."'],
  program: 'console.log((await model.predict(["Ada", "visited", "Oslo", "."])).labels);',
  options: TAG_OPTIONS,
  asking: TAG_ASKING,
  settings: (asked) => asked,
  complete: completeTagOptions,

  /** The sentences of files; see `readTagged`. */
  read(files: readonly FileSource[], options: TagOptions = {}, context: ReadContext = {}): Promise<TagData> {
    return readTagged(files, options, context);
  },

  /** Sentences about people, places and firms, always the same. */
  example() {
    const sizes = { embed: 32, hidden: 32, letterEmbed: 12, letterSize: 16 };
    const options: TagOptions = { ...sizes, scheme: "iob2", batch: 16, lr: 0.01, epochs: 6 };
    return { data: exampleTagged(), source: "sentences about people, places and firms", options };
  },

  headline({ cell = "lstm", layers = 1, hidden = 100, letters = "lstm", decoder = "crf" }: TagOptions): string {
    const read = letters === "none" ? "words" : `words and letters (${letters})`;
    return `${layers} × ${hidden} ${cell} in both directions over ${read}, ${decoder}`;
  },

  /**
   * @throws E_EXAMPLE for what is no sentence; E_DATA_EMPTY without a word to train on; E_TAG for labels that write no spans, where a scheme is asked for; E_LABELS
   *   for sentences to validate on that have none of the labels; E_OPTION_NEEDS for options that change nothing
   */
  check(options: CompleteTagOptions, { data, source }: Given<TagData>, held: Given<TagData> | undefined): void {
    if (options.letters === "none") {
      refuseIdle(
        "tag.train",
        TAG_OPTIONS,
        options,
        ["letterEmbed", "letterSize"],
        "letters that are read: lstm or cnn",
      );
    }
    for (const one of held === undefined ? [data] : [data, held.data]) checkSentences("tag.train", one);
    const [train] = parts(data, held?.data, options);
    if (train.length === 0) throw noExamples("tag.train", source);
    if (held === undefined) return;
    const known = train.flatMap(({ labels }) => labels);
    checkTagLabels("tag.train", inScheme(held.data, options.scheme as TagScheme), known);
  },

  identity: taggedIdentity,

  /** Vocabularies are of the sentences that are trained on. */
  create(config: TagConfig, data: TagData, held: TagData | undefined): Tagger {
    const { options } = config;
    const [train] = parts(data, held, options);
    return new Tagger(config, TagVocabularies.of(train, options));
  },

  async open(config: TagConfig, document: DocumentReader): Promise<Tagger> {
    return new Tagger(config, await TagVocabularies.read(document, config.options.lowercase));
  },

  lesson: lessonOf,
});
