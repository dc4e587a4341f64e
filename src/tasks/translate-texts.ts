/** Texts of both sides as numbers, and the numbers of a decoder as a text. */
import { type Encoded, readTokenizer, type Tokenizer } from "../data/index.js";
import { textTooLong } from "../errors.js";
import { Tensor } from "../tensor/index.js";
import type { DocumentReader } from "./define-task.js";
import { trainTokenizer } from "./text-tokenizers.js";
import type { TranslateData } from "./translate-data.js";
import type { CompleteTranslateOptions } from "./translate-options.js";

type Settings = Pick<
  CompleteTranslateOptions,
  "unit" | "lowercase" | "minCount" | "vocabulary" | "maxLength" | "tooLong" | "copy"
>;

/** What is done about a text that is too long. */
export type TooLong = Settings["tooLong"];

/** What stands between the units of a text, where each is a piece of it as it stands. */
const BETWEEN: Readonly<Partial<Record<Settings["unit"], string>>> = { word: " ", space: " ", char: "" };

/** The unit that is not known: the first of every tokenizer. */
export const UNKNOWN_UNIT = 0;

/** What no unit of the target is: it is not copied. */
const NEVER = -1;

/** B pairs as the network reads them: the target twice, behind its beginning and before its end. */
export interface PairBatch {
  /** [S, B] int32, 0 behind the end. */
  readonly source: Tensor;
  readonly sourceLengths: readonly number[];
  /** [S, B] int32, what the units of the source are as units of the target; absent where nothing is copied. */
  readonly copied?: Tensor;
  /** [T, B] int32. */
  readonly targetIn: Tensor;
  readonly targetOut: Tensor;
  readonly targetLengths: readonly number[];
}

/** A pair of sequences of ids. */
export interface EncodedPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
  /**
   * Of each unit of the source its number among the choices of the decoder; V + k is the k-th of those that the target's tokenizer
   * does not know. Absent where nothing is copied.
   */
  readonly copied?: Int32Array;
}

/** A source to translate. */
export interface EncodedSource extends Pick<EncodedPair, "source" | "copied"> {
  /** As they are read. */
  readonly units: readonly string[];
  /** Those that may be copied although the target's tokenizer does not know them, by k. */
  readonly foreign: readonly string[];
}

/** What answers begin with. */
export interface EncodedPrefix {
  readonly ids: Int32Array;
  readonly units: readonly string[];
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

  /** What is never written: the beginning, and the unit that is not known. */
  get banned(): readonly number[] {
    return [UNKNOWN_UNIT, this.start];
  }

  /** A source to translate; a text without a unit is one that is not known. Errors: `E_TOO_LONG` unless it is to be cut. */
  encodeSource(text: string, place: () => string, cut: boolean): EncodedSource {
    // Null is for what is to be left out alone.
    return this.#source(this.#fitting(this.#read(this.source, text), "source", place, cut ? "cut" : "refuse")!);
  }

  /** A pair; null for one that is too long and to be left out. Errors: `E_TOO_LONG` for one that is not. */
  encode(
    pair: TranslateData[number],
    place: () => string,
    tooLong: TooLong = this.#settings.tooLong,
  ): EncodedPair | null {
    const sides = (["source", "target"] as const).map((side) =>
      this.#fitting(this.#read(this[side], pair[side]), side, place, tooLong),
    );
    const [source, target] = sides;
    if (source === null || target === null) return null;
    const { source: ids, copied, foreign } = this.#source(source);
    return { source: ids, target: this.#known(target, foreign), ...(copied && { copied }) };
  }

  /** What the answer to a source is to begin with. */
  encodePrefix(text: string, { foreign }: EncodedSource): EncodedPrefix {
    const read = this.#read(this.target, text);
    return { ids: this.#known(read, foreign), units: read.tokens };
  }

  /**
   * What a decoder wrote, unit by unit and as a text; a unit that no tokenizer knows stands as the source has it, or as the
   * answer was told to begin.
   */
  spell(
    ids: readonly number[],
    { foreign }: Pick<EncodedSource, "foreign">,
    begun: readonly string[] = [],
  ): { readonly text: string; readonly written: readonly string[] } {
    const own = (id: number, i: number): string | undefined =>
      id >= this.targetSize ? foreign[id - this.targetSize] : id === UNKNOWN_UNIT ? begun[i] : undefined;
    const written = ids.map((id, i) => own(id, i) ?? this.target.decode([id]));
    const plainly = ids.every((id, i) => own(id, i) === undefined);
    return { written, text: plainly ? this.target.decode(ids) : written.join(BETWEEN[this.#settings.unit] ?? "") };
  }

  /** Pairs side by side. */
  batch(pairs: readonly EncodedPair[]): PairBatch {
    const targets = pairs.map(({ target }) => target);
    const into = targets.map((target) => [this.start, ...target]);
    const out = targets.map((target) => [...target, this.end]);
    const lengths = into.map(({ length }) => length);
    return { ...sourceBatch(pairs), targetIn: placed(into), targetOut: placed(out), targetLengths: lengths };
  }

  #read(tokenizer: Tokenizer, text: string): Encoded {
    return tokenizer.encode(plain(text, this.#settings));
  }

  /** What of a text is read: all, its first units, or null. */
  #fitting({ ids, tokens }: Encoded, side: "source" | "target", place: () => string, tooLong: TooLong): Encoded | null {
    const { maxLength } = this.#settings;
    if (ids.length <= maxLength) return { ids, tokens };
    if (tooLong === "skip") return null;
    if (tooLong === "cut") return { ids: ids.slice(0, maxLength), tokens: tokens.slice(0, maxLength) };
    throw textTooLong(side, place(), ids.length, maxLength);
  }

  #source({ ids, tokens }: Encoded): EncodedSource {
    const none = ids.length === 0;
    const source = none ? Int32Array.of(UNKNOWN_UNIT) : ids;
    if (!this.#settings.copy) return { source, units: tokens, foreign: [] };
    const foreign: string[] = [];
    const copied = Int32Array.from(tokens, (token) => {
      const known = this.target.encode(token).ids;
      if (known.length !== 1) return NEVER;
      if (known[0] !== UNKNOWN_UNIT) return known[0];
      if (!foreign.includes(token)) foreign.push(token);
      return this.targetSize + foreign.indexOf(token);
    });
    return { source, units: tokens, foreign, copied: none ? Int32Array.of(NEVER) : copied };
  }

  /** Units of the target; those that it does not know and the source has are its numbers beyond V. */
  #known({ ids, tokens }: Encoded, foreign: readonly string[]): Int32Array {
    if (foreign.length === 0) return ids;
    return ids.map((id, i) => {
      const k = id === UNKNOWN_UNIT ? foreign.indexOf(tokens[i]) : -1;
      return k < 0 ? id : this.targetSize + k;
    });
  }
}

/** Sources side by side. */
export function sourceBatch(
  pairs: readonly Pick<EncodedPair, "source" | "copied">[],
): Pick<PairBatch, "source" | "sourceLengths" | "copied"> {
  const sources = pairs.map(({ source }) => source);
  const copied = pairs.flatMap((pair) => pair.copied ?? []);
  return {
    source: placed(sources, 4),
    sourceLengths: sources.map(({ length }) => length),
    ...(copied.length > 0 && { copied: placed(copied, 4, NEVER) }),
  };
}

/** A text as both sides and the figures see it. */
export function plain(text: string, { lowercase }: Pick<Settings, "lowercase">): string {
  return lowercase ? text.normalize("NFC").toLowerCase() : text.normalize("NFC");
}

/**
 * Rows of ids as a tensor [T, B], `filling` behind the end of each.
 *
 * @param round T is a multiple of it. A sum over the positions of a source goes in four chains and a rest: without a rest
 *   it has the same bits however many positions of padding the others of a batch bring along.
 */
function placed(rows: readonly ArrayLike<number>[], round = 1, filling = 0): Tensor {
  const longest = Math.max(0, ...rows.map(({ length }) => length));
  const [T, B] = [Math.ceil(longest / round) * round, rows.length];
  const all = new Int32Array(T * B).fill(filling);
  rows.forEach((row, b) => {
    for (let t = 0; t < row.length; t++) all[t * B + b] = row[t];
  });
  return Tensor.from(all, [T, B]);
}
