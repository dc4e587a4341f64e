/** What a tagger knows by number: words, letters and labels. */
import { Vocabulary } from "../data/index.js";
import type { DocumentReader } from "./define-task.js";
import type { TagData } from "./tag-data.js";
import type { CompleteTagOptions } from "./tag-options.js";

const UNKNOWN = { unk: "<unk>" } as const;

/** Letters of a word that are read: a longer one is read by its beginning and its end. */
const LONGEST = 48;

/** The numbers of words, letters and labels. */
export class TagVocabularies {
  readonly words: Vocabulary;
  readonly letters: Vocabulary;
  readonly labels: Vocabulary;
  readonly #lowercase: boolean;

  constructor(words: Vocabulary, letters: Vocabulary, labels: Vocabulary, lowercase: boolean) {
    this.words = words;
    this.letters = letters;
    this.labels = labels;
    this.#lowercase = lowercase;
  }

  /** Of what occurs in data to train on. */
  static of(
    data: TagData,
    { lowercase, minCount, vocabulary }: Pick<CompleteTagOptions, "lowercase" | "minCount" | "vocabulary">,
  ): TagVocabularies {
    const tokens = data.flatMap((sentence) => sentence.tokens);
    const words = tokens.map((token) => (lowercase ? token.toLowerCase() : token));
    return new TagVocabularies(
      Vocabulary.fromTokens(words, { specials: UNKNOWN, minCount, maxSize: vocabulary }),
      Vocabulary.fromTokens(tokens.flatMap(lettersOf), { specials: UNKNOWN }),
      Vocabulary.fromTokens(data.flatMap(({ labels }) => labels)),
      lowercase,
    );
  }

  /** The number of a word, that of the unknown one if it is not known. */
  word(token: string): number {
    return this.words.id(this.#lowercase ? token.toLowerCase() : token);
  }

  /** The numbers of the letters of a word. */
  spell(token: string): Int32Array {
    return this.letters.encode(lettersOf(token));
  }

  /** The number of a label, −1 for one that is not known. */
  label(label: string): number {
    return this.labels.has(label) ? this.labels.id(label) : -1;
  }

  /** What a run keeps, by file name. */
  documents(): Readonly<Record<string, object>> {
    return { "words.json": this.words, "letters.json": this.letters, "labels.json": this.labels };
  }

  /** From what `documents` gave. Errors: `E_VOCABULARY`. */
  static async read(document: DocumentReader, lowercase: boolean): Promise<TagVocabularies> {
    const open = async (name: string): Promise<Vocabulary> => Vocabulary.fromJSON(await document(name));
    return new TagVocabularies(
      await open("words.json"),
      await open("letters.json"),
      await open("labels.json"),
      lowercase,
    );
  }
}

function lettersOf(token: string): string[] {
  const letters = Array.from(token);
  if (letters.length <= LONGEST) return letters;
  return [...letters.slice(0, LONGEST / 2), ...letters.slice(-LONGEST / 2)];
}
