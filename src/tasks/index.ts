/** Tasks: from data to a trained model that does something, in a few lines. */
export { CarriedState } from "./carried-state.js";
export { CharLanguageModel, type CharLanguageModelInput, type CharLanguageModelOptions } from "./language-model.js";
export {
  type CompleteLanguageOptions,
  completeLanguageOptions,
  DEFAULT_STEPS,
  LANGUAGE_DEFAULTS,
  type LanguageConfig,
  type LanguageOptions,
  readLanguageConfig,
  type TextIdentity,
} from "./language-config.js";
export { languageScore, type LanguageMetrics, type LanguageScore } from "./language-score.js";
export { LanguageStepper, type StepperState } from "./language-stepper.js";
export { language, type LanguageResumeSettings, type LanguageTrainSettings } from "./language.js";
export { type GenerateOptions, LanguageModel } from "./trained-language-model.js";
