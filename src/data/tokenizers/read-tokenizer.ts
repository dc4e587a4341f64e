import { badTokenizer } from "../../errors.js";
import { BpeTokenizer } from "./bpe-tokenizer.js";
import { CharTokenizer } from "./char-tokenizer.js";
import type { Tokenizer } from "./tokenizer.js";
import { WordTokenizer } from "./word-tokenizer.js";

/**
 * Read a stored tokenizer of any kind, as `JSON.parse` gives it: of characters, of words, or a `tokenizer.json` of BPE.
 *
 * @throws E_TOKENIZER, E_VOCABULARY
 */
export function readTokenizer(json: unknown): Tokenizer {
  const { format, kind, model } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (format === undefined && model !== undefined) return BpeTokenizer.fromJSON(json);
  if (format !== "hiddenstate.tokenizer") throw badTokenizer("format", "hiddenstate.tokenizer", format);
  if (kind === "char") return CharTokenizer.fromJSON(json);
  if (kind === "word") return WordTokenizer.fromJSON(json);
  throw badTokenizer("kind", "char or word", kind);
}
