import type { Parameter, Tensor } from "../tensor/index.js";
import type { Score } from "./events.js";

/** What a step measured. */
export interface StepResult {
  /** Mean loss of a prediction, in nats where it is a cross-entropy. */
  readonly loss: number;
  /** Predictions that it is the mean of. */
  readonly predictions: number;
  /** Further means over the same predictions, by name. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What a checkpoint keeps of a trainee. */
export interface TraineeCheckpoint {
  /** Files by name; `model.safetensors` among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Plain JSON. */
  readonly state: Readonly<Record<string, unknown>>;
}

/** A place in the data: the batch that comes next. */
export interface Position {
  /** Passes finished, from 0. */
  readonly epoch: number;
  /** Batches of this pass that are done. */
  readonly index: number;
}

/** A piece of what a model writes, and on from what, perhaps from nothing; null if it writes none. */
export type Sample = { readonly prompt: string; readonly text: string } | null;

/** A model at school: everything the training loop needs to know about what it trains. */
export interface Trainee {
  readonly parameters: readonly Parameter[];
  /** What a prediction is called, in the plural and short: "chars", "tags", "sentences" (default "predictions"). */
  readonly unit?: string;
  /** Batches of a pass over the data, which is number `epoch`, from 0; at least 1. A pure function. */
  batchesIn(epoch: number): number;
  /** Where it is. */
  readonly position: Position;
  /**
   * Forward and backward on the next batch: leaves gradients in the parameters, adding to what is there, and moves on.
   *
   * @param summed of the summed loss rather than the mean, so that batches add up to a larger one (default false)
   */
  compute(summed?: boolean): StepResult;
  /** The score on held-out data; null without such data, or when the signal stops it half-way. Changes nothing. */
  validate(signal?: AbortSignal): Promise<Score | null>;
  /** A piece of what the model writes; null if it cannot write. A pure function of the weights and of `step`. */
  sample(step: number): Sample | Promise<Sample>;
  /** Names of the parameters, for a diagnosis (default their numbers). */
  readonly names?: ReadonlyMap<Parameter, string>;
  /** The loss of the batch that `compute` was last asked for, once more and not backwards; for a diagnosis, within a scope. */
  lossAgain?(): Tensor;
  /** Take the weights of a `model.safetensors` that `save` gave. Errors: as `restore`. */
  loadModel(bytes: Uint8Array): void;
  /** Everything that the next steps depend on, apart from the optimizer. */
  save(): TraineeCheckpoint;
  /** Go on from what `save` gave. Errors: `E_RUN_CONTENT`, `E_SAFETENSORS`, `E_STATE_DICT`. */
  restore(read: (name: string) => Promise<Uint8Array>, state: Readonly<Record<string, unknown>>): Promise<void>;
}
