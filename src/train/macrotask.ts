/** Giving the host a turn: signals, timers and a page's paint wait for it, promises do not. */

/** Milliseconds of work after which the host gets a turn. */
const SLICE = 50;

interface HostTurns {
  /** Node, and nothing else. */
  readonly setImmediate?: (callback: () => void) => unknown;
  /** Some browsers. */
  readonly scheduler?: { readonly yield?: () => Promise<void> };
}

/** A promise that the host fulfils after it had a turn; the quickest way that it offers. */
function hostTurn(): Promise<void> {
  const { setImmediate, scheduler } = globalThis as HostTurns;
  if (setImmediate !== undefined) return new Promise((done) => void setImmediate(done));
  if (scheduler?.yield !== undefined) return scheduler.yield();
  return new Promise((done) => void setTimeout(done));
}

/** Lets the host have a turn about every 50 ms, at a cost that training does not feel. */
export class Breather {
  #last = performance.now();

  /** Await it between pieces of work; returns undefined while no turn is due. */
  breathe(): Promise<void> | undefined {
    if (performance.now() - this.#last < SLICE) return undefined;
    return hostTurn().then(() => {
      this.#last = performance.now();
    });
  }
}
