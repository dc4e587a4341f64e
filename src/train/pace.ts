/** How fast training goes, smoothed over about a second so that a display can show it. */
export class Pace {
  #predictions = 0;
  #steps = 0;
  #since: number;
  #last: number;

  /** @param now the present, in milliseconds */
  constructor(now: number) {
    this.#since = now;
    this.#last = now;
  }

  /** Count a step that ends now. */
  add(predictions: number, now: number): void {
    this.#predictions += predictions;
    this.#steps += 1;
    this.#last = now;
    const window = now - this.#since;
    // Old steps fade out once a second is full: the mean follows a change within a few seconds.
    if (window > 1000) {
      const keep = 1000 / window;
      this.#predictions *= keep;
      this.#steps *= keep;
      this.#since = now - 1000;
    }
  }

  /** Leave out milliseconds that were spent on anything but training. */
  skip(milliseconds: number): void {
    this.#since += milliseconds;
  }

  /** Predictions per second; 0 before the first step. */
  get predictionsPerSecond(): number {
    return this.#per(this.#predictions);
  }

  /** Steps per second; 0 before the first step. */
  get stepsPerSecond(): number {
    return this.#per(this.#steps);
  }

  #per(count: number): number {
    const span = (this.#last - this.#since) / 1000;
    return span > 0 ? count / span : 0;
  }
}
