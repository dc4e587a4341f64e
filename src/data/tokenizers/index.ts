/** Text to tokens and back. */
export type { BpeJson } from "./bpe-json.js";
export { type BpeOptions, BpeTokenizer } from "./bpe-tokenizer.js";
export { CharTokenizer, type CharTokenizerJson } from "./char-tokenizer.js";
export { readTokenizer } from "./read-tokenizer.js";
export type { Encoded, Tokenizer } from "./tokenizer.js";
export { type WordRule, WordTokenizer, type WordTokenizerJson } from "./word-tokenizer.js";
