import { badTokenizer } from "../../errors.js";

/** What a BPE tokenizer is made of. */
export interface BpeParts {
  readonly level: "bytes" | "words";
  /** Tokens by id. */
  readonly tokens: readonly string[];
  /** In their order. */
  readonly merges: readonly (readonly [left: string, right: string])[];
  /** Tokens that are found in a text before it is cut into words. */
  readonly specials: readonly string[];
  /** Token for what is not known; null if nothing is unknown. */
  readonly unknown: string | null;
}

/** A `tokenizer.json` in Hugging Face's form, as far as BPE needs it. */
export interface BpeJson {
  readonly version: "1.0";
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: null;
  readonly pre_tokenizer: Readonly<Record<string, unknown>>;
  readonly post_processor: null;
  readonly decoder: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>>;
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A tokenizer as `tokenizer.json`. */
export function writeBpeJson({ level, tokens, merges, specials, unknown }: BpeParts): BpeJson {
  const bytes = level === "bytes";
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specials.map((content) => {
      const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
      return { id: tokens.indexOf(content), content, ...plain };
    }),
    normalizer: null,
    pre_tokenizer: bytes ? byteLevel : { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: bytes ? byteLevel : { type: "BPEDecoder", suffix: "</w>" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: unknown,
      continuing_subword_prefix: null,
      end_of_word_suffix: bytes ? null : "</w>",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      // A token holds no space: a byte-level one has "Ġ" in its place, and a word has none.
      merges: merges.map((pair) => pair.join(" ")),
    },
  };
}

/** What a `tokenizer.json` holds. Errors: `E_TOKENIZER` for what is read neither by us nor in our way. */
export function readBpeJson(json: unknown): BpeParts {
  const { model, pre_tokenizer, normalizer, post_processor, added_tokens } = record("", json);
  const { type, vocab, merges, unk_token, ...rest } = record("model", model);
  const { dropout, continuing_subword_prefix, end_of_word_suffix, fuse_unk, byte_fallback, ignore_merges } = rest;
  expect("model.type", "BPE", type);
  const words = record("pre_tokenizer", pre_tokenizer);
  const level = words.type === "WhitespaceSplit" ? "words" : "bytes";
  if (level === "bytes") {
    expect("pre_tokenizer.type", "ByteLevel", words.type);
    expect("pre_tokenizer.add_prefix_space", false, words.add_prefix_space);
    expect("pre_tokenizer.use_regex", true, words.use_regex ?? true);
  }
  expect("normalizer", null, normalizer ?? null);
  // One that only moves offsets, as GPT-2's does, changes no token.
  if (post_processor != null) expect("post_processor.type", "ByteLevel", record("post_processor", post_processor).type);
  expect("model.dropout", null, dropout ?? null);
  expect("model.continuing_subword_prefix", "", continuing_subword_prefix ?? "");
  expect("model.end_of_word_suffix", level === "words" ? "</w>" : "", end_of_word_suffix ?? "");
  expect("model.fuse_unk", false, fuse_unk ?? false);
  expect("model.byte_fallback", false, byte_fallback ?? false);
  expect("model.ignore_merges", false, ignore_merges ?? false);

  const known = record("model.vocab", vocab);
  const added = array("added_tokens", added_tokens ?? []);
  const most = Object.keys(known).length + added.length;
  const tokens: string[] = [];
  const put = (where: string, token: string, id: unknown): void => {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= most) {
      throw badTokenizer(where, `an id from 0 to ${most - 1}`, id);
    }
    if (tokens[id as number] !== undefined && tokens[id as number] !== token) {
      throw badTokenizer(where, "an id of its own", id);
    }
    tokens[id as number] = token;
  };
  for (const [token, id] of Object.entries(known)) put(`model.vocab[${JSON.stringify(token)}]`, token, id);
  const specials: string[] = [];
  for (const [i, entry] of added.entries()) {
    const { content, id, lstrip, rstrip, single_word } = record(`added_tokens[${i}]`, entry);
    if (typeof content !== "string" || content === "")
      throw badTokenizer(`added_tokens[${i}].content`, "a text", content);
    for (const [name, value] of Object.entries({ lstrip, rstrip, single_word })) {
      expect(`added_tokens[${i}].${name}`, false, value ?? false);
    }
    put(`added_tokens[${i}].id`, content, id);
    specials.push(content);
  }
  for (let id = 0; id < tokens.length; id++) {
    if (tokens[id] === undefined)
      throw badTokenizer("model.vocab", `a token for every id below ${tokens.length}`, `none for ${id}`);
  }
  const unknown = unk_token === null || unk_token === undefined || level === "bytes" ? null : unk_token;
  if (unknown !== null && (typeof unknown !== "string" || !tokens.includes(unknown))) {
    throw badTokenizer("model.unk_token", "one of the tokens", unknown);
  }
  const pairs = array("model.merges", merges).map((merge, i) => {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    const where = `model.merges[${i}]`;
    if (!Array.isArray(pair) || pair.length !== 2) throw badTokenizer(where, "two tokens", JSON.stringify(merge));
    const [left, right] = pair as unknown[];
    for (const token of [left, right, `${String(left)}${String(right)}`]) {
      if (typeof token !== "string" || !Object.hasOwn(known, token))
        throw badTokenizer(where, "tokens of the vocabulary", token);
    }
    return [left as string, right as string] as const;
  });
  return { level, tokens, merges: pairs, specials, unknown };
}

function record(where: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badTokenizer(where, "an object", value);
}

function array(where: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badTokenizer(where, "an array", value);
}

function expect(where: string, expected: unknown, received: unknown): void {
  if (received !== expected) throw badTokenizer(where, JSON.stringify(expected), received);
}
