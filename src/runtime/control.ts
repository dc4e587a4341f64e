/**
 * The control block: how the main thread and its workers talk, in the reserved bottom of the shared heap.
 *
 * Words that different threads write stand 64 bytes apart. The main thread fills the job, then raises `GENERATION`; every
 * worker does its share and raises `DONE`. Everything else in the heap is published by those two.
 */
const CONTROL = 1024;

/** Int32 word: number of the job; workers wait for it to change. */
export const GENERATION = CONTROL / 4;
/** Int32 word: workers that finished the job. */
export const DONE = GENERATION + 16;
/** Int32 word: workers that are up and listening. */
export const READY = GENERATION + 32;
/** Int32 word: 1 + the worker whose share failed, 0 if none; its words stand in its message area. */
export const FAILED = GENERATION + 48;

/** Int32 words of the job itself. */
export const KIND = GENERATION + 64;
export const WORKERS = GENERATION + 65;
export const PROGRAM = GENERATION + 66;
/** Place of the function among the module's exports. */
export const FUNCTION = GENERATION + 67;
export const ARGUMENTS = GENERATION + 68;
/** Float64 index of the first argument; addresses and sizes are exact in float64. */
export const ARGUMENT_AT = (CONTROL + 512) / 8;
export const MAX_ARGUMENTS = 32;

/** Kinds of job. */
export const STOP = 0;
export const CALL_KERNEL = 1;
export const CALL_PROGRAM = 2;
/** Arguments: address and length of the module's bytes. */
export const COMPILE = 3;
export const DISCARD = 4;

/** Threads at most, the main one included. */
export const MAX_THREADS = 32;

/** Where worker w writes what went wrong: a length, then UTF-16 units, as Uint16. */
export const MESSAGE_BYTES = 1024;
export function messageAt(worker: number): number {
  return 4096 + worker * MESSAGE_BYTES;
}

/** What a worker gets when it starts. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  readonly kernels: WebAssembly.Module;
  /** 1 … threads − 1; the main thread is 0. */
  readonly worker: number;
}

/** How long a thread looks for work or for an end before it sleeps, in milliseconds: a sleeper wakes in 30–100 µs. */
export const SPIN_MS = 0.04;

/** Look at `words[index]` until it differs from `seen` or the spin time is over. */
export function spinWhile(words: Int32Array, index: number, seen: number): boolean {
  const end = performance.now() + SPIN_MS;
  do {
    for (let i = 0; i < 256; i++) if (Atomics.load(words, index) !== seen) return true;
  } while (performance.now() < end);
  return false;
}
