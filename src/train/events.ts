/** What a training run tells while it goes: one stream feeds the progress bar, the log, JSON output and the studio. */

import type { RuntimeReport } from "../runtime/index.js";

/** The figure by which one evaluation is better than another. */
export interface Objective {
  /** `"loss"` or a name among the metrics. */
  readonly name: string;
  readonly value: number;
  /** Which direction is progress. */
  readonly better: "lower" | "higher";
}

/** What an evaluation found. */
export interface Score {
  /** Mean loss of a prediction, in nats where it is a cross-entropy. */
  readonly loss: number;
  /** Predictions that were averaged. */
  readonly predictions: number;
  /** Further figures by name, in the order in which they are shown. */
  readonly metrics: Readonly<Record<string, number>>;
  /** What decides which evaluation is the best. */
  readonly objective: Objective;
}

/** Before the first step; again after a resume. */
export interface StartEvent {
  readonly type: "start";
  /** Steps already done: 0, or those of the checkpoint resumed from. */
  readonly step: number;
  /** Steps the run will have at its end; null if time decides. */
  readonly totalSteps: number | null;
  /** Name or folder of the run; null if nothing is saved. */
  readonly run: string | null;
  /** Numbers to learn. */
  readonly parameters: number;
  /** What the predictions are, in the plural and short: "chars", "tags", "sentences". */
  readonly unit: string;
  /** Everything that decides the result, as plain JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Which kernels and how many threads run, and why not more. */
  readonly machine: RuntimeReport;
}

/** After an optimizer step. */
export interface StepEvent {
  readonly type: "step";
  /** Steps done, from 1. */
  readonly step: number;
  readonly totalSteps: number | null;
  /** Passes over the data, with fractions. */
  readonly epoch: number;
  /** Mean loss of this step's predictions, in nats where it is a cross-entropy. */
  readonly loss: number;
  /** Predictions of this step. */
  readonly predictions: number;
  /** Further figures of this step by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Learning rate that this step moved the first group of parameters with. */
  readonly lr: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** Smoothed over about a second; not part of what is reproducible. */
  readonly predictionsPerSecond: number;
  /** Seconds left, at the present pace; null while unknown. */
  readonly etaSeconds: number | null;
}

/** A piece of what the model writes at this step. */
export interface SampleEvent {
  readonly type: "sample";
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
}

/** After an evaluation on held-out data. */
export interface ValidEvent {
  readonly type: "valid";
  readonly step: number;
  readonly valid: Score;
  /** Whether it was better than every earlier one of this run. */
  readonly best: boolean;
}

/** After a checkpoint was committed. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
  readonly generation: number;
}

/** The last event. */
export interface EndEvent {
  readonly type: "end";
  readonly step: number;
  /** Why it ended. */
  readonly reason: "finished" | "time" | "patience" | "callback" | "cancelled";
  /** Last evaluation; null without held-out data. */
  readonly valid: Score | null;
  /** Step and objective of the best evaluation; null without one. */
  readonly best: { readonly step: number; readonly value: number } | null;
  readonly run: string | null;
  /** Seconds this process trained. */
  readonly seconds: number;
}

/** Something to know beside the training: records that were left out, a page in the run folder that could not be written. */
export interface NoteEvent {
  readonly type: "note";
  readonly step: number;
  readonly text: string;
}

/** Everything a training run tells; `type` tells them apart. */
export type TrainEvent = StartEvent | StepEvent | SampleEvent | ValidEvent | CheckpointEvent | NoteEvent | EndEvent;

/** The events of one type, e.g. `EventOf<"step">`. */
export type EventOf<Type extends TrainEvent["type"]> = Extract<TrainEvent, { type: Type }>;
