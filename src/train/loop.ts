/**
 * The training loop: steps, and what happens between them, told as events.
 *
 * Between two steps the training is a pure function of its checkpoint: everything due at a step (evaluation, sample,
 * checkpoint, end) is decided at the top of the loop, so that a resumed run decides the same.
 */
import { kernelsChanged, trainingDiverged } from "../errors.js";
import { clipGradNorm } from "../optim/index.js";
import { runtime } from "../runtime/index.js";
import { type Budget, spent, totalSteps } from "./budget.js";
import { Calendar } from "./calendar.js";
import { freshProgress, type Progress, restoreCheckpoint, saveCheckpoint, type Updates } from "./checkpoint.js";
import type { EndEvent, StepEvent, TrainEvent } from "./events.js";
import { Breather } from "./macrotask.js";
import { Pace } from "./pace.js";
import type { RunStore } from "./run-store.js";
import { isBetter } from "./score.js";
import type { Trainee } from "./trainee.js";

/** What the loop is told. */
export interface LoopOptions {
  readonly trainee: Trainee;
  readonly optimizer: Updates;
  /** Bound of the gradient's global norm; Infinity for none. */
  readonly clip: number;
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
  /** Evaluate after every so many steps, and at the end; default 1000, Infinity only at the end. */
  readonly validSteps?: number;
  /** Samples on the way, the last at the end; default 4. */
  readonly samples?: number;
  /** Stops after the present step, saves, and ends. */
  readonly signal?: AbortSignal;
}

/**
 * Train until the budget is spent, the signal fires or the consumer breaks; the last two save first.
 *
 * Errors: `E_DIVERGED` when loss or gradient are not finite, before they touch the weights: the last checkpoint stays
 * good; `E_RUN_WRITE` when saving fails; on resume `E_RUN_KERNELS` and what reading a checkpoint throws.
 */
export async function* trainingLoop(options: LoopOptions): AsyncGenerator<TrainEvent, void, undefined> {
  const loop = new Loop(options);
  let failed = false;
  try {
    yield* loop.events();
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    // Reached without an error also when the consumer breaks out of its `for await`.
    if (!failed) await loop.save();
  }
}

class Loop {
  readonly #options: LoopOptions;
  readonly #calendar: Calendar;
  readonly #total: number | null;
  #progress: Progress = freshProgress();
  /** Step of the committed checkpoint; null before the first. */
  #saved: number | null = null;
  #savedAt = 0;
  #began = performance.now();
  #secondsBefore = 0;
  #samples = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#calendar = new Calendar(options.trainee);
    this.#total = totalSteps(options.budget, this.#calendar);
  }

  async *events(): AsyncGenerator<TrainEvent, void, undefined> {
    const { trainee, config, run = null, samples = 4, signal } = this.#options;
    const { checkpointSteps = Infinity, checkpointSeconds = 30, validSteps = 1000 } = this.#options;
    if (this.#options.resume === true) await this.#restore();
    this.#samples = Math.floor(this.#spent() * samples);
    const parameters = trainee.parameters.reduce((sum, { size }) => sum + size, 0);
    const { step: begun } = this.#progress;
    const machine = runtime().report();
    const { unit = "predictions" } = trainee;
    yield { type: "start", step: begun, totalSteps: this.#total, run, parameters, unit, config, machine };

    const pace = new Pace(performance.now());
    const breather = new Breather();
    let reason: EndEvent["reason"] = this.#total === null ? "time" : "finished";
    for (;;) {
      if (signal?.aborted) {
        reason = "cancelled";
        break;
      }
      const { step } = this.#progress;
      const over = this.#spent() >= 1;
      const between = performance.now();
      if (step > 0 && (over || step % validSteps === 0) && this.#progress.valid?.step !== step) {
        yield* this.#validate();
      }
      if (step > begun && this.#spent() * samples >= this.#samples + 1) {
        this.#samples = Math.floor(this.#spent() * samples);
        yield* this.#sample();
      }
      const stale = step - (this.#saved ?? 0) >= checkpointSteps || this.#now() - this.#savedAt >= checkpointSeconds;
      if (this.#saved === null || over || stale) {
        const generation = await this.save();
        if (generation !== null) yield { type: "checkpoint", step, generation };
      }
      pace.skip(performance.now() - between);
      if (signal?.aborted) continue;
      if (over) break;
      await breather.breathe();
      yield await this.#step(pace);
    }
    const generation = await this.save();
    const { step, valid } = this.#progress;
    if (generation !== null) yield { type: "checkpoint", step, generation };
    const score = valid?.step === step ? valid.score : null;
    yield { type: "end", step, reason, valid: score, run, seconds: (performance.now() - this.#began) / 1000 };
  }

  /** Commit a checkpoint of the present step, if there is none yet; returns its generation. */
  async save(): Promise<number | null> {
    const { store, trainee, optimizer } = this.#options;
    if (store === null || this.#saved === this.#progress.step) return null;
    this.#progress.seconds = this.#now();
    const generation = await saveCheckpoint(store, trainee, optimizer, this.#progress);
    this.#saved = this.#progress.step;
    this.#savedAt = this.#now();
    return generation;
  }

  async #restore(): Promise<void> {
    const { store, trainee, optimizer, acceptKernels = false } = this.#options;
    if (store === null) return;
    const progress = await restoreCheckpoint(store, trainee, optimizer);
    const { kernels } = runtime().report();
    if (progress.kernels !== kernels && !acceptKernels) throw kernelsChanged(progress.kernels, kernels);
    // The log's lines about the checkpoint's own step come from the checkpoint: a run that was killed may have added more.
    await store.truncateMetrics(progress.step - 1);
    for (const line of progress.lines) await store.appendMetric(line);
    this.#progress = { ...progress, kernels };
    this.#saved = progress.step;
    this.#secondsBefore = progress.seconds;
    this.#began = performance.now();
    this.#savedAt = this.#now();
  }

  async #step(pace: Pace): Promise<StepEvent> {
    const { trainee, optimizer, clip, store } = this.#options;
    const step = this.#progress.step + 1;
    optimizer.zeroGrad();
    const { loss, predictions, metrics = {} } = trainee.compute();
    if (!Number.isFinite(loss)) throw trainingDiverged("loss", loss, step, this.#saved);
    const { norm, scale } = clipGradNorm(trainee.parameters, clip);
    if (!Number.isFinite(norm)) throw trainingDiverged("gradient", norm, step, this.#saved);
    optimizer.step({ gradScale: scale });
    const { lr } = optimizer;
    const line = { step, loss, ...(Object.keys(metrics).length > 0 && { metrics }), lr, gradNorm: norm };
    this.#progress.step = step;
    this.#progress.lines = [line];
    await store?.appendMetric(line);
    pace.add(predictions, performance.now());
    return {
      type: "step",
      step,
      totalSteps: this.#total,
      epoch: this.#calendar.epochOf(step),
      loss,
      predictions,
      metrics,
      lr,
      gradNorm: norm,
      predictionsPerSecond: pace.predictionsPerSecond,
      etaSeconds: this.#eta(pace),
    };
  }

  async *#validate(): AsyncGenerator<TrainEvent, void, undefined> {
    const { trainee, store, signal } = this.#options;
    const score = await trainee.validate(signal);
    if (score === null) return;
    const { step, best } = this.#progress;
    const isBest = isBetter(score.objective, best);
    const line = { step, valid: score };
    await store?.appendMetric(line);
    this.#progress.lines = [...this.#progress.lines, line];
    this.#progress.valid = { step, score };
    if (isBest) this.#progress.best = score.objective.value;
    yield { type: "valid", step, valid: score, best: isBest };
  }

  *#sample(): Generator<TrainEvent, void, undefined> {
    const { step } = this.#progress;
    const sample = this.#options.trainee.sample(step);
    if (sample !== null) yield { type: "sample", step, ...sample };
  }

  #spent(): number {
    const { step } = this.#progress;
    return spent(this.#options.budget, this.#total, step, this.#now());
  }

  #eta(pace: Pace): number | null {
    const { budget } = this.#options;
    if (this.#total === null) return "minutes" in budget ? Math.max(0, 60 * budget.minutes - this.#now()) : null;
    return pace.stepsPerSecond > 0 ? (this.#total - this.#progress.step) / pace.stepsPerSecond : null;
  }

  /** Seconds trained, before a resume too. */
  #now(): number {
    return this.#secondsBefore + (performance.now() - this.#began) / 1000;
  }
}
