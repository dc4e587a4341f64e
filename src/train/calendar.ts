import type { Trainee } from "./trainee.js";

/**
 * Which step ends which pass over the data, where a step takes up to k batches and never more than the pass has left.
 *
 * Everything is a pure function of the trainee's batch counts, so that a resumed run has the same calendar.
 */
export class Calendar {
  readonly #trainee: Pick<Trainee, "batchesIn">;
  readonly #accumulate: number;
  /** Steps before each epoch, as far as anybody asked. */
  readonly #before: number[] = [0];

  /** @param accumulate batches of a step, k (default 1) */
  constructor(trainee: Pick<Trainee, "batchesIn">, accumulate = 1) {
    this.#trainee = trainee;
    this.#accumulate = accumulate;
  }

  /** Steps of `epochs` passes; a part of a pass is rounded up to whole steps. */
  stepsOf(epochs: number): number {
    const whole = Math.floor(epochs);
    const before = this.#stepsBefore(whole);
    const part = epochs - whole;
    return part === 0 ? before : before + Math.ceil(part * (this.#stepsBefore(whole + 1) - before));
  }

  /** Passes done after `step` steps, with fractions: a whole number exactly where a pass ends. */
  epochOf(step: number): number {
    while (this.#before.at(-1)! <= step) this.#stepsBefore(this.#before.length);
    let low = 0;
    let high = this.#before.length - 1;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (this.#before[middle] <= step) low = middle;
      else high = middle;
    }
    return low + (step - this.#before[low]) / (this.#before[low + 1] - this.#before[low]);
  }

  #stepsBefore(epoch: number): number {
    for (let next = this.#before.length; next <= epoch; next++) {
      this.#before.push(this.#before[next - 1] + Math.ceil(this.#trainee.batchesIn(next - 1) / this.#accumulate));
    }
    return this.#before[epoch];
  }
}
