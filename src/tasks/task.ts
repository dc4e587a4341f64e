/** What a task is: the same verbs, whatever it learns. A table of these, not a hierarchy of classes. */
import type { FileSource } from "../data/index.js";
import type { LoopOptions, RunReader, RunStore, Training } from "../train/index.js";
import type { Evaluation } from "./evaluation.js";
import type { OptionTable } from "./option-table.js";

/** What the command line prints of a prediction. */
export interface Answer {
  /** One or more lines for people. */
  readonly text: string;
  /** One object for programs. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A trained model, whatever it does. */
export interface TaskModel<Data = unknown> {
  /** What `config.json` holds. */
  readonly config: object;
  /** What the model says to one input; what both are, its task says. */
  predict(input: unknown, settings?: object): Promise<object>;
  /** What the model says to lines as people type them, each by itself, with settings as `Task.settings` makes them. */
  answer(lines: readonly string[], settings?: object): Promise<readonly Answer[]>;
  /** Score the model. `signal` rejects with its reason. */
  evaluate(data: Data, settings?: { readonly signal?: AbortSignal }): Promise<Evaluation>;
  /** Save the model as a run of its own, to be read by `load`. Errors: `E_RUN_WRITE`. */
  save(store: RunStore): Promise<void>;
}

/** Where files came from, and whom to tell what was made of them. */
export interface ReadContext {
  /** The folder in which the files were found, if it was one: what is no data there is passed over, and told. */
  readonly folder?: string;
  /** Told what was left out, in words. */
  readonly note?: (line: string) => void;
}

/** Data as a run remembers it. */
export interface DataIdentity {
  /** Where it came from, in words or as a path. */
  readonly source: string;
  /** Sixteen hexadecimal digits that tell data apart. */
  readonly fingerprint: string;
  /** How much of what there is, e.g. `{ characters: 1115394 }`. */
  readonly counts: Readonly<Record<string, number>>;
  /** What may be done with it, as whoever trained has said; absent if nobody has. */
  readonly licence?: string;
}

/** What every task's `config.json` says. */
export interface TaskConfig<Options = object> {
  readonly task: string;
  readonly options: Options;
  readonly data: DataIdentity;
  /** Data of its own to validate on, if it was given. */
  readonly valid?: DataIdentity;
}

/** Everything about a training that does not change its numbers, and data to validate on. */
export type TrainSettings<Data> = Pick<
  LoopOptions,
  "run" | "signal" | "checkpointSteps" | "checkpointSeconds" | "validSteps" | "samples" | "callbacks"
> & {
  /** Where the run is saved, or a function that makes it once all else is checked; default nowhere. */
  readonly store?: RunStore | (() => RunStore) | null;
  /** Where the data came from, for `config.json`. */
  readonly source?: string;
  /** What may be done with the data, for the model card. */
  readonly licence?: string;
  /** Told what of the data is left out, in words. */
  readonly note?: (line: string) => void;
  /** Data to validate on instead of a share of the training's, and where it came from. */
  readonly valid?: { readonly data: Data; readonly source?: string };
};

/** What a resumed training may be told. */
export type ResumeSettings<Data> = Omit<TrainSettings<Data>, "store" | "source"> &
  Pick<LoopOptions, "acceptKernels"> & {
    /** Another end than the one the run was started with: one of these. */
    readonly steps?: number;
    readonly epochs?: number;
    readonly minutes?: number;
  };

/**
 * A task: from data to a model that does something.
 *
 * Data is what `read` makes of files, and what `train`, `resume` and `evaluate` take.
 */
export interface Task<Data = unknown, Options extends object = object, Model extends TaskModel = TaskModel> {
  /** The word on the command line and in `config.json`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** What a trained model does, after "a model that". */
  readonly does: string;
  /** What its data is called, e.g. "text". */
  readonly noun: string;
  /** What data it takes, in a few words. */
  readonly takes: string;
  /** Flags of an example command, after `hiddenstate train NAME`. */
  readonly usage: string;
  /** Commands that use a trained model, after `hiddenstate`; RUN stands for its folder, TEXT for a text of the data, in quotes. */
  readonly next: readonly string[];
  /** One line of a program that uses the trained `model`. */
  readonly program: string;
  readonly options: OptionTable;
  /** Options of asking a trained model, `evaluate` or `predict` or both: they change no weight, and no run remembers them. */
  readonly asking: OptionTable;
  /** What `answer` and `evaluate` of its models take of them. */
  settings(asked: object): object;
  /** Data from files. Errors: those of reading, with file and line. */
  read(files: readonly FileSource[], options?: Options, context?: ReadContext): Promise<Data>;
  /** Data made here, always the same, that shows the task working in less than a minute; and options that suit it. */
  example(): { readonly data: Data; readonly source: string; readonly options: Options };
  /** Fill in defaults and check. Errors: `E_OPTION`, `E_VALUE`, `E_BUDGET`. */
  complete(options: Options): Options;
  /** Train a new model. Errors: those of `complete` at once, `E_OPTION` for settings, those of the data. */
  train(data: Data, options?: Options, settings?: TrainSettings<Data>): Training<Model>;
  /** Go on with a run from its last checkpoint, to the same bits as if it had never stopped. Errors: `E_DATA_CHANGED`. */
  resume(data: Data, store: RunStore, settings?: ResumeSettings<Data>): Promise<Training<Model>>;
  /** The model of a run's last checkpoint. Errors: `E_RUN_VERSION`, `E_RUN_TASK`, `E_CONFIG`, `E_RUN_DAMAGED`, … */
  load(run: RunReader): Promise<Model>;
  /** What a `config.json` says. Errors: `E_RUN_VERSION`, `E_RUN_TASK`, `E_CONFIG`, those of `complete`. */
  readConfig(json: Readonly<Record<string, unknown>>): TaskConfig<Options>;
  /** The model in a few words, e.g. "2 × 128 lstm". */
  headline(options: Options): string;
}
