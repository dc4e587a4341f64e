/** What a report shows, in words and numbers: nothing here knows a task, a file or a page. */

/** A figure that the run ended with. */
export interface ReportMetric {
  /** For people, e.g. "bits per character". */
  readonly name: string;
  readonly value: number;
  /** Its confidence interval, if there is one. */
  readonly interval?: { readonly low: number; readonly high: number; readonly level: number };
  /** "number" (default), or "share": 0.914 is shown as 91.40 %. */
  readonly kind?: "number" | "share";
  /** Digits after the point (default: four that mean something). */
  readonly digits?: number;
  /** A few words below it, e.g. "test, 2000 examples". */
  readonly note?: string;
}

/** A line of a curve. */
export interface ReportSeries {
  readonly name: string;
  /** [x, y] in the order of x; what is not finite makes a gap. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Values over the training that share an axis, e.g. the losses. */
export interface ReportCurve {
  readonly title: string;
  readonly series: readonly ReportSeries[];
  /** What stands at the axes (default "step" and nothing). */
  readonly x?: string;
  readonly y?: string;
  /** Powers of ten at equal distances (default false); ignored if a value is not positive. */
  readonly logarithmic?: boolean;
  /** A step that is pointed at, e.g. the best checkpoint. */
  readonly mark?: { readonly x: number; readonly text: string };
}

/** Where a model looked: a row for each token it wrote, a column for each token it read. */
export interface AttentionMap {
  readonly title?: string;
  /** S tokens that were read. */
  readonly source: readonly string[];
  /** T tokens that were written. */
  readonly target: readonly string[];
  /** [T, S] weights from 0 to 1. */
  readonly weights: readonly ArrayLike<number>[];
}

/** One text that the model wrote or judged. */
export interface ReportSample {
  readonly text: string;
  /** What it was made from, e.g. a prompt or a source. */
  readonly input?: string;
  /** What would have been right. */
  readonly reference?: string;
  /** A few words, e.g. "step 400" or "score −0.31". */
  readonly note?: string;
}

/** A part of the page below the figures and curves. */
export type ReportSection = { readonly title: string; readonly note?: string } & (
  | { readonly kind: "samples"; readonly samples: readonly ReportSample[] }
  | {
      readonly kind: "table";
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | number)[])[];
    }
  /** `matrix[target][prediction]`, [V, V] counts of V classes. */
  | { readonly kind: "confusion"; readonly classes: readonly string[]; readonly matrix: readonly (readonly number[])[] }
  | { readonly kind: "attention"; readonly maps: readonly AttentionMap[] }
  /** Bins as `calibration` makes them. */
  | {
      readonly kind: "reliability";
      readonly bins: readonly {
        readonly from: number;
        readonly to: number;
        readonly count: number;
        readonly confidence: number;
        readonly accuracy: number;
      }[];
    }
);

/** Everything that `renderReport` shows; what is absent or empty is left out. */
export interface ReportDescription {
  readonly title: string;
  /** A sentence below the title. */
  readonly summary?: string;
  readonly metrics?: readonly ReportMetric[];
  readonly curves?: readonly ReportCurve[];
  readonly sections?: readonly ReportSection[];
  /** Options of the run. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Machine, versions, data, command. */
  readonly environment?: Readonly<Record<string, unknown>>;
}
