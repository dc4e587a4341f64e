/** Generated problems that ask for memory: each seeded, with the score of who remembers nothing. */
export { ADDING_BASELINE, addingProblem, type AddingBatch } from "./adding.js";
export { type CopyBatch, copyBaseline, copyMemory, type CopyOptions } from "./copy-memory.js";
export { type CountingBatch, countingStrings } from "./counting.js";
export { parity, type ParityBatch } from "./parity.js";
