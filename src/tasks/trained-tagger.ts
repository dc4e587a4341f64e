import { bucketedBatches } from "../data/index.js";
import { noExamples, optionNeeds } from "../errors.js";
import type { CRFDecoding } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, type Tensor } from "../tensor/index.js";
import { Breather, type RunStore } from "../train/index.js";
import { labelBatch, tagBatch } from "./tag-batch.js";
import { checkSentences, checkTagLabels, checkTokens, type TagData } from "./tag-data.js";
import { TagNetwork } from "./tag-network.js";
import { type CompleteTagOptions, TAG_ASKING, type TagAsking } from "./tag-options.js";
import { scoreTags, type TagEvaluation } from "./tag-scores.js";
import { inScheme, type TagScheme } from "./tag-scheme.js";
import { completeOptions } from "./option-table.js";
import type { TagVocabularies } from "./tag-vocabularies.js";
import type { TaskConfigFile } from "./task-config.js";
import type { Answer } from "./task.js";
import { saveModel, type TrainedModel } from "./trained-model.js";

/** What `config.json` of a tagger holds. */
export type TagConfig = TaskConfigFile<CompleteTagOptions>;

/** One of the most probable sequences of labels. */
export interface TagSequence {
  readonly labels: readonly string[];
  /** Of the whole sequence, among all that are possible. */
  readonly probability: number;
}

/** What a tagger says of a sentence of N words. */
export interface Tagging {
  /** The best labels: of a crf the sequence that `decoding` looks for, else the most probable of each word. */
  readonly labels: readonly string[];
  /** How probable each of them is, given the whole sentence: exact marginals. */
  readonly probabilities: readonly number[];
  /** Of each word, the probabilities of all labels in the order of the model's `labels`. */
  readonly marginals: readonly (readonly number[])[];
  /** The most probable sequences, the best first, if they were asked for with `best`; fewer where fewer are possible. */
  readonly sequences?: readonly TagSequence[];
}

/** How to score: what a tagger is asked, and when to stop; the signal rejects with its reason. */
export type TagEvaluateSettings = Pick<TagAsking, "decoding"> & { readonly signal?: AbortSignal };

const BEST_NEEDS_CRF = 'a model with the decoder "crf", as softmax chooses each label by itself';
const BEST_NEEDS_VITERBI = 'the decoding "viterbi", which is what ranks sequences';

/** Sentences that go through the network together. */
const TOGETHER = 64;

/** A trained tagger: network, and what it knows by number. */
export class Tagger implements TrainedModel<TagData> {
  readonly config: TagConfig;
  readonly vocabularies: TagVocabularies;
  readonly network: TagNetwork;

  constructor(config: TagConfig, vocabularies: TagVocabularies) {
    const { options } = config;
    this.config = config;
    this.vocabularies = vocabularies;
    this.network = new TagNetwork(vocabularies, options, new Rng(options.seed).split("weights"));
  }

  /** Labels by number. */
  get labels(): readonly string[] {
    return this.vocabularies.labels.tokens;
  }

  /**
   * The labels of a sentence, given as its words.
   *
   * @throws E_EXAMPLE for what is no array of words; E_OPTION, E_VALUE for settings; E_OPTION_NEEDS for `best` of a model without a crf, or with `decoding` "marginal"
   *
   * @example
   * const { labels, probabilities } = await model.predict(["Grace", "lives", "in", "Paris"]);
   */
  async predict(tokens: readonly string[], settings: TagAsking = {}): Promise<Tagging> {
    return (await this.predictAll([tokens], settings))[0];
  }

  /** As `predict`, for many sentences at once: the same answers. */
  async predictAll(sentences: readonly (readonly string[])[], settings: TagAsking = {}): Promise<Tagging[]> {
    checkTokens("tag.predict", sentences);
    const { decoding, best: n } = completeOptions("tag.predict", TAG_ASKING, settings);
    if (n !== undefined && this.network.crf === null) throw optionNeeds("tag.predict", "best", BEST_NEEDS_CRF);
    if (n !== undefined && decoding === "marginal") throw optionNeeds("tag.predict", "best", BEST_NEEDS_VITERBI);
    const none = { labels: [], probabilities: [], marginals: [] };
    const alone = n === undefined ? {} : { sequences: [{ labels: [], probability: 1 }] };
    const taggings: Tagging[] = Array.from(sentences, () => ({ ...none, ...alone }));
    const batches = this.#batches(sentences);
    for (let index = 0; index < batches.count(0); index++) {
      const chosen = batches.batch(0, index);
      this.#read(
        chosen.map((i) => sentences[i]),
        (scores, lengths) => {
          const best = this.network.decode(scores, lengths, decoding);
          const found = n === undefined ? undefined : this.network.crf?.nBest(scores, n, { lengths });
          const named = (ids: readonly number[]): string[] => ids.map((id) => this.labels[id]);
          const L = this.labels.length;
          const all = this.network.marginals(scores, lengths).data();
          chosen.forEach((i, b) => {
            const marginals = best[b].map((_, t) => {
              const row = (t * chosen.length + b) * L;
              return Array.from(all.subarray(row, row + L));
            });
            const probabilities = best[b].map((id, t) => marginals[t][id]);
            const sequences = found?.[b].map(({ tags, probability }) => ({ labels: named(tags), probability }));
            taggings[i] = { labels: named(best[b]), probabilities, marginals, ...(sequences && { sequences }) };
          });
        },
      );
    }
    return taggings;
  }

  /**
   * Score the tagger on sentences, with the labels that `decoding` looks for. Labels that the training did not have count as wrong, and their sentences not in the loss.
   *
   * @throws E_OPTION, E_VALUE, E_OPTION_NEEDS for settings; E_EXAMPLE; E_DATA_EMPTY; E_LABELS where the training had none of the labels; E_TAG for labels that write no spans, where the model has a scheme; the reason of `signal`
   */
  async evaluate(data: TagData, { signal, ...settings }: TagEvaluateSettings = {}): Promise<TagEvaluation> {
    const { decoding, best } = completeOptions("tag.evaluate", TAG_ASKING, settings as TagAsking);
    if (best !== undefined)
      throw optionNeeds("tag.evaluate", "best", "predict: what is scored is one sequence of labels");
    checkSentences("tag.evaluate", data);
    if (data.length === 0) throw noExamples("tag.evaluate", "the data");
    checkTagLabels("tag.evaluate", this.#spoken(data), this.labels);
    const score = await this.score(data, signal, decoding);
    signal?.throwIfAborted();
    return score!;
  }

  /** As `evaluate`; null if the signal fires. */
  async score(given: TagData, signal?: AbortSignal, decoding?: CRFDecoding): Promise<TagEvaluation | null> {
    const data = this.#spoken(given);
    const predicted: string[][] = Array.from(data, () => []);
    const batches = this.#batches(data.map(({ tokens }) => tokens));
    const breather = new Breather();
    let nats = 0;
    let [words, without] = [0, 0];
    for (let index = 0; index < batches.count(0); index++) {
      await breather.breathe();
      if (signal?.aborted) return null;
      const chosen = batches.batch(0, index);
      const sentences = chosen.map((i) => data[i]);
      this.#read(
        sentences.map(({ tokens }) => tokens),
        (scores, lengths) => {
          const gold = labelBatch(
            sentences.map(({ labels }) => labels),
            this.vocabularies,
          );
          const losses = this.network.sentenceLosses(scores, lengths, gold);
          this.network.decode(scores, lengths, decoding).forEach((best, b) => {
            predicted[chosen[b]] = best.map((id) => this.labels[id]);
            const loss = losses[b];
            if (loss === null) {
              without += 1;
              return;
            }
            nats += loss;
            words += lengths[b];
          });
        },
      );
    }
    return scoreTags(
      predicted,
      data.map(({ labels }) => labels),
      { nats, words, without },
    );
  }

  /** Each line's words, spaces between them, with their labels; with `best` a line for each sequence, its probability in front. */
  async answer(lines: readonly string[], settings: TagAsking = {}): Promise<readonly Answer[]> {
    const sentences = lines.map((line) => line.split(/\s+/).filter((token) => token !== ""));
    const taggings = await this.predictAll(sentences, settings);
    return taggings.map(({ labels, probabilities, sequences }, i) => {
      const tokens = sentences[i];
      const line = (own: readonly string[]): string => tokens.map((token, t) => `${token}/${own[t]}`).join(" ");
      const ranked = sequences?.map((sequence) => `${sequence.probability.toFixed(4)}\t${line(sequence.labels)}`);
      const json = { tokens, labels, probabilities, ...(sequences && { sequences }) };
      return { text: ranked?.join("\n") ?? line(labels), json };
    });
  }

  /** Save the model as a run of its own, to be read by `tag.load`. Errors: `E_RUN_WRITE`. */
  save(store: RunStore): Promise<void> {
    return saveModel(this, store);
  }

  documents(): Readonly<Record<string, object>> {
    return this.vocabularies.documents();
  }

  /** Sentences with labels as the model writes them. */
  #spoken(data: TagData): TagData {
    return inScheme(data, this.config.options.scheme as TagScheme);
  }

  /** The places of sentences in batches of similar length. */
  #batches(sentences: readonly (readonly string[])[]) {
    const places = sentences.map((_, i) => i);
    return bucketedBatches(places, { batch: TOGETHER, length: (i) => sentences[i].length, shuffle: false });
  }

  #read(sentences: readonly (readonly string[])[], use: (scores: Tensor, lengths: readonly number[]) => void): void {
    if (sentences.every(({ length }) => length === 0)) return;
    scope(() =>
      noGrad(() => {
        const batch = tagBatch(sentences, this.vocabularies, this.network.letters !== null);
        use(this.network.forward(batch), batch.lengths);
      }),
    );
  }
}
