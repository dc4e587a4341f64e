import type { Parameter } from "../tensor/index.js";
import type { Score } from "./events.js";

/** What a step measured. */
export interface StepResult {
  /** Mean loss per token, in nats. */
  readonly loss: number;
  /** Predictions that it is the mean of. */
  readonly tokens: number;
}

/** What a checkpoint keeps of a trainee. */
export interface TraineeCheckpoint {
  /** Files by name; `model.safetensors` among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Plain JSON. */
  readonly state: Readonly<Record<string, unknown>>;
}

/** A model at school: everything the training loop needs to know about what it trains. */
export interface Trainee {
  readonly parameters: readonly Parameter[];
  /** Steps of one pass over the data. */
  readonly stepsPerEpoch: number;
  /**
   * Forward and backward on the next piece of data: leaves gradients in the parameters, adding to what is there.
   *
   * @param step number of this step, from 1
   */
  compute(step: number): StepResult;
  /** The score on held-out data; null without such data, or when the signal stops it half-way. Changes nothing. */
  validate(signal?: AbortSignal): Promise<Score | null>;
  /** A piece of what the model writes; null if it cannot write. A pure function of the weights and of `step`. */
  sample(step: number): { readonly prompt: string; readonly text: string } | null;
  /** Everything that the next steps depend on, apart from the optimizer. */
  save(): TraineeCheckpoint;
  /** Go on from what `save` gave. Errors: `E_RUN_CONTENT`, `E_SAFETENSORS`, `E_STATE_DICT`. */
  restore(read: (name: string) => Promise<Uint8Array>, state: Readonly<Record<string, unknown>>): Promise<void>;
}
