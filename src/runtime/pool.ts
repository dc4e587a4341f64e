import { workerFailed, workerLost, workersNotStarted } from "../errors.js";
import * as control from "./control.js";
import type { Heap } from "./heap.js";
import type { Host, WorkerHandle } from "./host-contract.js";

const JOIN_LIMIT_MS = 300_000;
const START_LIMIT_MS = 20_000;

/** One piece of work for every worker. */
export interface Job {
  readonly kind: number;
  readonly program?: number;
  /** Place of the function among its module's exports. */
  readonly index?: number;
  /** Numbers in front of `(worker, workers)`; booleans as 0 or 1. */
  readonly args?: readonly number[];
}

export interface PoolOptions {
  readonly heap: Heap;
  readonly kernels: WebAssembly.Module;
  readonly host: Host;
  /** The main thread included, ≥ 2. */
  readonly threads: number;
  /** The worker as a classic script. */
  readonly source: string;
  readonly workerUrl?: string;
  /** Default 300 s: far above the longest job, only a lost worker lets it pass. */
  readonly joinLimitMs?: number;
  /** Default 20 s. */
  readonly startLimitMs?: number;
}

/**
 * The worker pool: fork-join over the shared heap.
 *
 * `run` gives a job to every worker, does the main thread's own share and waits for the rest. What fails in a worker
 * surfaces here as an error; a worker that never answers does so after a generous time, and the pool is unusable after.
 */
export class Pool {
  readonly threads: number;
  readonly #host: Host;
  readonly #heap: Heap;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #workers: WorkerHandle[] = [];
  readonly #joinLimitMs: number;
  #broken: string | undefined;

  private constructor({ heap, kernels, host, threads, source, workerUrl, joinLimitMs }: PoolOptions) {
    this.threads = threads;
    this.#host = host;
    this.#heap = heap;
    this.#joinLimitMs = joinLimitMs ?? JOIN_LIMIT_MS;
    // These views lie at the bottom of a shared memory: growing leaves them valid.
    this.#words = heap.i32(0, control.GENERATION + 128);
    this.#numbers = heap.f64(0, control.ARGUMENT_AT + control.MAX_ARGUMENTS);
    Atomics.store(this.#words, control.READY, 0);
    Atomics.store(this.#words, control.FAILED, 0);
    for (let worker = 1; worker < threads; worker++) {
      const start: control.WorkerStart = { memory: heap.memory, kernels, worker };
      this.#workers.push(host.startWorker(source, start, workerUrl, (words) => (this.#broken ??= words)));
    }
  }

  /** Start and wait without the event loop: Node. */
  static startSync(options: PoolOptions): Pool {
    const pool = new Pool(options);
    const end = performance.now() + (options.startLimitMs ?? START_LIMIT_MS);
    for (;;) {
      const ready = Atomics.load(pool.#words, control.READY);
      if (ready === options.threads - 1) return pool;
      if (performance.now() > end) throw pool.#notStarted("they did not answer in time");
      Atomics.wait(pool.#words, control.READY, ready, 100);
    }
  }

  /** Start and wait in turns of the event loop: browsers start a worker only while the starting thread is idle. */
  static async start(options: PoolOptions): Promise<Pool> {
    const pool = new Pool(options);
    const end = performance.now() + (options.startLimitMs ?? START_LIMIT_MS);
    while (Atomics.load(pool.#words, control.READY) < options.threads - 1) {
      if (pool.#broken !== undefined) throw pool.#notStarted(pool.#broken);
      if (performance.now() > end) throw pool.#notStarted("they did not answer in time");
      await new Promise<void>((resolve) => void setTimeout(resolve, 1));
    }
    return pool;
  }

  /**
   * Do one job on all threads.
   *
   * @param own the main thread's share, as worker 0 of `threads`
   * @throws E_WORKER_FAILED with the words of the first worker that failed; E_WORKER_LOST if one never answered
   */
  run(job: Job, own: () => void): void {
    if (this.#broken !== undefined) throw workerLost(this.#broken);
    this.#post(job);
    try {
      own();
    } finally {
      // Also after an error of its own: the others still work on the same memory.
      this.#join();
    }
    const failed = Atomics.exchange(this.#words, control.FAILED, 0);
    if (failed !== 0) throw workerFailed(failed - 1, this.#message(failed - 1));
  }

  /** End the workers; the pool is unusable after. */
  stop(): void {
    this.#post({ kind: control.STOP });
    for (const worker of this.#workers) worker.terminate();
    this.#broken = "the pool was stopped";
  }

  #post({ kind, program = 0, index = 0, args = [] }: Job): void {
    const words = this.#words;
    words[control.KIND] = kind;
    words[control.WORKERS] = this.threads;
    words[control.PROGRAM] = program;
    words[control.FUNCTION] = index;
    words[control.ARGUMENTS] = args.length;
    for (let i = 0; i < args.length; i++) this.#numbers[control.ARGUMENT_AT + i] = args[i];
    Atomics.store(words, control.DONE, 0);
    Atomics.add(words, control.GENERATION, 1);
    Atomics.notify(words, control.GENERATION);
  }

  #join(): void {
    const words = this.#words;
    const all = this.threads - 1;
    let end: number | undefined;
    for (;;) {
      const done = Atomics.load(words, control.DONE);
      if (done === all) return;
      if (control.spinWhile(words, control.DONE, done)) continue;
      end ??= performance.now() + this.#joinLimitMs;
      if (performance.now() > end) {
        this.#broken = `${all - done} of ${all} workers did not finish within ${Math.round(this.#joinLimitMs / 1000)} s`;
        throw workerLost(this.#broken);
      }
      if (this.#host.canBlock) Atomics.wait(words, control.DONE, done, Math.min(1000, this.#joinLimitMs));
    }
  }

  #message(worker: number): string {
    const at = control.messageAt(worker);
    const units = new Uint16Array(this.#heap.memory.buffer, at, control.MESSAGE_BYTES / 2);
    return String.fromCharCode(...units.slice(1, 1 + units[0]));
  }

  #notStarted(why: string): Error {
    for (const worker of this.#workers) worker.terminate();
    return workersNotStarted(this.threads - 1, why);
  }
}
