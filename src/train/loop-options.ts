import { invalidValue } from "../errors.js";
import type { AdaptiveSchedule, Schedule, ScheduleOptions } from "../optim/index.js";
import type { Budget } from "./budget.js";
import type { Callback } from "./callbacks.js";
import type { Updates } from "./checkpoint.js";
import type { RunStore } from "./run-store.js";
import type { Trainee } from "./trainee.js";

/** How long to train, how to move, and what to keep: all of it decides the numbers. */
export interface LoopSettings {
  /** Learning rate over the training, as a factor on the optimizer's (default constant). */
  readonly schedule?: ScheduleOptions | Schedule | AdaptiveSchedule;
  /** Batches of a step, weighted by their predictions; the last step of a pass takes what is left of it (default 1). */
  readonly accumulate?: number;
  /** Bound of the gradient's global norm; Infinity for none. */
  readonly clip: number;
  /** Evaluate after every so many steps, and at the end; default 1000, Infinity only at the end. */
  readonly validSteps?: number;
  /** Evaluate after every so many passes over the data; default not, and `validSteps` is then Infinity unless given. */
  readonly validEpochs?: number;
  /** End after so many evaluations in a row without progress (default never). */
  readonly patience?: number;
  /** How much better an evaluation must be to be progress, in the unit of the objective (default 0). */
  readonly minDelta?: number;
  /** Which weights the model has when the training has ended: the last, or those of the best evaluation (default "last"). */
  readonly keep?: "last" | "best";
}

/** What the loop is told. */
export interface LoopOptions extends LoopSettings {
  readonly trainee: Trainee;
  readonly optimizer: Updates;
  readonly budget: Budget;
  /** Everything that decides the result, for the start event. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where it saves; null saves nothing. */
  readonly store: RunStore | null;
  /** Name of the run in events; default null. */
  readonly run?: string | null;
  /** Go on from the store's checkpoint; default false. */
  readonly resume?: boolean;
  /** Go on although other kernels computed the checkpoint; default false. */
  readonly acceptKernels?: boolean;
  /** Save after so many steps; default never. */
  readonly checkpointSteps?: number;
  /** Save after so many seconds; default 30. */
  readonly checkpointSeconds?: number;
  /** Samples on the way, the last at the end; default 4. */
  readonly samples?: number;
  /** Called at events, before they are told. */
  readonly callbacks?: readonly Callback[];
  /** Stops after the present step, saves, and ends. */
  readonly signal?: AbortSignal;
}

/** Check what no type can. Errors: `E_VALUE`. */
export function checkLoopOptions(options: LoopOptions): void {
  const { accumulate = 1, clip, validSteps = 1, validEpochs = 1, patience = 1, minDelta = 0, keep = "last" } = options;
  const from1 = (value: number): boolean => value === Infinity || (Number.isSafeInteger(value) && value >= 1);
  require(Number.isSafeInteger(accumulate) && accumulate >= 1, "accumulate", "a whole number from 1", accumulate);
  require(clip > 0, "clip", "a number above 0, or Infinity", clip);
  require(from1(validSteps), "validSteps", "a whole number from 1, or Infinity", validSteps);
  require(validEpochs > 0, "validEpochs", "a number above 0", validEpochs);
  require(from1(patience), "patience", "a whole number from 1, or Infinity", patience);
  require(minDelta >= 0 && minDelta < Infinity, "minDelta", "a number from 0", minDelta);
  require(keep === "last" || keep === "best", "keep", '"last" or "best"', keep);
}

function require(holds: boolean, option: string, expected: string, received: unknown): void {
  if (!holds) throw invalidValue("train", option, expected, received);
}
