import { type FileSource, splitText } from "../data/index.js";
import { textChanged, textTooShort } from "../errors.js";
import { Adam, type ScheduleOptions, SGD } from "../optim/index.js";
import {
  budgetOf,
  type LoopOptions,
  MODEL_FILE,
  readParameters,
  type RunReader,
  type RunStore,
  Training,
  trainingLoop,
} from "../train/index.js";
import { type LanguageConfig, languageConfigOf, readLanguageConfig, type TextIdentity } from "./language-config.js";
import { exampleText } from "./language-example.js";
import {
  type CompleteLanguageOptions,
  completeLanguageOptions,
  LANGUAGE_OPTIONS,
  type LanguageOptions,
} from "./language-options.js";
import { languageTextFor, openLanguageText } from "./language-text.js";
import { LanguageTrainee } from "./language-trainee.js";
import type { ReadContext, ResumeSettings, Task, TaskConfig, TrainSettings } from "./task.js";
import { textFingerprint } from "./text-fingerprint.js";
import { withPages } from "./run-pages.js";
import { readTexts } from "./text-files.js";
import { LanguageModel } from "./trained-language-model.js";

/** Everything about a training that does not change its numbers; `source` is "text" unless given. */
export type LanguageTrainSettings = TrainSettings<string>;

/** What a resumed training may be told. */
export type LanguageResumeSettings = ResumeSettings<string>;

/** Load what a run's documents describe, without weights. */
async function openModel(run: RunReader): Promise<LanguageModel> {
  const config = readLanguageConfig(await run.readDocument("config.json"));
  return new LanguageModel(config, await openLanguageText(run, config.options.level));
}

/** Tokens of a sample on the way. */
const SAMPLE = { char: 200, word: 40, bpe: 60 } as const;

/** What the loop is told of a model and its text. */
type Lesson = Pick<LoopOptions, "trainee" | "optimizer" | "schedule" | "clip" | "keep" | "validEpochs" | "config">;

/** The loop's options for a model and its text. */
function lessonOf(model: LanguageModel, text: string, held: string | undefined): Lesson {
  const { config, text: reader, network } = model;
  const { batch, window, seed, optimizer, lr, clip, sumLoss: summed, valid: share } = config.options;
  const tokens = reader.encode(text);
  const { train, valid } =
    held === undefined ? splitText(tokens, share) : { train: tokens, valid: reader.encode(held) };
  const write = (step: number): { prompt: string; text: string } => ({
    prompt: "",
    text: [...model.generate({ length: SAMPLE[reader.level], temperature: 0.8, seed: seed + step })].join(""),
  });
  const lesson = { model: network, text: reader, train, valid, batch, window, seed, summed, write };
  const trainee = new LanguageTrainee(lesson);
  const updates = new { adam: Adam, sgd: SGD }[optimizer](trainee.parameters, { lr });
  const { keep, epochs } = config.options;
  // A training told in passes over the text is looked at after each.
  const validEpochs = epochs === undefined ? undefined : 1;
  const schedule = scheduleOf(config.options);
  return { trainee, optimizer: updates, schedule, clip, keep, validEpochs, config: { ...config } };
}

function scheduleOf({ schedule, decay, decayAfter, warmup }: CompleteLanguageOptions): ScheduleOptions {
  const own = { zaremba: { after: decayAfter, factor: decay }, validDecay: { factor: decay } };
  return { name: schedule, warmup, ...(schedule in own ? own[schedule as keyof typeof own] : {}) } as ScheduleOptions;
}

/**
 * Language models: a model learns to predict the next character, word or piece of a word of a text, and then writes.
 *
 * @example
 * const training = language.train(text, { cell: "gru", hidden: 256, steps: 1000 });
 * for await (const event of training) if (event.type === "step") console.log(event.step, event.loss);
 * const model = await training.result;
 * console.log([...model.generate({ length: 100 })].join(""));
 */
export const language = {
  name: "language",
  summary: "train a model that writes text, by characters, words or pieces of words",
  does: "predicts how a text goes on, and then writes",
  noun: "text",
  takes: "text file, or folder of text files",
  usage: "--data book.txt --cell gru --minutes 5",
  next: ["generate RUN --length 500 --temperature 0.8"],
  program: 'console.log([...model.generate({ length: 200, temperature: 0.8 })].join(""));',
  options: LANGUAGE_OPTIONS,
  complete: completeLanguageOptions,

  /** The text of files, one after the other; see `readTexts`. */
  read(files: readonly FileSource[], _options: LanguageOptions = {}, context: ReadContext = {}): Promise<string> {
    return readTexts(files, context);
  },

  /** Sentences of a small grammar, always the same. */
  example() {
    const options: LanguageOptions = { hidden: 64, layers: 1, embed: 16, batch: 20, steps: 300 };
    return { data: exampleText(), source: "sentences of a small grammar", options };
  },

  headline({ cell = "lstm", layers = 2, hidden = 128, level = "char" }: LanguageOptions): string {
    const of = { char: "", word: " of words", bpe: " of pieces" }[level];
    return `${layers} × ${hidden} ${cell}${of}`;
  },

  readConfig(json: Readonly<Record<string, unknown>>): TaskConfig<LanguageOptions> {
    const { task, options, text, valid } = languageConfigOf(json);
    const of = ({ source, fingerprint, characters }: TextIdentity) => ({ source, fingerprint, counts: { characters } });
    return { task, options, data: of(text), ...(valid === undefined ? {} : { valid: of(valid) }) };
  },

  /**
   * Train a new model on a text: the first ⌊N·(1 − valid)⌋ tokens of it, the rest is for validation.
   *
   * B rows of the text are read side by side, one window a step, each going on where it was; an epoch is
   * ⌊(n − 1) / (B·T)⌋ steps, and the up to B·T tokens at the end that fill no window are not read
   * (`ContiguousBatches`). The state is carried from window to window and starts each epoch at zero.
   *
   * @throws E_OPTION, E_VALUE, E_BUDGET at once; E_TEXT_SHORT for a text shorter than one window of every row
   */
  train(
    text: string,
    options: LanguageOptions = {},
    { store = null, source = "text", valid, ...settings }: LanguageTrainSettings = {},
  ): Training<LanguageModel> {
    const complete = completeLanguageOptions(options);
    if (text === "") throw textTooShort(0, complete.batch, complete.window);
    const named = { format: "hiddenstate.config", version: 1, task: "language" } as const;
    const identity = identityOf(text, source);
    const held = valid === undefined ? {} : { valid: identityOf(valid.data, valid.source ?? "text") };
    const config: LanguageConfig = { ...named, options: complete, text: identity, ...held };
    const model = new LanguageModel(config, languageTextFor(text, complete));
    const lesson = lessonOf(model, text, valid?.data);
    const events = async function* () {
      const run = typeof store === "function" ? store() : store;
      if (run !== null) await model.saveDocuments(run);
      const loop = trainingLoop({ ...settings, ...lesson, budget: budgetOf(complete), store: run });
      yield* withPages(loop, run, { task: language });
    };
    return new Training(events(), () => model);
  },

  /**
   * Go on with a run from its last checkpoint, to the same bits as if it had never stopped.
   *
   * @param text the text it was trained on
   * @throws E_TEXT_CHANGED for another text; E_RUN_KERNELS where other kernels run; what reading a run throws
   */
  async resume(
    text: string,
    store: RunStore,
    { steps, epochs, minutes, valid, ...settings }: LanguageResumeSettings = {},
  ): Promise<Training<LanguageModel>> {
    const model = await openModel(store);
    const { config } = model;
    if (textFingerprint(text) !== config.text.fingerprint) throw textChanged();
    if (config.valid?.fingerprint !== (valid && textFingerprint(valid.data))) throw textChanged();
    const other = { steps, epochs, minutes };
    const given = Object.values(other).some((value) => value !== undefined);
    const budget = budgetOf(given ? other : config.options);
    const lesson = lessonOf(model, text, valid?.data);
    const loop = trainingLoop({ ...settings, ...lesson, budget, store, resume: true });
    return new Training(withPages(loop, store, { task: language }), () => model);
  },

  /**
   * Load the model of a run's last checkpoint.
   *
   * @throws E_RUN_VERSION, E_CONFIG, E_VOCABULARY, E_STATE_DICT for runs of other programs; E_RUN_DAMAGED
   */
  async load(run: RunReader): Promise<LanguageModel> {
    const model = await openModel(run);
    readParameters(model.network, await run.read(MODEL_FILE));
    return model;
  },
} satisfies Task<string, LanguageOptions, LanguageModel>;

function identityOf(text: string, source: string): TextIdentity {
  return { source, characters: Array.from(text).length, fingerprint: textFingerprint(text) };
}
