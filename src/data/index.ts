/** Text and its numbers: vocabularies and the order in which tokens reach a model. */
export { CharVocabulary, type CharVocabularyJson } from "./char-vocabulary.js";
export { ContiguousBatches, type TokenWindow } from "./contiguous-batches.js";
export { contiguousStream, type StreamWindow } from "./contiguous-stream.js";
export { splitText } from "./split-text.js";
export { readIdx, type IdxArray } from "./idx.js";
export * from "./synthetic/index.js";
