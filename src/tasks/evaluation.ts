/** What an evaluation says, the same way for every task. */
import type { ReportSection } from "./report/index.js";

/** A number that people look at. */
export interface Figure {
  /** Its key in JSON, e.g. `accuracy`. */
  readonly name: string;
  /** For people, e.g. "bits per character". */
  readonly words: string;
  readonly value: number;
  /** Digits after the point that mean something; 0 for counts. */
  readonly digits: number;
  /** Between which values it would lie for other examples of the same kind. */
  readonly interval?: { readonly low: number; readonly high: number; readonly level: number };
  /** What it was computed with: figures of the same signature may be compared. */
  readonly signature?: string;
}

/** Rows of text under a title: per-class scores, a confusion matrix, … */
export interface EvaluationTable {
  /** Its key in JSON. */
  readonly name: string;
  readonly words: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The scores of a model on data, typed by each task, told the same way by all. */
export interface Evaluation {
  readonly figures: readonly Figure[];
  readonly tables: readonly EvaluationTable[];
  /** More for the report of a run: figures, samples, attention; its tables come by themselves. */
  readonly sections?: readonly ReportSection[];
}
