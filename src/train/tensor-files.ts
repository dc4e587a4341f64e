import { checkpointContent, HiddenstateError } from "../errors.js";
import { readSafetensors, type StoredTensor, type TensorInput, writeSafetensors } from "../io/index.js";
import type { Tensor } from "../tensor/index.js";

/** Named tensors as the bytes of a safetensors file. */
export function tensorsToBytes(tensors: Iterable<readonly [string, Tensor]>): Uint8Array<ArrayBuffer> {
  const inputs = Array.from(tensors, ([name, tensor]): [string, TensorInput] => [
    name,
    { shape: [...tensor.shape], data: tensor.data() },
  ]);
  return writeSafetensors(inputs);
}

/**
 * The tensors of a safetensors file that is part of a run.
 *
 * @param file its name, for the error
 * @throws E_RUN_CONTENT for bytes that are no such file
 */
export function readTensors(file: string, bytes: Uint8Array): Map<string, StoredTensor> {
  try {
    return readSafetensors(bytes).tensors;
  } catch (error) {
    if (error instanceof HiddenstateError) throw checkpointContent(file, `cannot be read (${error.message})`);
    throw error;
  }
}

/**
 * The plain JSON object in a file of a run.
 *
 * @throws E_RUN_CONTENT for bytes that are none
 */
export function readJsonObject(file: string, bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice()));
  } catch {
    json = null;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw checkpointContent(file, "is not a JSON object");
  }
  return json as Record<string, unknown>;
}

/** Plain JSON as the bytes of a file. */
export function jsonToBytes(json: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}
