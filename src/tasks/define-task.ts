/** A task says what it learns from and with what; training, going on, and loading follow, the same for all. */
import { dataChanged, invalidValue } from "../errors.js";
import { refuseUnknown } from "../metrics/known-options.js";
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
import type { Evaluation } from "./evaluation.js";
import { withPages } from "./run-pages.js";
import { readTaskConfig, taskConfig, type TaskConfigFile } from "./task-config.js";
import type { DataIdentity, ResumeSettings, Task, TrainSettings } from "./task.js";
import { saveDocuments, type TrainedModel } from "./trained-model.js";

/** What the loop needs beside the settings of the caller, who may overrule it. */
export type Lesson = Pick<LoopOptions, "trainee" | "optimizer" | "clip"> &
  Partial<Omit<LoopOptions, "trainee" | "optimizer" | "clip" | "budget" | "config" | "store" | "resume" | "signal">> & {
    /** Score the finished model on what was held back; null without any (default none). */
    evaluate?(): Promise<Evaluation | null>;
  };

/** Data, and where they came from. */
export interface Given<Data> {
  readonly data: Data;
  readonly source: string;
}

const SHARED: Record<keyof TrainSettings<unknown> & keyof ResumeSettings<unknown>, true> = {
  run: true,
  signal: true,
  checkpointSteps: true,
  checkpointSeconds: true,
  validSteps: true,
  samples: true,
  callbacks: true,
  licence: true,
  note: true,
  valid: true,
};
const TRAIN: Record<keyof TrainSettings<unknown>, true> = { ...SHARED, store: true, source: true };
const RESUME: Record<keyof ResumeSettings<unknown>, true> = {
  ...SHARED,
  acceptKernels: true,
  steps: true,
  epochs: true,
  minutes: true,
};

/** Errors: `E_OPTION` for a setting that there is not; `E_VALUE` for data to validate on that are not there. */
function checkSettings(
  who: string,
  settings: { readonly valid?: { readonly data?: unknown } },
  known: Readonly<Record<string, true>>,
): void {
  refuseUnknown(who, settings, Object.keys(known));
  const { valid } = settings;
  if (valid !== undefined && valid?.data === undefined) {
    throw invalidValue(who, "valid", "{ data, source } with data to validate on", JSON.stringify(valid));
  }
}

/** The verbs that follow from the rest of a task. */
type Derived = "complete" | "readConfig" | "train" | "resume" | "load";

/** What is particular to a task. */
export interface TaskSpec<
  Data,
  Options extends object,
  Complete extends Options,
  Model extends TrainedModel<Data>,
> extends Omit<Task<Data, Options, Model>, Derived> {
  /** Fill in defaults and check. Errors: `E_OPTION`, `E_VALUE`, `E_BUDGET`. */
  complete(options: Options): Complete;
  /** Refuse what was asked for and does nothing beside the rest (default nothing). Only of a new training: a run remembers defaults. */
  given?(options: Options, complete: Complete): void;
  /** What must hold of data, before anything is made of them; `held` is data of its own to validate on. */
  check(options: Complete, data: Given<Data>, held: Given<Data> | undefined): void;
  /** What a run remembers of data. */
  identity(data: Data, source: string): DataIdentity;
  /** A new model for data. */
  create(config: TaskConfigFile<Complete>, data: Data, held: Data | undefined): Model;
  /** A model without its weights, from what its run says; `document` reads a JSON document of the run. */
  open(config: TaskConfigFile<Complete>, document: DocumentReader): Promise<Model>;
  /** How the model is trained; `note` is told what of the data is left out. */
  lesson(model: Model, data: Data, held: Data | undefined, note?: (line: string) => void): Lesson;
}

/** Reads a document that `TrainedModel.documents` wrote. Errors: `E_RUN_DAMAGED`, `E_RUN_CONTENT`. */
export type DocumentReader = (name: string) => Promise<Record<string, unknown>>;

/**
 * A task from what is particular to it.
 *
 * Without `settings.valid` a task holds back a share of the data by itself. A resumed run goes on to the bits of one that was
 * never stopped.
 */
export function defineTask<
  Data,
  Options extends object,
  Complete extends Options,
  Model extends TrainedModel<Data> & { readonly config: TaskConfigFile<Complete> },
>(spec: TaskSpec<Data, Options, Complete, Model>): Task<Data, Options, Model> {
  const { check, given: expectUseful, identity, create, open, lesson, ...rest } = spec;
  const { name, noun } = spec;

  const readConfig = (json: Readonly<Record<string, unknown>>): TaskConfigFile<Complete> => {
    return readTaskConfig(name, (options) => spec.complete(options as Options), json);
  };

  const openModel = async (run: RunReader): Promise<Model> => {
    const document: DocumentReader = async (file) => readJsonObject(file, await run.readDocument(file));
    return open(readConfig(await document("config.json")), document);
  };

  const loop = (
    { evaluate, ...how }: Lesson,
    given: Pick<LoopOptions, "budget" | "store" | "config"> & Partial<LoopOptions>,
  ) => {
    return withPages(trainingLoop({ ...how, ...given }), given.store, { task, evaluate });
  };

  const task: Task<Data, Options, Model> = {
    ...rest,
    readConfig,

    train(data: Data, options?: Options, told: TrainSettings<Data> = {}) {
      checkSettings(`${name}.train`, told, TRAIN);
      const { store = null, source = noun, licence, valid, note, ...settings } = told;
      const complete = spec.complete(options ?? ({} as Options));
      expectUseful?.(options ?? ({} as Options), complete);
      const held = valid && { data: valid.data, source: valid.source ?? noun };
      check(complete, { data, source }, held);
      const own = { ...identity(data, source), ...(licence === undefined ? {} : { licence }) };
      const other = held && identity(held.data, held.source);
      const model = create(taskConfig(name, complete, own, other), data, valid?.data);
      const how = lesson(model, data, valid?.data, note);
      const events = async function* () {
        const run = typeof store === "function" ? store() : store;
        if (run !== null) await saveDocuments(model, run);
        yield* loop(how, { ...settings, budget: budgetOf(complete), store: run, config: { ...model.config } });
      };
      return new Training(events(), () => model);
    },

    async resume(data: Data, store: RunStore, told: ResumeSettings<Data> = {}) {
      checkSettings(`${name}.resume`, told, RESUME);
      const { steps, epochs, minutes, valid, note, ...settings } = told;
      const model = await openModel(store);
      const { config } = model;
      if (identity(data, "").fingerprint !== config.data.fingerprint) throw dataChanged("data");
      const held = valid && identity(valid.data, "").fingerprint;
      if (config.valid?.fingerprint !== held) throw dataChanged("validation data");
      const other = { steps, epochs, minutes };
      const given = Object.values(other).some((value) => value !== undefined);
      const budget = budgetOf(given ? other : config.options);
      const how = lesson(model, data, valid?.data, note);
      const events = loop(how, { ...settings, budget, store, resume: true, config: { ...config } });
      return new Training(events, () => model);
    },

    async load(run: RunReader) {
      const model = await openModel(run);
      // What a training kept in the end is what it is loaded with.
      const { keep } = model.config.options as { readonly keep?: "last" | "best" };
      readParameters(model.network, await (keep === "best" ? run.readBest(MODEL_FILE) : run.read(MODEL_FILE)));
      return model;
    },
  };
  return task;
}
