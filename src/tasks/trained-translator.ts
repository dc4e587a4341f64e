import { bucketedBatches } from "../data/index.js";
import { beamSearch, type Hypothesis } from "../decode/index.js";
import { invalidValue, noExamples, optionNeeds, wrongInput } from "../errors.js";
import { CELLS, Seq2Seq, Seq2SeqStepper } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope } from "../tensor/index.js";
import { Breather, type RunStore, type Score, scoreBatches } from "../train/index.js";
import { expectText } from "./expect-text.js";
import type { TaskConfigFile } from "./task-config.js";
import type { Answer } from "./task.js";
import { saveModel, type TrainedModel } from "./trained-model.js";
import { expectPairs, type Pair, placeOf, type TranslateData } from "./translate-data.js";
import { type CompleteOptions, completeOptions } from "./option-table.js";
import { type CompleteTranslateOptions, TRANSLATE_ASKING, type TranslateAsking } from "./translate-options.js";
import { scoreTranslations, type TranslateEvaluation } from "./translate-scores.js";
import {
  type EncodedPair,
  type EncodedSource,
  plain,
  sourceBatch,
  type TooLong,
  type TranslateTexts,
  UNKNOWN_UNIT,
} from "./translate-texts.js";

/** What `config.json` of a translator holds. */
export type TranslateConfig = TaskConfigFile<CompleteTranslateOptions>;

/** How to search. */
export type TranslateSettings = TranslateAsking;

type CompleteAsking = CompleteOptions<typeof TRANSLATE_ASKING>;

/** Who asks. */
interface Asked {
  /** Stops. */
  readonly signal?: AbortSignal;
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

/** What became of pairs. */
export interface PairsRead {
  readonly kept: readonly Pair[];
  /** Those that were kept, in their order. */
  readonly encoded: readonly EncodedPair[];
  readonly skipped: readonly Pair[];
  /** What they are a part of. */
  readonly whole: readonly Pair[];
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
        ...(options.copy ? { copy: { unknown: UNKNOWN_UNIT } } : {}),
        bridge,
        dropout: options.dropout,
      },
      new Rng(options.seed).split("weights"),
    );
  }

  /** The best translation of a text, and the next best ones that `best` asks for. Errors: as `translateAll`. */
  async predict(
    text: string,
    settings: TranslateSettings = {},
  ): Promise<Translation & { readonly others: readonly Translation[] }> {
    const [[first, ...others]] = await this.translateAll([text], settings);
    return { ...first, others };
  }

  /**
   * The best translations of texts, up to `best` of each, best first. Errors: `E_EXAMPLE`, `E_TOO_LONG`; those of `beamSearch`;
   * the reason of `signal`.
   */
  async translateAll(
    texts: readonly string[],
    { signal, ...settings }: TranslateSettings & Asked = {},
  ): Promise<Translation[][]> {
    const place = (i: number): string => (texts.length === 1 ? "the text" : `text ${i + 1}`);
    if (!Array.isArray(texts)) throw wrongInput("translate", "the texts", "a list of texts", texts);
    texts.forEach((text, i) => expectText("translate", place(i), text));
    const asked = completeOptions("translate", TRANSLATE_ASKING, settings);
    if (asked.tooLong === "skip")
      throw invalidValue("translate", "tooLong", '"refuse" or "cut", as each text has an answer', "skip");
    const cut = (asked.tooLong ?? this.config.options.tooLong) === "cut";
    const sources = texts.map((text, i) => this.texts.encodeSource(text, () => place(i), cut));
    const all: Translation[][] = Array.from(texts, () => []);
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
        asked,
      );
      chosen.forEach((i, b) => (all[i] = found[b]));
    }
    return all;
  }

  /** The greedy translations of a few texts, at once; of one that is too long that of its beginning. */
  glance(texts: readonly string[]): string[] {
    const asked = completeOptions("translate", TRANSLATE_ASKING, { beam: 1 });
    const sources = texts.map((text, i) => this.texts.encodeSource(text, () => `text ${i + 1}`, true));
    return this.#search(sources, asked).map(([{ text }]) => text);
  }

  /**
   * Score the translator on pairs: loss of the given targets, and its own translations beside them.
   *
   * Errors: `E_DATA_EMPTY`, `E_EXAMPLE`, `E_TOO_LONG`; `E_OPTION_NEEDS` for what only `predict` can be asked.
   */
  async evaluate(
    data: TranslateData,
    { signal, best = 1, prefix, ...settings }: TranslateSettings & Asked = {},
  ): Promise<TranslateEvaluation> {
    const who = "translate.evaluate";
    if (best !== 1) throw optionNeeds(who, "best", "predict: the best translation alone is scored");
    if (prefix !== undefined) throw optionNeeds(who, "prefix", "predict: whole translations are scored");
    expectPairs(who, data);
    const tooLong = settings.tooLong ?? this.config.options.tooLong;
    const { kept, encoded } = this.read(data, data, tooLong);
    if (kept.length === 0) throw noExamples(who, "the data");
    const score = await this.score(encoded, signal);
    signal?.throwIfAborted();
    const written = await this.translateAll(
      kept.map(({ source }) => source),
      { ...settings, tooLong: tooLong === "cut" ? "cut" : "refuse", signal },
    );
    return scoreTranslations(
      score!,
      written.map(([first]) => first),
      kept,
      kept.map(({ target }) => plain(target, this.config.options)),
      settings.beam ?? TRANSLATE_ASKING.beam.default,
      data.length - kept.length,
    );
  }

  /**
   * Pairs by number, and those that are left out as too long. Errors: `E_TOO_LONG` with the place of a pair.
   *
   * @param whole the data that the pairs are a part of
   */
  read(data: TranslateData, whole: TranslateData = data, tooLong: TooLong = this.config.options.tooLong): PairsRead {
    const kept: Pair[] = [];
    const skipped: Pair[] = [];
    const encoded: EncodedPair[] = [];
    for (const pair of data) {
      const read = this.texts.encode(pair, () => placeOf(pair, whole), tooLong);
      (read === null ? skipped : kept).push(pair);
      if (read !== null) encoded.push(read);
    }
    return { kept, encoded, skipped, whole };
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

  /** A line each; several best ones with their log-probabilities, and an empty line behind them. */
  async answer(lines: readonly string[], settings: TranslateAsking = {}): Promise<readonly Answer[]> {
    const found = await this.translateAll(lines, settings);
    return found.map((translations, i) => {
      const all = translations.map(({ text, logProbability, score }) => ({ text, logProbability, score }));
      const [{ text, logProbability }] = all;
      const json = { source: lines[i], text, logProbability };
      if ((settings.best ?? 1) === 1) return { text, json };
      const rows = all.map((one) => `${one.logProbability.toFixed(4)}  ${one.text}\n`);
      return { text: rows.join(""), json: { ...json, best: all } };
    });
  }

  /** Save the model as a run of its own, to be read by `translate.load`. Errors: `E_RUN_WRITE`. */
  save(store: RunStore): Promise<void> {
    return saveModel(this, store);
  }

  documents(): Readonly<Record<string, object>> {
    return this.texts.documents();
  }

  #search(sources: readonly EncodedSource[], asked: CompleteAsking): Translation[][] {
    const { beam, best, blockRepeats: noRepeat, prefix, tooLong: _, ...penalties } = asked;
    if (!(best <= beam)) throw invalidValue("translate", "best", `at most beam, ${beam}`, best);
    const { start, end, banned } = this.texts;
    const begun = prefix === undefined ? null : sources.map((source) => this.texts.encodePrefix(prefix, source));
    const hypotheses = scope(() =>
      noGrad(() => {
        const { source, sourceLengths, copied } = sourceBatch(sources);
        const stepper = new Seq2SeqStepper(this.network, this.network.encode(source, sourceLengths, undefined, copied));
        const maxLength = sourceLengths.map((length, i) => (begun?.[i].ids.length ?? 0) + 2 * length + 10);
        return beamSearch(stepper, {
          start,
          end,
          banned,
          maxLength,
          sourceLengths,
          beam,
          best,
          noRepeat,
          ...(begun && { prefixes: begun.map(({ ids }) => ids) }),
          ...penalties,
        });
      }),
    );
    return hypotheses.map((all, i) => all.map((one) => this.#translation(one, sources[i], begun?.[i].units)));
  }

  #translation(
    { tokens, logProbability, score, ended, attention }: Hypothesis,
    source: EncodedSource,
    begun: readonly string[] | undefined,
  ): Translation {
    const { units } = source;
    const looked = attention?.map((weights) => Array.from(weights.subarray(0, Math.max(1, units.length)))) ?? null;
    const { text, written } = this.texts.spell(tokens, source, begun);
    return { text, logProbability, score, ended, units, written, attention: looked };
  }
}
