/** From an input to what the network reads: ids of a vocabulary, or rows of standardised numbers. */
import { readTokenizer, type Tokenizer, Vocabulary } from "../data/index.js";
import { inputKind, sequenceTooLong, seriesShape } from "../errors.js";
import type { ClassifyInput, Series } from "./classify-data.js";
import type { CompleteClassifyOptions } from "./classify-options.js";
import { SeriesScale } from "./series-scale.js";
import { trainTokenizer, UNKNOWN } from "./text-tokenizers.js";

/** An input for the network: T steps, as ids [T] or as rows [T, D]. */
export interface EncodedInput {
  readonly steps: number;
  readonly ids?: Int32Array;
  /** The units as they are written, T of them, where their letters are read. */
  readonly words?: readonly string[];
  readonly rows?: Float32Array;
}

/** How inputs of one kind are read. */
export interface InputEncoder {
  readonly kind: "text" | "series";
  /** V of a text's units, or D of a series' dimensions. */
  readonly width: number;
  /** The id of unknown units of text; −1 for series. */
  readonly unknown: number;
  /** The letters of a text's units; null where they are not read. */
  readonly letters: Vocabulary | null;
  /**
   * @param place of the example, for errors; null if it is the only one
   * @throws E_INPUT_KIND for an input of the other kind; E_SERIES for other dimensions; E_TOO_LONG
   */
  encode(input: ClassifyInput, place: number | null): EncodedInput;
  /** What `load` needs, by file name. */
  documents(): Readonly<Record<string, object>>;
}

type Limits = Pick<CompleteClassifyOptions, "lowercase" | "maxLength" | "tooLong" | "letters">;

const WHO = "classify";

/** An encoder made from the inputs of a training, all of one kind. */
export function encoderFor(inputs: readonly ClassifyInput[], options: CompleteClassifyOptions): InputEncoder {
  if (typeof inputs[0] !== "string") return seriesEncoder(SeriesScale.of(inputs as readonly Series[]), options);
  const texts = (inputs as readonly string[]).map((text) => plain(text, options));
  const tokenizer = trainTokenizer(options.unit, texts, options);
  if (options.letters === "none") return textEncoder(tokenizer, null, options);
  const characters = function* (): Generator<string> {
    for (const text of inputs as readonly string[]) yield* text.normalize("NFC");
  };
  return textEncoder(tokenizer, Vocabulary.fromTokens(characters(), { specials: { unk: UNKNOWN } }), options);
}

/** The encoder of a saved model, by the documents that are there. */
export async function loadEncoder(
  read: (name: string) => Promise<unknown>,
  kind: "text" | "series",
  options: CompleteClassifyOptions,
): Promise<InputEncoder> {
  if (kind === "series") return seriesEncoder(SeriesScale.fromJSON(await read("scale.json")), options);
  const tokenizer = readTokenizer(await read("tokenizer.json"));
  const letters = options.letters === "none" ? null : Vocabulary.fromJSON(await read("letters.json"));
  return textEncoder(tokenizer, letters, options);
}

/** An accent that is written apart is the same letter: Unicode's form NFC. */
function plain(text: string, { lowercase }: Pick<Limits, "lowercase">): string {
  return lowercase ? text.normalize("NFC").toLowerCase() : text.normalize("NFC");
}

function textEncoder(tokenizer: Tokenizer, letters: Vocabulary | null, options: Limits): InputEncoder {
  // The first token of every tokenizer that was trained above.
  const unknown = 0;
  return {
    kind: "text",
    width: tokenizer.size,
    unknown,
    letters,
    encode(input, place) {
      if (typeof input !== "string") throw inputKind(WHO, place, "a text", "a series");
      const { ids, tokens } = tokenizer.encode(plain(input, options));
      const steps = limited(ids.length, place, options);
      // A text without a unit is read as one that is not known.
      if (steps === 0) return { steps: 1, ids: Int32Array.of(unknown), words: [UNKNOWN] };
      const encoded = { steps, ids: ids.slice(0, steps) };
      if (letters === null) return encoded;
      const cased = options.lowercase ? tokenizer.encode(plain(input, { lowercase: false })).tokens : tokens;
      return { ...encoded, words: (cased.length === tokens.length ? cased : tokens).slice(0, steps) };
    },
    documents: () => ({ "tokenizer.json": tokenizer, ...(letters === null ? {} : { "letters.json": letters }) }),
  };
}

function seriesEncoder(scale: SeriesScale, options: Limits): InputEncoder {
  const width = scale.mean.length;
  return {
    kind: "series",
    width,
    unknown: -1,
    letters: null,
    encode(input, place) {
      if (typeof input === "string") throw inputKind(WHO, place, "a series", "a text");
      if (input.length !== width) throw seriesShape(WHO, place, `${width} dimensions`, `${input.length}`);
      const steps = limited(input[0].length, place, options);
      return { steps, rows: scale.rows(input, steps) };
    },
    documents: () => ({ "scale.json": scale }),
  };
}

/** How many steps are read. */
function limited(steps: number, place: number | null, { maxLength, tooLong }: Limits): number {
  if (steps <= maxLength) return steps;
  if (tooLong === "refuse") throw sequenceTooLong(WHO, place, steps, maxLength);
  return maxLength;
}
