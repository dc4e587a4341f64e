/**
 * The training loop: steps, and what happens between them, told as events.
 *
 * Between two steps the training is a pure function of its checkpoint: everything due at a step (evaluation, sample,
 * checkpoint, end) is decided at the top of the loop, so that a resumed run decides the same.
 */
import { checkpointContent, kernelsChanged, trainingDiverged } from "../errors.js";
import { clipGradNorm, type LearningRate, learningRateOf } from "../optim/index.js";
import { runtime } from "../runtime/index.js";
import { spent, totalSteps } from "./budget.js";
import { Calendar } from "./calendar.js";
import { checkCallbacks, notify } from "./callbacks.js";
import { freshProgress, type Progress, restoreCheckpoint, saveCheckpoint, withModelWeights } from "./checkpoint.js";
import { diagnose } from "./diagnosis.js";
import type { EndEvent, StepEvent, TrainEvent } from "./events.js";
import { gather } from "./gather.js";
import { checkLoopOptions, type LoopOptions } from "./loop-options.js";
import { Breather } from "./macrotask.js";
import { MODEL_FILE } from "./model-file.js";
import { Pace } from "./pace.js";
import { standingAfter } from "./standing.js";

/** Norms of the gradient that a diagnosis looks back on. */
const REMEMBERED_NORMS = 5;

/**
 * Train until the budget is spent, patience has run out, the signal fires or the consumer breaks; the last two save first.
 *
 * Errors: `E_OPTION`, `E_VALUE` and `E_SCHEDULE` for options, at the first event asked for; `E_DIVERGED` when loss or gradient
 * are not finite, before they touch the weights: the last checkpoint stays good; `E_RUN_WRITE` when saving fails; on resume
 * `E_RUN_KERNELS` and what reading a checkpoint throws.
 */
export async function* trainingLoop(options: LoopOptions): AsyncGenerator<TrainEvent, void, undefined> {
  const { callbacks = [] } = options;
  const loop = new Loop(options);
  const events = loop.events();
  let failed = true;
  try {
    for (;;) {
      failed = true;
      const { value: event, done } = await events.next();
      // From here on an error is the program's own: its callback's, or that of whoever reads the events.
      failed = false;
      if (done === true) break;
      if (callbacks.length > 0 && (await notify(callbacks, event))) loop.stop();
      yield event;
    }
  } finally {
    // Reached without an error also when the consumer breaks out of its `for await`.
    if (!failed) await loop.save();
  }
}

class Loop {
  readonly #options: LoopOptions;
  readonly #accumulate: number;
  readonly #calendar: Calendar;
  readonly #total: number | null;
  readonly #rate: LearningRate;
  readonly #breather = new Breather();
  #progress: Progress = freshProgress();
  /** Step of the committed checkpoint; null before the first. */
  #saved: number | null = null;
  #savedAt = 0;
  #began = performance.now();
  #secondsBefore = 0;
  #samples = 0;
  #stopped = false;
  /** The best model where no store keeps it. */
  #bestModel: Uint8Array | null = null;
  readonly #norms: number[] = [];

  constructor(options: LoopOptions) {
    checkLoopOptions(options);
    checkCallbacks(options.callbacks ?? []);
    this.#options = options;
    this.#accumulate = options.accumulate ?? 1;
    this.#calendar = new Calendar(options.trainee, this.#accumulate);
    this.#total = totalSteps(options.budget, this.#calendar);
    const total = this.#total;
    const calendar = this.#calendar;
    this.#rate = learningRateOf(options.schedule, {
      steps: total,
      // Asked by few schedules, and every epoch to come must be counted for it.
      get epochs() {
        return total === null ? null : Math.ceil(calendar.epochOf(total));
      },
    });
  }

  /** End as if the budget were spent. */
  stop(): void {
    this.#stopped = true;
  }

  async *events(): AsyncGenerator<TrainEvent, void, undefined> {
    const { trainee, config, run = null, samples = 4, signal } = this.#options;
    const { checkpointSteps = Infinity, checkpointSeconds = 30, patience = Infinity } = this.#options;
    if (this.#options.resume === true) await this.#restore();
    this.#samples = Math.floor(this.#spent() * samples);
    const parameters = trainee.parameters.reduce((sum, { size }) => sum + size, 0);
    const { step: begun } = this.#progress;
    const machine = runtime().report();
    const { unit = "predictions" } = trainee;
    yield { type: "start", step: begun, totalSteps: this.#total, run, parameters, unit, config, machine };

    const pace = new Pace(performance.now());
    let reason: EndEvent["reason"] | null;
    for (;;) {
      reason = signal?.aborted ? "cancelled" : this.#over();
      if (reason === "cancelled") break;
      const { step } = this.#progress;
      const between = performance.now();
      if (step > 0 && (reason !== null || this.#evaluationDue(step)) && this.#progress.valid?.step !== step) {
        yield* this.#validate();
      }
      if (this.#progress.standing.waited >= patience) reason ??= "patience";
      if (step > begun && this.#spent() * samples >= this.#samples + 1) {
        this.#samples = Math.floor(this.#spent() * samples);
        yield* this.#sample();
      }
      const stale = step - (this.#saved ?? 0) >= checkpointSteps || this.#now() - this.#savedAt >= checkpointSeconds;
      const isBest = step > 0 && this.#progress.standing.best?.step === step;
      if (this.#saved === null || reason !== null || stale || isBest) {
        const generation = await this.save();
        if (generation !== null) yield { type: "checkpoint", step, generation };
      }
      pace.skip(performance.now() - between);
      if (signal?.aborted) continue;
      if (reason !== null) break;
      await this.#breather.breathe();
      yield await this.#step(pace);
    }
    const generation = await this.save();
    const { step, valid, standing } = this.#progress;
    if (generation !== null) yield { type: "checkpoint", step, generation };
    await this.#settle();
    const score = valid?.step === step ? valid.score : null;
    const seconds = (performance.now() - this.#began) / 1000;
    yield { type: "end", step, reason, valid: score, best: standing.best, run, seconds };
  }

  /** Commit a checkpoint of the present step, if there is none yet; returns its generation. */
  async save(): Promise<number | null> {
    const { store, trainee, optimizer } = this.#options;
    const { step, standing } = this.#progress;
    const best = step > 0 && standing.best?.step === step;
    if (store === null || (this.#saved === step && (!best || store.best === store.generation))) return null;
    this.#progress.seconds = this.#now();
    this.#progress.schedule = this.#rate.adaptive?.state() ?? null;
    const generation = await saveCheckpoint(store, trainee, optimizer, this.#progress, best, this.#saved);
    this.#saved = step;
    this.#savedAt = this.#now();
    return generation;
  }

  async #restore(): Promise<void> {
    const { store, trainee, optimizer, acceptKernels = false } = this.#options;
    if (store === null) return;
    const progress = await restoreCheckpoint(store, trainee, optimizer);
    const { kernels } = runtime().report();
    if (progress.kernels !== kernels && !acceptKernels) throw kernelsChanged(progress.kernels, kernels);
    const { adaptive } = this.#rate;
    if (progress.schedule !== null && adaptive !== null) {
      const [own, saved] = [adaptive.state(), progress.schedule].map((state) => Object.keys(state).sort().join());
      if (own !== saved)
        throw checkpointContent("state.json", "has the memory of another schedule than the one asked for");
      adaptive.load(progress.schedule);
    }
    // The log's lines about the checkpoint's own step come from the checkpoint: a run that was killed may have added more.
    await store.truncateMetrics(progress.step - 1);
    for (const line of progress.lines) await store.appendMetric(line);
    this.#progress = { ...progress, kernels };
    this.#saved = progress.step;
    this.#secondsBefore = progress.seconds;
    this.#began = performance.now();
    this.#savedAt = this.#now();
  }

  /** Leave the model as it is to be used: averaged where the optimizer averages, or as it was at its best. */
  async #settle(): Promise<void> {
    const { store, trainee, optimizer, keep = "last" } = this.#options;
    const { step, standing } = this.#progress;
    if (optimizer.averaging) optimizer.swapAverages();
    if (keep === "last" || standing.best === null || standing.best.step === step) return;
    const model = store === null ? this.#bestModel : await store.readBest(MODEL_FILE);
    if (model !== null) trainee.loadModel(model);
  }

  async #step(pace: Pace): Promise<StepEvent> {
    const { trainee, optimizer, clip, store } = this.#options;
    const step = this.#progress.step + 1;
    const factor = this.#rate.factor(step - 1, this.#calendar.epochOf(step - 1));
    const lr = optimizer.lr * factor;
    optimizer.zeroGrad();
    const {
      loss,
      predictions,
      metrics = {},
    } = await gather(trainee, this.#accumulate, this.#breather, (found) => {
      if (!Number.isFinite(found)) this.#fail("loss", found, step, lr);
    });
    const share = this.#accumulate === 1 ? 1 : 1 / predictions;
    const { norm, scale } = clipGradNorm(trainee.parameters, clip, share);
    if (!Number.isFinite(norm)) this.#fail("gradient", norm, step, lr);
    this.#norms.push(norm);
    if (this.#norms.length > REMEMBERED_NORMS) this.#norms.shift();
    optimizer.step({ gradScale: scale, lrScale: factor });
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

  #fail(what: "loss" | "gradient", value: number, step: number, lr: number): never {
    const found = diagnose(this.#options.trainee, this.#norms, lr);
    throw trainingDiverged(what, value, step, this.#saved, found);
  }

  #evaluationDue(step: number): boolean {
    const { validEpochs, validSteps = validEpochs === undefined ? 1000 : Infinity } = this.#options;
    if (step % validSteps === 0) return true;
    if (validEpochs === undefined) return false;
    const before = Math.floor(this.#calendar.epochOf(step - 1) / validEpochs);
    return Math.floor(this.#calendar.epochOf(step) / validEpochs) > before;
  }

  async *#validate(): AsyncGenerator<TrainEvent, void, undefined> {
    const { trainee, optimizer, store, signal, minDelta = 0, keep } = this.#options;
    const score = await withModelWeights(optimizer, () => trainee.validate(signal));
    if (score === null) return;
    const { step, standing } = this.#progress;
    const line = { step, valid: score };
    await store?.appendMetric(line);
    this.#progress.lines = [...this.#progress.lines, line];
    this.#progress.valid = { step, score };
    this.#progress.standing = standingAfter(standing, score, step, minDelta);
    const best = this.#progress.standing.best?.step === step;
    if (best && keep === "best" && store === null) {
      const { files } = await withModelWeights(optimizer, () => trainee.save());
      this.#bestModel = files.get(MODEL_FILE) ?? null;
    }
    this.#rate.adaptive?.observe(score.objective);
    optimizer.observe(score.objective);
    yield { type: "valid", step, valid: score, best };
  }

  async *#sample(): AsyncGenerator<TrainEvent, void, undefined> {
    const { trainee, optimizer } = this.#options;
    const { step } = this.#progress;
    const sample = await withModelWeights(optimizer, () => trainee.sample(step));
    if (sample !== null) yield { type: "sample", step, ...sample };
  }

  /** Why it ends here; null if it does not. */
  #over(): EndEvent["reason"] | null {
    if (this.#stopped) return "callback";
    if (this.#spent() < 1) return null;
    return this.#total === null ? "time" : "finished";
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
