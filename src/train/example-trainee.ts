import type { BatchSource } from "../data/batch-source.js";
import { checkpointContent, nothingPredicted } from "../errors.js";
import type { Module } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { type Parameter, scope, type Tensor } from "../tensor/index.js";
import type { Score } from "./events.js";
import { MODEL_FILE, readParameters } from "./model-file.js";
import { tensorsToBytes } from "./tensor-files.js";
import type { Position, Sample, StepResult, Trainee, TraineeCheckpoint } from "./trainee.js";

/** What a loss may depend on beside its batch. */
export interface LossContext {
  /** Randomness of this batch, e.g. for dropout: a function of the seed and of the batch's place alone. */
  readonly rng: Rng;
  /** Pass over the data, from 0. */
  readonly epoch: number;
  /** Number of this batch in the whole training, from 1. */
  readonly step: number;
}

/** What a loss function gives back. */
export interface LossResult {
  /** Mean over the batch's predictions; shape []. */
  readonly loss: Tensor;
  /** What it is the mean of: the batch's weight where batches are added up. */
  readonly predictions: number;
  /** Further means over the same predictions, by name. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Forward through the model, to the mean loss of a batch. */
export type LossFunction<Batch> = (batch: Batch, context: LossContext) => LossResult;

/** What an `ExampleTrainee` is made of. */
export interface ExampleLesson<Batch> {
  readonly module: Module;
  /** Where batches come from; counts of at least 1. */
  readonly batches: BatchSource<Batch>;
  readonly loss: LossFunction<Batch>;
  /** Decides dropout (default 1). */
  readonly seed?: number;
  /** The score on held-out data (default none). See `scoreBatches`. */
  readonly validate?: (signal?: AbortSignal) => Promise<Score | null>;
  /** A piece of what the model makes of something, for the eye (default none). */
  readonly sample?: (step: number) => Sample | Promise<Sample>;
  /** What a prediction is called, in the plural and short (default "predictions"). */
  readonly unit?: string;
}

/**
 * A model that learns from batches of examples, of which none depends on the one before.
 *
 * Its place is (epoch, index) and its randomness a function of that, so that a run goes on from the middle of an epoch to
 * the same bits.
 *
 * Errors: `E_PREDICTIONS` for a batch without a prediction.
 */
export class ExampleTrainee<Batch> implements Trainee {
  readonly parameters: readonly Parameter[];
  readonly names: ReadonlyMap<Parameter, string>;
  readonly unit: string;
  readonly #lesson: ExampleLesson<Batch>;
  readonly #rng: Rng;
  #epoch = 0;
  #index = 0;
  #done = 0;
  /** The batch last computed. */
  #last: (Position & { readonly step: number }) | null = null;

  constructor(lesson: ExampleLesson<Batch>) {
    this.#lesson = lesson;
    this.names = new Map(Array.from(lesson.module.namedParameters(), ([name, parameter]) => [parameter, name]));
    this.parameters = [...this.names.keys()];
    this.unit = lesson.unit ?? "predictions";
    this.#rng = new Rng(lesson.seed ?? 1).split("examples");
  }

  get position(): Position {
    return { epoch: this.#epoch, index: this.#index };
  }

  batchesIn(epoch: number): number {
    return this.#lesson.batches.count(epoch);
  }

  compute(summed = false): StepResult {
    const place = { epoch: this.#epoch, index: this.#index, step: this.#done + 1 };
    this.#last = place;
    const result = scope(() => {
      const { loss, predictions, metrics } = this.#lossAt(place);
      if (!(predictions > 0)) throw nothingPredicted(place.epoch, place.index, predictions);
      (summed ? loss.mul(predictions) : loss).backward();
      return { loss: loss.item(), predictions, metrics };
    });
    this.#done++;
    if (++this.#index >= this.batchesIn(this.#epoch)) {
      this.#epoch++;
      this.#index = 0;
    }
    return result;
  }

  lossAgain(): Tensor {
    return this.#lossAt(this.#last!).loss;
  }

  #lossAt({ epoch, index, step }: Position & { readonly step: number }): LossResult {
    const { batches, loss } = this.#lesson;
    return loss(batches.batch(epoch, index), { rng: this.#rng.split(epoch).split(index), epoch, step });
  }

  loadModel(bytes: Uint8Array): void {
    readParameters(this.#lesson.module, bytes);
  }

  async validate(signal?: AbortSignal): Promise<Score | null> {
    return (await this.#lesson.validate?.(signal)) ?? null;
  }

  async sample(step: number): Promise<Sample> {
    return (await this.#lesson.sample?.(step)) ?? null;
  }

  save(): TraineeCheckpoint {
    const files = new Map([[MODEL_FILE, tensorsToBytes(this.#lesson.module.namedParameters())]]);
    return { files, state: { epoch: this.#epoch, index: this.#index, done: this.#done } };
  }

  async restore(
    read: (name: string) => Promise<Uint8Array>,
    { epoch, index, done }: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const natural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
    if (!natural(epoch) || !natural(index) || !natural(done) || index >= this.batchesIn(epoch)) {
      throw checkpointContent("state.json", "has no place in these batches");
    }
    this.loadModel(await read(MODEL_FILE));
    this.#epoch = epoch;
    this.#index = index;
    this.#done = done;
  }
}
