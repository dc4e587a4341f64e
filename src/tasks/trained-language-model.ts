import type { CharVocabulary } from "../data/index.js";
import { generate as generateTokens, Sampler, type SamplerOptions } from "../decode/index.js";
import { Rng } from "../runtime/index.js";
import { jsonToBytes, type RunStore, tensorsToBytes } from "../train/index.js";
import type { LanguageConfig } from "./language-config.js";
import { evaluateLanguage } from "./language-evaluate.js";
import { CharLanguageModel } from "./language-model.js";
import { languageFigures } from "./language-figures.js";
import type { LanguageScore } from "./language-score.js";
import { LanguageStepper } from "./language-stepper.js";
import type { Evaluation } from "./evaluation.js";
import type { Answer, TaskModel } from "./task.js";

/** The score of a text, with its figures for people. */
export type LanguageEvaluation = LanguageScore & Evaluation;

/** How to write: `SamplerOptions` and where to begin. */
export interface GenerateOptions extends SamplerOptions {
  /** Text to go on from, not repeated; default a line break, or the first character of the vocabulary. */
  readonly prompt?: string;
  /** Characters to write; default 500. Infinity writes until you `break`. */
  readonly length?: number;
  /** Decides the draws; default 1. */
  readonly seed?: number;
}

/** A trained character language model: network, vocabulary and the options it was trained with. */
export class LanguageModel implements TaskModel<string> {
  readonly config: LanguageConfig;
  readonly vocabulary: CharVocabulary;
  readonly network: CharLanguageModel;

  /** @param rng where the initial weights come from */
  constructor(
    config: LanguageConfig,
    vocabulary: CharVocabulary,
    rng: Rng = new Rng(config.options.seed).split("weights"),
  ) {
    const { cell, hidden, layers, embed, dropout } = config.options;
    this.config = config;
    this.vocabulary = vocabulary;
    const vocabularySize = vocabulary.size;
    this.network = new CharLanguageModel({ vocabularySize, cell, hidden, layers, embed, dropout }, rng);
  }

  /**
   * Write on from a prompt, one character at a time; the same options write the same text.
   *
   * @throws E_CHARACTER for a character of the prompt that the model does not know; E_VALUE, E_OPTION
   *
   * @example
   * for (const character of model.generate({ prompt: "ROMEO:", length: 200, temperature: 0.8 })) write(character);
   */
  *generate(options: GenerateOptions = {}): Generator<string, void, undefined> {
    const { prompt = "", length = 500, seed = 1, ...sampling } = options;
    const sampler = new Sampler(sampling);
    const tokens = prompt === "" ? this.#firstToken() : this.vocabulary.encode(prompt);
    const stepper = new LanguageStepper(this.network);
    const rng = new Rng(seed).split("generate");
    try {
      for (const token of generateTokens(stepper, sampler, { prompt: tokens, length, rng })) {
        yield this.vocabulary.characters[token];
      }
    } finally {
      stepper.dispose();
    }
  }

  /**
   * Score the model on a text, read as one contiguous stream.
   *
   * @param signal rejects with its reason
   * @throws E_CHARACTER for an unknown character; E_TEXT_SHORT below two
   */
  async evaluate(text: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<LanguageEvaluation> {
    const score = await evaluateLanguage(this.network, this.vocabulary.encode(text), signal);
    signal?.throwIfAborted();
    return { ...score!, ...languageFigures(score!) };
  }

  /** Each line with 100 characters that most likely follow. Errors: `E_CHARACTER`. */
  async answer(lines: readonly string[]): Promise<readonly Answer[]> {
    return lines.map((prompt) => {
      const continuation = [...this.generate({ prompt, length: 100, temperature: 0 })].join("");
      return { text: prompt + continuation, json: { prompt, continuation } };
    });
  }

  /** Save the model as a run of its own, to be read by `language.load`. Errors: `E_RUN_WRITE`. */
  async save(store: RunStore): Promise<void> {
    await this.saveDocuments(store);
    const generation = store.next;
    await store.put(generation, "model.safetensors", tensorsToBytes(this.network.namedParameters()));
    await store.commit(generation);
  }

  /** Write what the model is, `config.json` and `vocabulary.json`, without its weights. Errors: `E_RUN_WRITE`. */
  async saveDocuments(store: RunStore): Promise<void> {
    await store.putDocument("config.json", jsonToBytes(this.config));
    await store.putDocument("vocabulary.json", jsonToBytes(this.vocabulary));
  }

  #firstToken(): number[] {
    return [Math.max(0, this.vocabulary.characters.indexOf("\n"))];
  }
}
