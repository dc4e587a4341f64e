/** Text and its numbers: vocabularies and the order in which tokens reach a model. */
export type { BatchSource } from "./batch-source.js";
export { bucketedBatches, type BucketedBatchesOptions } from "./bucketed-batches.js";
export { CharVocabulary, type CharVocabularyJson } from "./char-vocabulary.js";
export { ContiguousBatches, type TokenWindow } from "./contiguous-batches.js";
export { contiguousStream, type StreamWindow } from "./contiguous-stream.js";
export { blobFile, type BlobLike, type FileSource, memoryFile } from "./file-source.js";
export { gunzip } from "./gunzip.js";
export * from "./readers/index.js";
export { PUBLIC_SETS, type PublicFile, type PublicSet, sizeOfSet } from "./public-sets.js";
export { type Split, splitByHash, splitByShare, splitEvery } from "./splits.js";
export { splitText } from "./split-text.js";
export { readIdx, type IdxArray } from "./idx.js";
export * from "./synthetic/index.js";
export * from "./tokenizers/index.js";
export { type Specials, Vocabulary, type VocabularyJson, type VocabularyOptions } from "./vocabulary.js";
