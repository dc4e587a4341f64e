/**
 * Every error of the library, in one place: one exported function per error, so that a bundle carries only the words it
 * can say. The words are in `errors/`, a page per room.
 */
export * from "./errors/cell.js";
export * from "./errors/command-line.js";
export * from "./errors/crf.js";
export * from "./errors/data.js";
export * from "./errors/decode.js";
export * from "./errors/download.js";
export * from "./errors/heap.js";
export {
  HiddenstateError,
  shapeMismatch,
  unknownOption,
  unknownValue,
  invalidValue,
  refusedValue,
} from "./errors/letter.js";
export * from "./errors/metrics.js";
export * from "./errors/nn.js";
export * from "./errors/optim.js";
export * from "./errors/random.js";
export * from "./errors/reading.js";
export * from "./errors/run-folder.js";
export * from "./errors/runtime.js";
export * from "./errors/safetensors.js";
export * from "./errors/stream.js";
export * from "./errors/tasks.js";
export * from "./errors/tensor.js";
export * from "./errors/testing.js";
export * from "./errors/training.js";
