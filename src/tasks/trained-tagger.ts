import { bucketedBatches } from "../data/index.js";
import { noExamples } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, type Tensor } from "../tensor/index.js";
import { Breather, type RunStore } from "../train/index.js";
import { labelBatch, tagBatch } from "./tag-batch.js";
import { checkTagLabels, type TagData } from "./tag-data.js";
import { TagNetwork } from "./tag-network.js";
import type { CompleteTagOptions } from "./tag-options.js";
import { scoreTags, type TagEvaluation } from "./tag-scores.js";
import { inScheme, type TagScheme } from "./tag-scheme.js";
import type { TagVocabularies } from "./tag-vocabularies.js";
import type { TaskConfigFile } from "./task-config.js";
import type { Answer } from "./task.js";
import { saveModel, type TrainedModel } from "./trained-model.js";

/** What `config.json` of a tagger holds. */
export type TagConfig = TaskConfigFile<CompleteTagOptions>;

/** What a tagger says of a sentence of N words. */
export interface Tagging {
  /** The best labels: of a crf the most probable sequence of them, else the most probable of each word. */
  readonly labels: readonly string[];
  /** How probable each of them is, given the whole sentence: exact marginals. */
  readonly probabilities: readonly number[];
  /** Of each word, the probabilities of all labels in the order of the model's `labels`. */
  readonly marginals: readonly (readonly number[])[];
}

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
   * @example
   * const { labels, probabilities } = model.predict(["Grace", "lives", "in", "Paris"]);
   */
  predict(tokens: readonly string[]): Tagging {
    return this.predictAll([tokens])[0];
  }

  /** As `predict`, for many sentences at once: the same answers. */
  predictAll(sentences: readonly (readonly string[])[]): Tagging[] {
    const taggings: Tagging[] = Array.from(sentences, () => ({ labels: [], probabilities: [], marginals: [] }));
    const batches = this.#batches(sentences);
    for (let index = 0; index < batches.count(0); index++) {
      const chosen = batches.batch(0, index);
      this.#read(
        chosen.map((i) => sentences[i]),
        (scores, lengths) => {
          const best = this.network.decode(scores, lengths);
          const L = this.labels.length;
          const all = this.network.marginals(scores, lengths).data();
          chosen.forEach((i, b) => {
            const marginals = best[b].map((_, t) => {
              const row = (t * chosen.length + b) * L;
              return Array.from(all.subarray(row, row + L));
            });
            const labels = best[b].map((id) => this.labels[id]);
            taggings[i] = { labels, probabilities: best[b].map((id, t) => marginals[t][id]), marginals };
          });
        },
      );
    }
    return taggings;
  }

  /**
   * Score the tagger on sentences. Labels that the training did not have count as wrong, and their sentences not in the loss.
   *
   * @throws E_DATA_EMPTY; E_LABELS where the training had none of the labels; E_TAG for labels that write no spans, where the model has a scheme; the reason of `signal`
   */
  async evaluate(data: TagData, { signal }: { readonly signal?: AbortSignal } = {}): Promise<TagEvaluation> {
    if (data.length === 0) throw noExamples("tag.evaluate", "the data");
    checkTagLabels("tag.evaluate", this.#spoken(data), this.labels);
    const score = await this.score(data, signal);
    signal?.throwIfAborted();
    return score!;
  }

  /** As `evaluate`; null if the signal fires. */
  async score(given: TagData, signal?: AbortSignal): Promise<TagEvaluation | null> {
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
          this.network.decode(scores, lengths).forEach((best, b) => {
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

  /** Each line's words, spaces between them, with their labels. */
  async answer(lines: readonly string[]): Promise<readonly Answer[]> {
    const sentences = lines.map((line) => line.split(/\s+/).filter((token) => token !== ""));
    return this.predictAll(sentences).map(({ labels, probabilities }, i) => ({
      text: sentences[i].map((token, t) => `${token}/${labels[t]}`).join(" "),
      json: { tokens: sentences[i], labels, probabilities },
    }));
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
