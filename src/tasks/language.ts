import { CharVocabulary, splitText } from "../data/index.js";
import { textChanged, textTooShort } from "../errors.js";
import { Adam } from "../optim/index.js";
import {
  budgetOf,
  type LoopOptions,
  MODEL_FILE,
  readJsonObject,
  readParameters,
  type RunReader,
  type RunStore,
  Training,
  trainingLoop,
} from "../train/index.js";
import {
  completeLanguageOptions,
  type LanguageConfig,
  type LanguageOptions,
  readLanguageConfig,
} from "./language-config.js";
import { LanguageTrainee } from "./language-trainee.js";
import { textFingerprint } from "./text-fingerprint.js";
import { LanguageModel } from "./trained-language-model.js";

/** Everything about a training that does not change its numbers. */
export type LanguageTrainSettings = Pick<
  LoopOptions,
  "run" | "signal" | "checkpointSteps" | "checkpointSeconds" | "validSteps" | "samples"
> & {
  /** Where the run is saved, or a function that makes it once all else is checked; default nowhere. */
  readonly store?: RunStore | (() => RunStore) | null;
  /** Where the text came from, for `config.json`; default "text". */
  readonly source?: string;
};

/** What a resumed training may be told. */
export type LanguageResumeSettings = Omit<LanguageTrainSettings, "store" | "source"> &
  Pick<LoopOptions, "acceptKernels"> &
  /** Another end than the one the run was started with. */
  Pick<LanguageOptions, "steps" | "epochs" | "minutes">;

/** Load what a run's documents describe, without weights. */
async function openModel(run: RunReader): Promise<LanguageModel> {
  const config = readLanguageConfig(await run.readDocument("config.json"));
  const json = readJsonObject("vocabulary.json", await run.readDocument("vocabulary.json"));
  return new LanguageModel(config, CharVocabulary.fromJSON(json));
}

/** The loop's options for a model and its text. */
function lessonOf(model: LanguageModel, text: string): Pick<LoopOptions, "trainee" | "optimizer" | "clip" | "config"> {
  const { config, vocabulary, network } = model;
  const { batch, window, seed, lr, clip, valid: share } = config.options;
  const { train, valid } = splitText(vocabulary.encode(text), share);
  const write = (step: number): { prompt: string; text: string } => ({
    prompt: "",
    text: [...model.generate({ length: 200, temperature: 0.8, seed: seed + step })].join(""),
  });
  const trainee = new LanguageTrainee({ model: network, train, valid, batch, window, seed, write });
  return { trainee, optimizer: new Adam(trainee.parameters, { lr }), clip, config: { ...config } };
}

/**
 * Character language models: a model learns to predict the next character of a text, and then writes.
 *
 * @example
 * const training = language.train(text, { cell: "gru", hidden: 256, steps: 1000 });
 * for await (const event of training) if (event.type === "step") console.log(event.step, event.loss);
 * const model = await training.result;
 * console.log([...model.generate({ length: 100 })].join(""));
 */
export const language = {
  /**
   * Train a new model on a text: the first ⌊N·(1 − valid)⌋ characters of it, the rest is for validation.
   *
   * B rows of the text are read side by side, one window a step, each going on where it was; an epoch is
   * ⌊(n − 1) / (B·T)⌋ steps, and the up to B·T characters at the end that fill no window are not read
   * (`ContiguousBatches`). The state is carried from window to window and starts each epoch at zero.
   *
   * @throws E_OPTION, E_VALUE, E_BUDGET at once; E_TEXT_SHORT for a text shorter than one window of every row
   */
  train(
    text: string,
    options: LanguageOptions = {},
    { store = null, source = "text", ...settings }: LanguageTrainSettings = {},
  ): Training<LanguageModel> {
    const complete = completeLanguageOptions(options);
    if (text === "") throw textTooShort(0, complete.batch, complete.window);
    const vocabulary = CharVocabulary.fromText(text);
    const identity = { source, characters: Array.from(text).length, fingerprint: textFingerprint(text) };
    const named = { format: "hiddenstate.config", version: 1, task: "language" } as const;
    const config: LanguageConfig = { ...named, options: complete, text: identity };
    const model = new LanguageModel(config, vocabulary);
    const lesson = lessonOf(model, text);
    const events = async function* () {
      const run = typeof store === "function" ? store() : store;
      if (run !== null) await model.saveDocuments(run);
      yield* trainingLoop({ ...settings, ...lesson, budget: budgetOf(complete), store: run });
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
    { steps, epochs, minutes, ...settings }: LanguageResumeSettings = {},
  ): Promise<Training<LanguageModel>> {
    const model = await openModel(store);
    const { config } = model;
    if (textFingerprint(text) !== config.text.fingerprint) throw textChanged();
    const other = { steps, epochs, minutes };
    const given = Object.values(other).some((value) => value !== undefined);
    const budget = budgetOf(given ? other : config.options);
    const lesson = lessonOf(model, text);
    const events = trainingLoop({ ...settings, ...lesson, budget, store, resume: true });
    return new Training(events, () => model);
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
};
