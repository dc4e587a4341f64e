/** Tasks: from data to a trained model that does something, in a few lines. */
export { CarriedState } from "./carried-state.js";
export { CharLanguageModel, type CharLanguageModelInput, type CharLanguageModelOptions } from "./language-model.js";
export type { Evaluation, EvaluationTable, Figure } from "./evaluation.js";
export { type LanguageConfig, readLanguageConfig, type TextIdentity } from "./language-config.js";
export {
  type CompleteLanguageOptions,
  completeLanguageOptions,
  LANGUAGE_OPTIONS,
  type LanguageOptions,
} from "./language-options.js";
export { languageScore, type LanguageMetrics, type LanguageScore } from "./language-score.js";
export { LanguageStepper, type StepperState } from "./language-stepper.js";
export { language, type LanguageResumeSettings, type LanguageTrainSettings } from "./language.js";
export { type GenerateOptions, type LanguageEvaluation, LanguageModel } from "./trained-language-model.js";
export {
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
