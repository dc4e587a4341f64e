/** The machine: one heap, kernel tables, threads, random numbers, float64 functions. */
export { cos, exp, expm1, log, log1p, pow, sigmoid, sin, tanh } from "./float64.js";
export { Heap, type HeapStats } from "./heap.js";
export { bits, deriveKey, Rng, type Key, type RngState } from "./random.js";
export { describeReport, type RuntimeReport } from "./report.js";
export { runtime, Runtime, start, startSync } from "./runtime.js";
export type { ProbedCode, Program } from "./program.js";
export type { Precision, StartOptions } from "./start-options.js";
export type { Counters } from "./team.js";
export * from "./kernels.js";
