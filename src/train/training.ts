import { trainingTaken } from "../errors.js";
import type { TrainEvent } from "./events.js";

/**
 * A training: an async iterable of events, and what it results in.
 *
 * Iterate it, or await `result` alone, which goes through the events by itself. `break` stops training after saving;
 * `result` is then what was reached.
 *
 * @example
 * for await (const event of training) if (event.type === "step") console.log(event.loss);
 * const model = await training.result;
 */
export class Training<Result> implements AsyncIterable<TrainEvent> {
  readonly #events: AsyncGenerator<TrainEvent, void, undefined>;
  readonly #finish: () => Result;
  #taken = false;
  #settle!: { resolve(result: Result): void; reject(reason: unknown): void };
  readonly #result: Promise<Result>;

  /**
   * @param events what happens, lazily
   * @param finish what it came to; called once, after the last event
   */
  constructor(events: AsyncGenerator<TrainEvent, void, undefined>, finish: () => Result) {
    this.#events = events;
    this.#finish = finish;
    this.#result = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever iterates gets the error there; only who awaits the result as well gets it twice.
    this.#result.catch(() => {});
  }

  /** The events, once. Errors: `E_TRAINING` when asked for again. */
  [Symbol.asyncIterator](): AsyncGenerator<TrainEvent, void, undefined> {
    if (this.#taken) throw trainingTaken();
    this.#taken = true;
    return this.#watch();
  }

  /** What the training came to; rejects with its error. */
  get result(): Promise<Result> {
    if (!this.#taken) void this.#drain();
    return this.#result;
  }

  async *#watch(): AsyncGenerator<TrainEvent, void, undefined> {
    let failed = false;
    try {
      const events = this.#events;
      yield* events;
    } catch (error) {
      failed = true;
      this.#settle.reject(error);
      throw error;
    } finally {
      // A `break` ends here too, once the training has saved.
      if (!failed) this.#settle.resolve(this.#finish());
    }
  }

  async #drain(): Promise<void> {
    try {
      for await (const _ of this);
    } catch {
      // `result` rejects with it.
    }
  }
}
