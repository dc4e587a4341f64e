import {
  type BeamOptions,
  beamSearch,
  generate as generateTokens,
  rowsOf,
  Sampler,
  type SamplerOptions,
} from "../decode/index.js";
import { SAMPLER_OPTIONS } from "../decode/sampler.js";
import { invalidValue, unknownOption } from "../errors.js";
import { Rng } from "../runtime/index.js";
import type { RunStore } from "../train/index.js";
import type { Evaluation } from "./evaluation.js";
import { expectText } from "./expect-text.js";
import { evaluateLanguage, type LanguageEvaluateOptions } from "./language-evaluate.js";
import { languageFigures } from "./language-figures.js";
import { LanguageNetwork } from "./language-network.js";
import type { LanguageScore } from "./language-score.js";
import { LanguageStepper } from "./language-stepper.js";
import type { LanguageText } from "./language-text.js";
import type { CompleteLanguageOptions } from "./language-options.js";
import type { TaskConfigFile } from "./task-config.js";
import type { Answer } from "./task.js";
import { saveModel, type TrainedModel } from "./trained-model.js";

/** What `config.json` of a language model holds. */
export type LanguageConfig = TaskConfigFile<CompleteLanguageOptions>;

/** The score of a text, with its figures for people. */
export type LanguageEvaluation = LanguageScore & Evaluation;

/** How to score: as the model is, or learning and remembering on the way. */
export type LanguageEvaluateSettings = LanguageEvaluateOptions;

/** How to write: `SamplerOptions` and where to begin. */
export interface GenerateOptions extends SamplerOptions {
  /** Text to go on from, not repeated; default a line break, or the first character of the vocabulary. */
  readonly prompt?: string;
  /** Characters, words or pieces to write; default 500. Infinity writes until you `break`. */
  readonly length?: number;
  /** Decides the draws; default 1. */
  readonly seed?: number;
}

/** How `predict` writes: as `generate`, but by default 100 tokens and always the most probable one. */
export type LanguagePredictSettings = Omit<GenerateOptions, "prompt">;

/** How a text goes on. */
export interface LanguagePrediction {
  /** What was asked. */
  readonly prompt: string;
  /** What follows it. */
  readonly continuation: string;
}

/** How to search for what goes on best. */
export interface ContinuationOptions extends Pick<
  BeamOptions,
  "beam" | "best" | "lengthPenalty" | "alpha" | "noRepeat" | "minLength"
> {
  /** Text to go on from, not repeated; default a line break. */
  readonly prompt?: string;
  /** Most characters, words or pieces; default 100. A line break ends a continuation before. */
  readonly length?: number;
}

/** A way to go on. */
export interface Continuation {
  /** Without the line break that ends it. */
  readonly text: string;
  /** Sum over its tokens, in nats. */
  readonly logProbability: number;
  /** Whether the line ends there; false where it was cut. */
  readonly ended: boolean;
}

const SEARCHING = ["beam", "best", "lengthPenalty", "alpha", "noRepeat", "minLength"];

/** Errors: `E_OPTION`, `E_EXAMPLE` for a prompt that is no text, `E_VALUE` for a length that is no number of tokens. */
function expectWriting(who: string, options: GenerateOptions | ContinuationOptions, more: readonly string[]): void {
  const known = ["prompt", "length", ...more];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownOption(who, unknown, known);
  const { prompt = "", length = 0 } = options;
  expectText(who, "the prompt", prompt);
  if (length !== Infinity && !(Number.isSafeInteger(length) && length >= 0))
    throw invalidValue(who, "length", "a whole number from 0, or Infinity", length);
}

/** A trained language model: network, tokens and the options it was trained with. */
export class LanguageModel implements TrainedModel<string> {
  readonly config: LanguageConfig;
  /** Its characters, words or pieces. */
  readonly text: LanguageText;
  readonly network: LanguageNetwork;

  /** @param rng where the initial weights come from */
  constructor(config: LanguageConfig, text: LanguageText, rng: Rng = new Rng(config.options.seed).split("weights")) {
    const { cell, hidden, layers, embed, dropout, tied, init } = config.options;
    this.config = config;
    this.text = text;
    const vocabularySize = text.size;
    this.network = new LanguageNetwork({ vocabularySize, cell, hidden, layers, embed, dropout, tied, init }, rng);
  }

  /**
   * Write on from a prompt, one token at a time; the same options write the same text. What is yielded is text, of level bpe perhaps
   * none for a token that ends within a character. The word for unknown ones is never written.
   *
   * @throws E_EXAMPLE for a prompt that is no text; E_CHARACTER for a character of it that the model does not know; E_VALUE, E_OPTION
   *
   * @example
   * for (const piece of model.generate({ prompt: "ROMEO:", length: 200, temperature: 0.8 })) write(piece);
   */
  *generate(options: GenerateOptions = {}): Generator<string, void, undefined> {
    const { prompt = "", length = 500, seed = 1, ...sampling } = options;
    expectWriting("language.generate", options, [...SAMPLER_OPTIONS, "seed"]);
    const sampler = new Sampler({ ...sampling, banned: [...this.#unwritten(), ...(sampling.banned ?? [])] });
    const tokens = this.text.prompt(prompt);
    const stepper = new LanguageStepper(this.network);
    const writer = this.text.writer(prompt);
    const rng = new Rng(seed).split("generate");
    try {
      for (const token of generateTokens(stepper, sampler, { prompt: tokens, length, rng })) yield writer.write(token);
      const rest = writer.end();
      if (rest !== "") yield rest;
    } finally {
      stepper.dispose();
    }
  }

  /**
   * How a text goes on: the most probable token again and again, or drawn at a `temperature`.
   *
   * @throws E_EXAMPLE for a prompt that is no text; E_CHARACTER for a character of it that the model does not know; E_VALUE, E_OPTION
   *
   * @example
   * const { continuation } = await model.predict("ROMEO:", { length: 40 });
   */
  async predict(prompt: string, settings: LanguagePredictSettings = {}): Promise<LanguagePrediction> {
    expectText("language.predict", "the prompt", prompt);
    const continuation = [...this.generate({ length: 100, temperature: 0, ...settings, prompt })].join("");
    return { prompt, continuation };
  }

  /**
   * Search for the most probable ways to finish a line, the best first: a beam search, the same every time.
   *
   * @throws E_EXAMPLE for a prompt that is no text; E_CHARACTER for a character of it that the model does not know; E_VALUE, E_OPTION
   */
  continuations(options: ContinuationOptions = {}): Continuation[] {
    const { prompt = "", length = 100, ...search } = options;
    expectWriting("language.continuations", options, SEARCHING);
    const tokens = this.text.prompt(prompt);
    const stepper = new LanguageStepper(this.network);
    try {
      for (let i = 0; i + 1 < tokens.length; i++) stepper.step(tokens[i]);
      const { lineEnd } = this.text;
      const [found] = beamSearch(rowsOf(stepper), {
        ...search,
        start: tokens[tokens.length - 1],
        ...(lineEnd === null ? {} : { end: lineEnd }),
        maxLength: length,
        banned: this.#unwritten(),
      });
      return found.map(({ tokens, logProbability, ended }) => {
        const writer = this.text.writer(prompt);
        const text = tokens.map((token) => writer.write(token)).join("") + writer.end();
        return { text, logProbability, ended };
      });
    } finally {
      stepper.dispose();
    }
  }

  /**
   * Score the model on a text, read as one contiguous stream: total nats over tokens. Bits per character are of the text's own
   * characters, and only there where the tokens say what the text says: no word was unknown, and words stand between spaces.
   *
   * @param settings `signal` rejects with its reason; `dynamic` learns from what has been scored, `cache` remembers it
   * @throws E_EXAMPLE for what is no text; E_CHARACTER for an unknown character; E_TEXT_SHORT below two tokens; E_VALUE
   */
  async evaluate(text: string, settings: LanguageEvaluateSettings = {}): Promise<LanguageEvaluation> {
    expectText("language.evaluate", "the data", text);
    const reading = await evaluateLanguage(this.network, this.text.read(text), settings);
    settings.signal?.throwIfAborted();
    return { ...reading!.score, ...languageFigures(reading!, this.text.unit) };
  }

  /** Each line with what `predict` says, by default 100 tokens. Errors: `E_CHARACTER`. */
  async answer(
    lines: readonly string[],
    { length }: Pick<LanguagePredictSettings, "length"> = {},
  ): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const line of lines) {
      const prediction = await this.predict(line, length === undefined ? {} : { length });
      answers.push({ text: prediction.prompt + prediction.continuation, json: { ...prediction } });
    }
    return answers;
  }

  /** Save the model as a run of its own, to be read by `language.load`. Errors: `E_RUN_WRITE`. */
  save(store: RunStore): Promise<void> {
    return saveModel(this, store);
  }

  documents(): Readonly<Record<string, object>> {
    const { name, json } = this.text.document;
    return { [name]: json };
  }

  /** Tokens that say that something was not known. */
  #unwritten(): number[] {
    return this.text.unknown === null ? [] : [this.text.unknown];
  }
}
