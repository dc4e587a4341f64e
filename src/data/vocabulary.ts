import { invalidValue, storedVocabulary, unknownId, unknownWord } from "../errors.js";

/** Tokens with a meaning of their own: filling, what is not known, begin and end. */
export interface Specials {
  readonly pad?: string;
  readonly unk?: string;
  readonly bos?: string;
  readonly eos?: string;
}

/** What goes into a vocabulary. */
export interface VocabularyOptions {
  /** Tokens in front of all others, in the order pad, unk, bos, eos; default none. One that occurs in the data is that special. */
  readonly specials?: Specials;
  /** Leave out tokens that occur less often; default 1. */
  readonly minCount?: number;
  /** Most tokens, specials included; the most frequent stay. Default Infinity. */
  readonly maxSize?: number;
}

/** The stored form of a `Vocabulary`. */
export interface VocabularyJson {
  readonly format: "hiddenstate.vocabulary";
  readonly version: 1;
  readonly kind: "tokens";
  readonly specials: Specials;
  /** Tokens by id, specials among them. */
  readonly tokens: readonly string[];
}

const ROLES = ["pad", "unk", "bos", "eos"] as const;

/**
 * Tokens and their numbers: words, labels, characters, pieces of words.
 *
 * @example
 * const words = Vocabulary.fromTokens(["a", "b", "a"], { specials: { unk: "<unk>" } });
 * words.encode(["b", "a", "c"]); // Int32Array [2, 1, 0]
 */
export class Vocabulary {
  /** Tokens by id. */
  readonly tokens: readonly string[];
  /** The specials, by role. */
  readonly specials: Specials;
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(tokens: readonly string[], specials: Specials) {
    this.tokens = tokens;
    this.specials = specials;
    this.#ids = new Map(tokens.map((token, id) => [token, id]));
  }

  /**
   * The vocabulary of what occurs: specials first, then by count, most frequent first, equals by code point.
   *
   * @throws E_VALUE for a count or size that is no whole number, and for a size too small for the specials
   */
  static fromTokens(tokens: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
    const counts = new Map<string, number>();
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    return Vocabulary.fromCounts(counts, options);
  }

  /** As `fromTokens`, from counts. */
  static fromCounts(
    counts: ReadonlyMap<string, number>,
    { specials = {}, minCount = 1, maxSize = Infinity }: VocabularyOptions = {},
  ): Vocabulary {
    if (!Number.isSafeInteger(minCount) || minCount < 1) {
      throw invalidValue("Vocabulary", "minCount", "a whole number from 1", minCount);
    }
    const first = [...new Set(ROLES.flatMap((role) => specials[role] ?? []))];
    if (!(maxSize === Infinity || Number.isSafeInteger(maxSize)) || maxSize < Math.max(1, first.length)) {
      throw invalidValue("Vocabulary", "maxSize", `a whole number from ${Math.max(1, first.length)}`, maxSize);
    }
    const kept = [...counts].filter(([token, count]) => count >= minCount && !first.includes(token));
    kept.sort(([a, m], [b, n]) => n - m || compareCodePoints(a, b));
    const places = maxSize - first.length;
    const rest = places < kept.length ? kept.slice(0, places) : kept;
    return new Vocabulary([...first, ...rest.map(([token]) => token)], specials);
  }

  /** A vocabulary in the order given, for tokens that have one; specials must be among them. Errors: `E_VOCABULARY`. */
  static of(tokens: readonly string[], specials: Specials = {}): Vocabulary {
    return Vocabulary.fromJSON({ format: "hiddenstate.vocabulary", version: 1, kind: "tokens", specials, tokens });
  }

  /**
   * Read the stored form, as `JSON.parse` gives it.
   *
   * @throws E_VOCABULARY for another format, version or kind, tokens that are no strings or occur twice, specials that are not
   *   among them
   */
  static fromJSON(json: unknown): Vocabulary {
    const { format, version, kind, specials = {}, tokens } = (json ?? {}) as Partial<VocabularyJson>;
    if (format !== "hiddenstate.vocabulary") throw storedVocabulary("format", "hiddenstate.vocabulary", format);
    if (version !== 1) throw storedVocabulary("version", "1", version);
    if (kind !== "tokens") throw storedVocabulary("kind", "tokens", kind);
    if (!Array.isArray(tokens)) throw storedVocabulary("tokens", "an array", tokens);
    const seen = new Set<unknown>();
    for (const [id, token] of tokens.entries()) {
      if (typeof token !== "string") throw storedVocabulary(`tokens[${id}]`, "a string", token);
      if (seen.has(token)) throw storedVocabulary(`tokens[${id}]`, "a token that is not there yet", token);
      seen.add(token);
    }
    const known: Record<string, string> = {};
    for (const role of ROLES) {
      const token = (specials as Specials | null)?.[role];
      if (token === undefined) continue;
      if (!seen.has(token)) throw storedVocabulary(`specials.${role}`, "one of the tokens", token);
      known[role] = token;
    }
    return new Vocabulary([...(tokens as string[])], known);
  }

  /** Number of tokens V; ids are 0 … V−1. */
  get size(): number {
    return this.tokens.length;
  }

  /** Id of the filling; null if there is none. */
  get pad(): number | null {
    return this.#special("pad");
  }

  /** Id of what is not known; null if there is none. */
  get unk(): number | null {
    return this.#special("unk");
  }

  /** Id of the beginning; null if there is none. */
  get bos(): number | null {
    return this.#special("bos");
  }

  /** Id of the end; null if there is none. */
  get eos(): number | null {
    return this.#special("eos");
  }

  /** Whether a token has an id of its own. */
  has(token: string): boolean {
    return this.#ids.has(token);
  }

  /** Id of a token, that of `unk` if it is not known. Errors: `E_WORD` where nothing stands for unknowns. */
  id(token: string): number {
    const id = this.#ids.get(token) ?? this.unk;
    if (id === null) throw unknownWord(token, this.size);
    return id;
  }

  /** Token of an id. Errors: `E_TOKEN`. */
  token(id: number): string {
    const token = this.tokens[id];
    if (token === undefined) throw unknownId(id, this.size);
    return token;
  }

  /** Ids of tokens, N of them. Errors: `E_WORD` where nothing stands for unknowns. */
  encode(tokens: Iterable<string>): Int32Array<ArrayBuffer> {
    return Int32Array.from(tokens, (token) => this.id(token));
  }

  /** Tokens of ids. Errors: `E_TOKEN`. */
  decode(ids: Iterable<number>): string[] {
    return Array.from(ids, (id) => this.token(id));
  }

  /** The stored form; `JSON.stringify` calls it. */
  toJSON(): VocabularyJson {
    const { specials, tokens } = this;
    return { format: "hiddenstate.vocabulary", version: 1, kind: "tokens", specials, tokens };
  }

  #special(role: keyof Specials): number | null {
    const token = this.specials[role];
    return token === undefined ? null : this.#ids.get(token)!;
  }
}

/** By code point, not by UTF-16 unit: they differ above U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    // The first unit that differs decides; a surrogate stands for a code point above every other unit.
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
