import { checkpointContent } from "../errors.js";
import type { Series } from "./classify-data.js";

/** Mean and deviation of each dimension of the training's series: what is read is (value − mean) / deviation. */
export class SeriesScale {
  /** [D]. */
  readonly mean: readonly number[];
  /** [D]; 1 for a dimension that never changes. */
  readonly deviation: readonly number[];

  constructor(mean: readonly number[], deviation: readonly number[]) {
    this.mean = mean;
    this.deviation = deviation;
  }

  /** Over all steps of all series, each of D dimensions; population deviation. */
  static of(series: readonly Series[]): SeriesScale {
    const dimensions = Array.from(series[0], (_, d) => {
      const count = series.reduce((sum, one) => sum + one[d].length, 0);
      const mean = total(series, d, (value) => value) / count;
      const variance = total(series, d, (value) => (value - mean) * (value - mean)) / count;
      return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 };
    });
    return new SeriesScale(
      dimensions.map(({ mean }) => mean),
      dimensions.map(({ deviation }) => deviation),
    );
  }

  /** Read the stored form. Errors: `E_RUN_CONTENT`. */
  static fromJSON(json: unknown): SeriesScale {
    const { format, mean, deviation } = (json ?? {}) as { format?: unknown; mean?: unknown; deviation?: unknown };
    const numbers = (list: unknown): list is number[] => Array.isArray(list) && list.every(Number.isFinite);
    const good = numbers(mean) && numbers(deviation) && mean.length === deviation.length && mean.length > 0;
    if (format !== "hiddenstate.scale" || !good) throw checkpointContent("scale.json", "is no scale of a series");
    return new SeriesScale(mean, deviation);
  }

  /** The first T steps of a series, standardised: rows [T, D]. */
  rows(series: Series, T: number): Float32Array {
    const D = this.mean.length;
    const rows = new Float32Array(T * D);
    for (let d = 0; d < D; d++) {
      for (let t = 0; t < T; t++) rows[t * D + d] = (series[d][t] - this.mean[d]) / this.deviation[d];
    }
    return rows;
  }

  /** The stored form; `JSON.stringify` calls it. */
  toJSON(): object {
    const { mean, deviation } = this;
    return { format: "hiddenstate.scale", version: 1, mean, deviation };
  }
}

function total(series: readonly Series[], d: number, of: (value: number) => number): number {
  let sum = 0;
  for (const { [d]: values } of series) for (let t = 0; t < values.length; t++) sum += of(values[t]);
  return sum;
}
