/**
 * What a model is worth, in numbers that people compare: pure functions over arrays, equal to the implementations that
 * papers cite.
 */

// Classes
export { accuracy } from "./accuracy.js";
export {
  classificationScores,
  multiLabelScores,
  type ClassificationOptions,
  type ClassificationScores,
  type MultiLabelScores,
} from "./classification.js";
export { confusionMatrix } from "./confusion-matrix.js";
export {
  averagedScores,
  scoresOf,
  type AveragedScores,
  type ClassCounts,
  type PrecisionRecallF1,
  type ZeroDivision,
} from "./counted-scores.js";
export { brierScore, calibration, type Calibration, type ReliabilityBin } from "./calibration.js";

// Spans of tags
export { spans, type Span } from "./spans.js";
export { spanScores, type SpanScoreOptions, type SpanScores } from "./span-scores.js";
export type { SpanScheme } from "./span-scheme.js";

// Language models
export {
  bitsPerCharacter,
  languageFigures,
  perplexity,
  type LanguageFigures,
  type LanguageTotals,
} from "./language.js";

// Texts beside references
export {
  bleu,
  bleuOfRow,
  bleuRows,
  sentenceBleu,
  type BleuOptions,
  type BleuScore,
  type BleuSmoothing,
  type References,
} from "./bleu.js";
export type { BleuTokenizer } from "./bleu-tokenizers.js";
export { chrf, chrfOfRow, chrfRows, type ChrfOptions, type ChrfScore } from "./chrf.js";
export { meanRouge, rouge, type RougeOptions, type RougeScore, type RougeScores } from "./rouge.js";
export { alignment, editCounts, type EditCounts, type EditStep } from "./edit-distance.js";
export { characterErrorRate, errorRate, wordErrorRate, type ErrorRate } from "./error-rate.js";

// How sure a figure is
export {
  bootstrapInterval,
  pairedBootstrap,
  type BootstrapOptions,
  type Interval,
  type PairedDifference,
  type RowScore,
} from "./bootstrap.js";
