import type { BatchSource } from "../data/batch-source.js";
import { unknownOption } from "../errors.js";
import type { Module } from "../nn/index.js";
import { optimizerOf, type OptimizerOptions } from "../optim/index.js";
import { budgetOf } from "./budget.js";
import { ExampleTrainee, type ExampleLesson, type LossContext, type LossResult } from "./example-trainee.js";
import type { Updates } from "./checkpoint.js";
import type { Objective } from "./events.js";
import { trainingLoop } from "./loop.js";
import { checkLoopOptions, type LoopOptions, type LoopSettings } from "./loop-options.js";
import type { RunStore } from "./run-store.js";
import { scoreBatches } from "./score-batches.js";
import { Training } from "./training.js";

/** Batches to learn from, and batches to be judged by. */
export interface TrainData<Batch> {
  readonly train: BatchSource<Batch>;
  /** Scored whole, its epoch 0, at every validation (default none). */
  readonly valid?: BatchSource<Batch>;
}

/**
 * Forward through the model, to the mean loss of a batch: of the training's with `rng`, for dropout, of held-out ones without,
 * so that layers take the expectation.
 */
export type TrainLoss<Batch> = (batch: Batch, context: Omit<LossContext, "rng"> & Partial<LossContext>) => LossResult;

/** How to train a module. */
export interface TrainOptions<Batch>
  extends
    Partial<LoopSettings>,
    Pick<
      LoopOptions,
      "run" | "resume" | "acceptKernels" | "checkpointSteps" | "checkpointSeconds" | "samples" | "callbacks" | "signal"
    >,
    Pick<ExampleLesson<Batch>, "seed" | "unit" | "sample" | "validate"> {
  readonly loss: TrainLoss<Batch>;
  /** What moves the parameters, made or as JSON (default `{ name: "adam", lr: 1e-3 }`). */
  readonly optimizer?: OptimizerOptions | Updates;
  /** Which figure of held-out batches decides, and which direction is better (default the loss, lower). */
  readonly objective?: Pick<Objective, "name" | "better">;
  /** Train for so many updates; exactly one of these three. */
  readonly steps?: number;
  /** Train for so many passes over the data. */
  readonly epochs?: number;
  /** Train for so long. */
  readonly minutes?: number;
  /** Where it saves, or a function that makes it once all else is checked (default nowhere). */
  readonly store?: RunStore | (() => RunStore) | null;
  /** Anything to tell with the first event (default none). */
  readonly config?: Readonly<Record<string, unknown>>;
}

const KNOWN = new Set<keyof TrainOptions<unknown>>([
  "loss",
  "optimizer",
  "objective",
  "steps",
  "epochs",
  "minutes",
  "store",
  "config",
  "schedule",
  "accumulate",
  "clip",
  "validSteps",
  "validEpochs",
  "patience",
  "minDelta",
  "keep",
  "run",
  "resume",
  "acceptKernels",
  "checkpointSteps",
  "checkpointSeconds",
  "samples",
  "callbacks",
  "signal",
  "seed",
  "unit",
  "sample",
  "validate",
]);

/**
 * Train any module on batches.
 *
 * The gradient is not clipped unless `clip` says so. With held-out batches there is a validation after each pass, unless
 * `validSteps` or `validEpochs` say otherwise.
 *
 * @param data batches to learn from, or those and others to be judged by
 * @throws E_OPTION, E_VALUE, E_BUDGET, E_PARAMETERS at once; the errors of `trainingLoop` from the events
 *
 * @example
 * const training = train(model, batches, { epochs: 5, loss: (batch) => ({ loss: lossOf(batch), predictions: batch.length }) });
 * for await (const event of training) if (event.type === "step") console.log(event.loss);
 */
export function train<Trained extends Module, Batch>(
  model: Trained,
  data: BatchSource<Batch> | TrainData<Batch>,
  options: TrainOptions<Batch>,
): Training<Trained> {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name as never)) throw unknownOption("train", name, [...KNOWN]);
  }
  const { loss, optimizer = { name: "adam" }, objective, steps, epochs, minutes, store = null, ...more } = options;
  const { seed, unit, sample, validate, config = {}, ...loop } = more;
  const { train: batches, valid } = "train" in data ? data : { train: data };
  const score = (signal?: AbortSignal) =>
    scoreBatches(valid!, (batch) => loss(batch, { epoch: 0, step: 0 }), { objective, signal });
  const lesson = { module: model, batches, loss, seed, sample, validate: validate ?? (valid && score) };
  const trainee = new ExampleTrainee({ ...lesson, ...(unit !== undefined && { unit }) });
  const updates = "step" in optimizer ? optimizer : optimizerOf(optimizer, model.namedParameters());
  const often = loop.validSteps === undefined && loop.validEpochs === undefined ? { validEpochs: 1 } : {};
  const told: LoopOptions = {
    clip: Infinity,
    ...often,
    ...loop,
    trainee,
    optimizer: updates,
    budget: budgetOf({ steps, epochs, minutes }),
    config,
    store: null,
  };
  checkLoopOptions(told);
  const events = async function* () {
    yield* trainingLoop({ ...told, store: typeof store === "function" ? store() : store });
  };
  return new Training(events(), () => model);
}
