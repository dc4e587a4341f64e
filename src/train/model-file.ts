import type { Module } from "../nn/index.js";
import { readTensors } from "./tensor-files.js";

/** The file of a checkpoint that holds the weights, as they are to be used. */
export const MODEL_FILE = "model.safetensors";

/**
 * Give a module the parameters of a `model.safetensors`.
 *
 * @throws E_RUN_CONTENT for bytes that are no such file; E_STATE_DICT for those of another model
 */
export function readParameters(module: Module, bytes: Uint8Array): void {
  const stored = readTensors(MODEL_FILE, bytes);
  module.loadStateDict(Object.fromEntries([...stored].map(([name, { data }]) => [name, data as Float32Array])));
}
