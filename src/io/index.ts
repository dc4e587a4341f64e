/** Weights in and out, as bytes: no file system here. */
export { readSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors-read.js";
export { writeSafetensors, type TensorInput } from "./safetensors-write.js";
export type { SafetensorsDType, TensorData } from "./safetensors-dtype.js";
