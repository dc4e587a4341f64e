import { CALL_KERNEL, CALL_PROGRAM, COMPILE, DISCARD } from "./control.js";
import type { Heap } from "./heap.js";
import type { KernelBinary } from "./kernel-binary.js";
import { TILE } from "./kernels.js";
import type { Pool } from "./pool.js";

/** Work below this stays on one thread: a fork costs about 1 µs while the workers spin and 100 µs once they sleep. */
export const FORK_FLOPS = 2e6;

/** What the runtime counts, for tests and for reports; only ever grows. */
export interface Counters {
  /** Fork-joins of the pool, compilations included. */
  forks: number;
  /** `Program.run`s; each makes exactly one wasm call per participating worker. */
  programCalls: number;
  /** `pack`s through a kernel table. */
  packs: number;
  /** Floating-point operations of `gemm`s through a kernel table; those of emitted programs do not pass here. */
  gemmFlops: number;
}

/**
 * One thread or all: the only place that decides it.
 *
 * Workers are started when the first job is large enough for them, so a program that only does small things has none.
 */
export class Team {
  readonly counters: Counters;
  readonly #heap: Heap;
  readonly #kernelIndex = new Map<string, number>();
  readonly #startPool: () => Pool;
  #pool: Pool | undefined;
  #threads: number;
  readonly #reasons: string[];

  /** @param startPool makes the pool when it is first needed; if it throws, one thread does everything */
  constructor(
    heap: Heap,
    binary: KernelBinary | undefined,
    threads: number,
    startPool: () => Pool,
    counters: Counters,
    reasons: string[],
  ) {
    this.#heap = heap;
    this.#threads = threads;
    this.#startPool = startPool;
    this.counters = counters;
    this.#reasons = reasons;
    if (binary !== undefined) {
      WebAssembly.Module.exports(binary.module).forEach(({ name }, index) => this.#kernelIndex.set(name, index));
    }
  }

  get threads(): number {
    return this.#threads;
  }

  /** Float64 numbers in the heap. */
  words(ptr: number, n: number): Float64Array {
    return this.#heap.f64(ptr, n);
  }

  /** Whether a job is worth all threads; `rows` is what can be dealt out, in tiles. */
  worthForking(flops: number, rows = Infinity): boolean {
    return flops >= FORK_FLOPS && rows > TILE && this.#threads > 1 && this.#ready();
  }

  /** Call a kernel's export on every thread. */
  callKernel(name: string, args: readonly number[], own: (worker: number, workers: number) => void): void {
    this.#fork({ kind: CALL_KERNEL, index: this.#kernelIndex.get(name), args }, () => own(0, this.#threads));
  }

  callProgram(program: number, index: number, args: readonly number[], own: () => void): void {
    this.#fork({ kind: CALL_PROGRAM, program, index, args }, own);
  }

  /** Compile a module in every worker, under a number. */
  compile(program: number, bytes: Uint8Array): void {
    const ptr = this.#heap.alloc(bytes.length);
    try {
      this.#heap.u8(ptr, bytes.length).set(bytes);
      this.#fork({ kind: COMPILE, program, args: [ptr, bytes.length] }, () => {});
    } finally {
      this.#heap.free(ptr);
    }
  }

  discard(program: number): void {
    if (this.#pool !== undefined) this.#fork({ kind: DISCARD, program }, () => {});
  }

  /** End the workers, if there are any. */
  stop(): void {
    this.#pool?.stop();
    this.#pool = undefined;
    this.#threads = 1;
  }

  #fork(job: Parameters<Pool["run"]>[0], own: () => void): void {
    this.counters.forks++;
    this.#pool!.run(job, own);
  }

  #ready(): boolean {
    if (this.#pool !== undefined) return true;
    try {
      this.#pool = this.#startPool();
      return true;
    } catch (error) {
      this.#threads = 1;
      this.#reasons.push(`One thread runs: ${(error as Error).message}`);
      return false;
    }
  }
}
