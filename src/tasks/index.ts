/** Tasks: from data to a trained model that does something, in a few lines. */
export { CarriedState } from "./carried-state.js";
export type { ContinuousCacheOptions } from "./language-cache.js";
export type { DynamicOptions } from "./language-dynamic.js";
export {
  LanguageNetwork,
  type LanguageNetworkInput,
  type LanguageNetworkOptions,
  type LanguageNetworkOutput,
} from "./language-network.js";
export {
  LANGUAGE_LEVELS,
  type LanguageLevel,
  type LanguageText,
  type ReadText,
  type TokenWriter,
} from "./language-text.js";
export {
  type ClassifyData,
  type ClassifyExample,
  type ClassifyInput,
  type Series,
  type SeriesExample,
  type TextExample,
} from "./classify-data.js";
export {
  CLASSIFY_OPTIONS,
  type ClassifyOptions,
  type CompleteClassifyOptions,
  completeClassifyOptions,
} from "./classify-options.js";
export type { ClassifyEvaluation, LabelScores } from "./classify-scores.js";
export { classify } from "./classify.js";
export { defineTask, type DocumentReader, type Given, type Lesson, type TaskSpec } from "./define-task.js";
export type { Evaluation, EvaluationTable, Figure } from "./evaluation.js";
export {
  type CompleteLanguageOptions,
  completeLanguageOptions,
  LANGUAGE_OPTIONS,
  type LanguageOptions,
} from "./language-options.js";
export { languageScore, type LanguageMetrics, type LanguageScore } from "./language-score.js";
export { LanguageStepper, type StepperState } from "./language-stepper.js";
export { language } from "./language.js";
export {
  attentionFigure,
  type AttentionMap,
  renderReport,
  type ReportCurve,
  type ReportDescription,
  type ReportMetric,
  type ReportSample,
  type ReportSection,
  type ReportSeries,
} from "./report/index.js";
export { type Classification, Classifier, type ClassifyConfig, type LabelProbability } from "./trained-classifier.js";
export { saveDocuments, saveModel, type TrainedModel } from "./trained-model.js";
export {
  type Continuation,
  type ContinuationOptions,
  type GenerateOptions,
  type LanguageConfig,
  type LanguageEvaluateSettings,
  type LanguageEvaluation,
  LanguageModel,
  type LanguagePrediction,
  type LanguagePredictSettings,
} from "./trained-language-model.js";
export {
  batchOptions,
  budgetOptions,
  type CompleteOptions,
  completeOptions,
  expectedText,
  fixedOptions,
  type FlagOption,
  type NumberOption,
  type Option,
  type OptionsOf,
  type OptionTable,
  type TextOption,
  type WordOption,
} from "./option-table.js";
export { TASKS, type TaskEntry } from "./table.js";
export type { TagData, TagExample } from "./tag-data.js";
export {
  type CompleteTagOptions,
  completeTagOptions,
  TAG_OPTIONS,
  type TagAsking,
  type TagOptions,
} from "./tag-options.js";
export type { TagEvaluation } from "./tag-scores.js";
export { tag } from "./tag.js";
export { type TagConfig, type TagEvaluateSettings, Tagger, type Tagging, type TagSequence } from "./trained-tagger.js";
export { readTaskConfig, taskConfig, type TaskConfigFile, taskNamed } from "./task-config.js";
export type {
  Answer,
  DataIdentity,
  ReadContext,
  ResumeSettings,
  Task,
  TaskConfig,
  TaskModel,
  TrainSettings,
} from "./task.js";
export { type TranslateConfig, type Translation, Translator, type TranslateSettings } from "./trained-translator.js";
export type { Pair, TranslateData } from "./translate-data.js";
export {
  type CompleteTranslateOptions,
  completeTranslateOptions,
  TRANSLATE_OPTIONS,
  type TranslateOptions,
} from "./translate-options.js";
export type { TranslateEvaluation } from "./translate-scores.js";
export { translate } from "./translate.js";
