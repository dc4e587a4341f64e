import { badThreads, optionNeeds, unknownOption, unknownValue } from "../errors.js";
import { MAX_THREADS } from "./control.js";

export type Precision = "strict" | "fast";

/** How the runtime may run; plain data, every field optional. */
export interface StartOptions {
  /**
   * Threads, the calling one included, 1 … 32. Default: the cores, at most 8. In browsers more than one needs
   * `await start(…)` before the first tensor, and a cross-origin isolated page.
   */
  readonly threads?: number;
  /**
   * `"strict"` (default): the same bits on every machine and any number of threads. `"fast"`: permission for matrix
   * products to use fused multiply-add where the engine has it; results differ in the last bits between machines. In browsers it
   * needs `await start(…)`.
   */
  readonly precision?: Precision;
  /** `false`: plain TypeScript kernels on one thread. Default: true. */
  readonly wasm?: boolean;
  /**
   * Browsers: the worker's module file (`dist/runtime/worker.js` of this package), where a policy forbids workers made
   * of text (`worker-src blob:`).
   */
  readonly workerUrl?: string;
}

const KNOWN = ["threads", "precision", "wasm", "workerUrl"] as const;
const PRECISIONS = ["strict", "fast"] as const;

/**
 * Check options at the door; returns a copy without the undefined ones.
 *
 * @throws E_OPTION, E_VALUE, E_THREADS; E_OPTION_NEEDS for options that contradict each other or this host
 */
export function checkStartOptions(options: StartOptions, isNode: boolean): StartOptions {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (!(KNOWN as readonly string[]).includes(name)) throw unknownOption("start", name, KNOWN);
    if (value !== undefined) given[name] = value;
  }
  const { threads, precision, wasm, workerUrl } = given as StartOptions;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) {
    throw badThreads(threads, MAX_THREADS);
  }
  if (precision !== undefined && !PRECISIONS.includes(precision)) {
    throw unknownValue("start", "precision", precision, PRECISIONS);
  }
  if (wasm !== undefined && typeof wasm !== "boolean") throw unknownValue("start", "wasm", wasm, ["true", "false"]);
  if (workerUrl !== undefined && typeof workerUrl !== "string") {
    throw unknownValue("start", "workerUrl", workerUrl, ["a string"]);
  }
  if (wasm === false && threads !== undefined && threads > 1) {
    throw optionNeeds("start", `threads: ${threads}`, "wasm kernels, and wasm is false");
  }
  if (wasm === false && precision === "fast") {
    throw optionNeeds("start", 'precision: "fast"', "wasm kernels, and wasm is false");
  }
  if (workerUrl !== undefined && isNode)
    throw optionNeeds("start", "workerUrl", "a browser; Node starts its own workers");
  return given as StartOptions;
}
