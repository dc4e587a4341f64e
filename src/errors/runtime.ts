/** Starting the machine: threads, workers, emitted programs. */
import { HiddenstateError, knownText } from "./letter.js";

/** A number of threads that is none. */
export function badThreads(threads: unknown, limit: number): HiddenstateError {
  return new HiddenstateError(
    "E_THREADS",
    `start: threads must be a whole number from 1 to ${limit}, received ${String(threads)}.`,
  );
}

/** An option that does nothing here. */
export function optionNeeds(who: string, option: string, needs: string): HiddenstateError {
  return new HiddenstateError("E_OPTION_NEEDS", `${who}: ${option} needs ${needs}. Leave the option out.`);
}

/** The runtime was started otherwise, and its memory is in use. */
export function runtimeStarted(differences: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_RUNTIME_STARTED",
    `start: the runtime runs already and its memory is in use (${differences.join("; ")}). ` +
      "Call start before the first tensor or parameter is made.",
  );
}

/** Somebody did not await `start`. */
export function runtimeStarting(): HiddenstateError {
  return new HiddenstateError("E_RUNTIME_STARTING", "runtime: start(…) has not finished. Await it first.");
}

/** Threads in a browser, without waiting. */
export function threadsNeedStart(threads: number): HiddenstateError {
  return new HiddenstateError(
    "E_THREADS_NEED_START",
    `startSync: ${threads} threads cannot start while this thread waits, as browsers start workers only in between. Use await start({ threads: ${threads} }).`,
  );
}

/** Workers that do not come up. */
export function workersNotStarted(count: number, why: string): HiddenstateError {
  return new HiddenstateError(
    "E_WORKER_START",
    `${count === 1 ? "the worker" : `the ${count} workers`} could not be started: ${why}.`,
  );
}

/** A worker's share of a job failed. */
export function workerFailed(worker: number, words: string): HiddenstateError {
  return new HiddenstateError(
    "E_WORKER_FAILED",
    `Thread ${worker} failed in its share of a job: ${words}. The job's outputs are incomplete.`,
  );
}

/** A worker that never answers. */
export function workerLost(words: string): HiddenstateError {
  return new HiddenstateError(
    "E_WORKER_LOST",
    `The thread pool is lost: ${words}. Start the program again; with threads: 1 it needs no pool.`,
  );
}

/** Emitted code where there are no wasm kernels to call. */
export function noEmittedCode(): HiddenstateError {
  return new HiddenstateError(
    "E_NO_WASM",
    "Runtime.load: emitted code needs the wasm kernels, and none run here (runtime().report() says why). Use the interpreter.",
  );
}

/** A module that the engine does not take. */
export function programRefused(cause: unknown): HiddenstateError {
  return new HiddenstateError("E_PROGRAM", `Runtime.load: the engine refuses the emitted module: ${String(cause)}.`, {
    cause,
  });
}

/** A section that a program does not have. */
export function unknownSection(section: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_SECTION",
    `Program.run: there is no section "${section}". ${knownText(section, known)}`,
  );
}
