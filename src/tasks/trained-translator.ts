import { bucketedBatches } from "../data/index.js";
import { beamSearch, type Hypothesis } from "../decode/index.js";
import { invalidValue, noExamples } from "../errors.js";
import { CELLS, Seq2Seq, Seq2SeqStepper } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope } from "../tensor/index.js";
import { Breather, type RunStore, type Score, scoreBatches } from "../train/index.js";
import type { TaskConfigFile } from "./task-config.js";
import type { Answer } from "./task.js";
import { saveModel, type TrainedModel } from "./trained-model.js";
import type { TranslateData } from "./translate-data.js";
import { completeOptions } from "./option-table.js";
import { type CompleteTranslateOptions, TRANSLATE_ASKING, type TranslateAsking } from "./translate-options.js";
import { scoreTranslations, type TranslateEvaluation } from "./translate-scores.js";
import { type EncodedPair, plain, sourceBatch, type TranslateTexts } from "./translate-texts.js";

/** What `config.json` of a translator holds. */
export type TranslateConfig = TaskConfigFile<CompleteTranslateOptions>;

/** How to search. */
export interface TranslateSettings extends TranslateAsking {
  /** Answers to give, at most `beam` (default 1). */
  readonly best?: number;
}

/** An answer and how it came about. */
export interface Translation {
  readonly text: string;
  /** Log-probability of the whole text, in nats. */
  readonly logProbability: number;
  /** What answers are ranked by. */
  readonly score: number;
  /** Whether the model ended it, or it was cut at twice the length of its source. */
  readonly ended: boolean;
  /** What the model read. */
  readonly units: readonly string[];
  /** What it wrote, unit by unit, without the end. */
  readonly written: readonly string[];
  /** Where it looked for each unit that it wrote and for the end, over `units`; null without attention. */
  readonly attention: readonly (readonly number[])[] | null;
}

/** Sources that are searched together. */
const TOGETHER = 32;

/** A trained encoder and decoder with their units. */
export class Translator implements TrainedModel<TranslateData> {
  readonly config: TranslateConfig;
  readonly texts: TranslateTexts;
  readonly network: Seq2Seq;

  constructor(config: TranslateConfig, texts: TranslateTexts) {
    const { options } = config;
    const { cell, hidden, layers, bidirectional, embed, attention, score, inputFeeding, coverage, bridge } = options;
    this.config = config;
    this.texts = texts;
    const luong = attention === "luong" ? { score, inputFeeding } : {};
    this.network = new Seq2Seq(
      {
        sourceSize: texts.source.size,
        targetSize: texts.targetSize,
        embeddingSize: embed,
        hiddenSize: hidden,
        encoderCell: CELLS[cell],
        decoderCell: CELLS[cell],
        layers,
        bidirectional,
        attention,
        ...luong,
        ...(coverage > 0 ? { coverage: true } : {}),
        bridge,
        dropout: options.dropout,
      },
      new Rng(options.seed).split("weights"),
    );
  }

  /** The best translation of a text. */
  async predict(text: string, settings: TranslateSettings = {}): Promise<Translation> {
    return (await this.translateAll([text], settings))[0][0];
  }

  /**
   * The best translations of texts, up to `best` of each, best first. Errors: `E_TOO_LONG`; those of `beamSearch`; the reason of
   * `signal`.
   */
  async translateAll(
    texts: readonly string[],
    { signal, ...settings }: TranslateSettings & { readonly signal?: AbortSignal } = {},
  ): Promise<Translation[][]> {
    const all: Translation[][] = Array.from(texts, () => []);
    const place = (i: number): number | null => (texts.length === 1 ? null : i);
    const sources = texts.map((text, i) => ({ source: this.texts.encodeSource(text, place(i)) }));
    const places = texts.map((_, i) => i);
    const length = (i: number): number => sources[i].source.length;
    const batches = bucketedBatches(places, { batch: TOGETHER, length, shuffle: false });
    const breather = new Breather();
    for (let index = 0; index < batches.count(0); index++) {
      await breather.breathe();
      signal?.throwIfAborted();
      const chosen = batches.batch(0, index);
      const found = this.#search(
        chosen.map((i) => sources[i]),
        settings,
      );
      chosen.forEach((i, b) => {
        const units = this.texts.units(texts[i]);
        all[i] = found[b].map((hypothesis) => this.#translation(hypothesis, units));
      });
    }
    return all;
  }

  /** Score the translator on pairs: loss of the given targets, and its own translations beside them. Errors: `E_DATA_EMPTY`. */
  async evaluate(
    data: TranslateData,
    { signal, ...settings }: TranslateSettings & { readonly signal?: AbortSignal } = {},
  ): Promise<TranslateEvaluation> {
    if (data.length === 0) throw noExamples("translate.evaluate", "the data");
    const score = await this.score(
      data.map((pair, i) => this.texts.encode(pair, i)),
      signal,
    );
    signal?.throwIfAborted();
    const written = await this.translateAll(
      data.map(({ source }) => source),
      { ...settings, signal },
    );
    const right = data.map(({ target }) => plain(target, this.config.options));
    return scoreTranslations(
      score!,
      written.map(([best]) => best),
      data,
      right,
      settings.beam ?? TRANSLATE_ASKING.beam.default,
    );
  }

  /** The loss of given targets; null if the signal fires. */
  score(pairs: readonly EncodedPair[], signal?: AbortSignal): Promise<Score | null> {
    const length = ({ source, target }: EncodedPair): number => Math.max(source.length, target.length + 1);
    const batches = bucketedBatches(pairs, { batch: TOGETHER, length, shuffle: false });
    const measure = (chosen: readonly EncodedPair[]) => {
      const { source, targetIn, targetOut, ...lengths } = this.texts.batch(chosen);
      return this.network.loss(source, targetIn, targetOut, lengths);
    };
    return scoreBatches(batches, measure, { signal });
  }

  /** A line each. */
  async answer(lines: readonly string[], settings: TranslateAsking = {}): Promise<readonly Answer[]> {
    const found = await this.translateAll(lines, settings);
    return found.map(([{ text, logProbability }], i) => ({ text, json: { source: lines[i], text, logProbability } }));
  }

  /** Save the model as a run of its own, to be read by `translate.load`. Errors: `E_RUN_WRITE`. */
  save(store: RunStore): Promise<void> {
    return saveModel(this, store);
  }

  documents(): Readonly<Record<string, object>> {
    return this.texts.documents();
  }

  #search(sources: readonly Pick<EncodedPair, "source">[], settings: TranslateSettings): Hypothesis[][] {
    const { best = 1, ...asked } = settings;
    const { beam, blockRepeats: noRepeat, ...penalties } = completeOptions("translate", TRANSLATE_ASKING, asked);
    if (!(best <= beam)) throw invalidValue("translate", "best", `at most beam, ${beam}`, best);
    const { start, end, banned } = this.texts;
    return scope(() =>
      noGrad(() => {
        const { source, sourceLengths } = sourceBatch(sources);
        const stepper = new Seq2SeqStepper(this.network, this.network.encode(source, sourceLengths));
        const maxLength = sourceLengths.map((length) => 2 * length + 10);
        return beamSearch(stepper, {
          start,
          end,
          banned,
          maxLength,
          sourceLengths,
          beam,
          best,
          noRepeat,
          ...penalties,
        });
      }),
    );
  }

  #translation({ tokens, logProbability, score, ended, attention }: Hypothesis, units: readonly string[]): Translation {
    const looked = attention?.map((weights) => Array.from(weights.subarray(0, Math.max(1, units.length)))) ?? null;
    const written = tokens.map((id) => this.texts.decode([id]));
    return { text: this.texts.decode(tokens), logProbability, score, ended, units, written, attention: looked };
  }
}
