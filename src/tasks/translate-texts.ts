/** Texts of both sides as numbers, and the numbers of a decoder as a text. */
import { readTokenizer, type Tokenizer } from "../data/index.js";
import { sequenceTooLong } from "../errors.js";
import { Tensor } from "../tensor/index.js";
import type { DocumentReader } from "./define-task.js";
import { trainTokenizer } from "./text-tokenizers.js";
import type { TranslateData } from "./translate-data.js";
import type { CompleteTranslateOptions } from "./translate-options.js";

type Settings = Pick<CompleteTranslateOptions, "unit" | "lowercase" | "minCount" | "vocabulary" | "maxLength">;

/** B pairs as the network reads them: the target twice, behind its beginning and before its end. */
export interface PairBatch {
  /** [S, B] int32, 0 behind the end. */
  readonly source: Tensor;
  readonly sourceLengths: readonly number[];
  /** [T, B] int32. */
  readonly targetIn: Tensor;
  readonly targetOut: Tensor;
  readonly targetLengths: readonly number[];
}

/** A pair of sequences of ids. */
export interface EncodedPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** The units of both sides by number. Two numbers of the target more than it has units stand for its beginning and its end. */
export class TranslateTexts {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
  readonly #settings: Settings;

  constructor(source: Tokenizer, target: Tokenizer, settings: Settings) {
    this.source = source;
    this.target = target;
    this.#settings = settings;
  }

  /** Of what occurs in pairs to train on. */
  static of(data: TranslateData, settings: Settings): TranslateTexts {
    const side = (name: "source" | "target"): Tokenizer => {
      return trainTokenizer(
        settings.unit,
        data.map((pair) => plain(pair[name], settings)),
        settings,
      );
    };
    return new TranslateTexts(side("source"), side("target"), settings);
  }

  /** From what `documents` gave. Errors: `E_TOKENIZER`. */
  static async read(document: DocumentReader, settings: Settings): Promise<TranslateTexts> {
    const [source, target] = [await document("source-tokenizer.json"), await document("tokenizer.json")];
    return new TranslateTexts(readTokenizer(source), readTokenizer(target), settings);
  }

  /** What a run keeps, by file name. */
  documents(): Readonly<Record<string, object>> {
    return { "source-tokenizer.json": this.source, "tokenizer.json": this.target };
  }

  /** Choices of the decoder V. */
  get targetSize(): number {
    return this.target.size + 2;
  }

  /** What the decoder reads first. */
  get start(): number {
    return this.target.size;
  }

  /** What it writes last. */
  get end(): number {
    return this.target.size + 1;
  }

  /** What is never written: the beginning, and the unit that is not known, the first of every tokenizer. */
  get banned(): readonly number[] {
    return [0, this.start];
  }

  /** The units of a source as they are read. */
  units(text: string): readonly string[] {
    return this.source.encode(plain(text, this.#settings)).tokens;
  }

  /** The ids of a source; a text without a unit is one that is not known. Errors: `E_TOO_LONG`. */
  encodeSource(text: string, place: number | null): Int32Array {
    const ids = this.#encode(this.source, text, place);
    return ids.length === 0 ? Int32Array.of(0) : ids;
  }

  /** Errors: `E_TOO_LONG`. */
  encode({ source, target }: TranslateData[number], place: number): EncodedPair {
    return { source: this.encodeSource(source, place), target: this.#encode(this.target, target, place) };
  }

  /** What a decoder wrote. */
  decode(ids: readonly number[]): string {
    return this.target.decode(ids);
  }

  /** Pairs side by side. */
  batch(pairs: readonly EncodedPair[]): PairBatch {
    const targets = pairs.map(({ target }) => target);
    const into = targets.map((target) => [this.start, ...target]);
    const out = targets.map((target) => [...target, this.end]);
    const lengths = into.map(({ length }) => length);
    return { ...sourceBatch(pairs), targetIn: placed(into), targetOut: placed(out), targetLengths: lengths };
  }

  #encode(tokenizer: Tokenizer, text: string, place: number | null): Int32Array {
    const { ids } = tokenizer.encode(plain(text, this.#settings));
    const { maxLength } = this.#settings;
    if (ids.length > maxLength) throw sequenceTooLong("translate", place, ids.length, maxLength);
    return ids;
  }
}

/** Sources side by side. */
export function sourceBatch(
  pairs: readonly Pick<EncodedPair, "source">[],
): Pick<PairBatch, "source" | "sourceLengths"> {
  const sources = pairs.map(({ source }) => source);
  return { source: placed(sources, 4), sourceLengths: sources.map(({ length }) => length) };
}

/** A text as both sides and the figures see it. */
export function plain(text: string, { lowercase }: Pick<Settings, "lowercase">): string {
  return lowercase ? text.normalize("NFC").toLowerCase() : text.normalize("NFC");
}

/**
 * Rows of ids as a tensor [T, B], 0 behind the end of each.
 *
 * @param round T is a multiple of it. A sum over the positions of a source goes in four chains and a rest: without a rest
 *   it has the same bits however many positions of padding the others of a batch bring along.
 */
function placed(rows: readonly ArrayLike<number>[], round = 1): Tensor {
  const longest = Math.max(0, ...rows.map(({ length }) => length));
  const [T, B] = [Math.ceil(longest / round) * round, rows.length];
  const all = new Int32Array(T * B);
  rows.forEach((row, b) => {
    for (let t = 0; t < row.length; t++) all[t * B + b] = row[t];
  });
  return Tensor.from(all, [T, B]);
}
