import type { Module } from "../nn/index.js";
import { jsonToBytes, MODEL_FILE, type RunStore, tensorsToBytes } from "../train/index.js";
import type { TaskModel } from "./task.js";

/** A task's model as far as saving and loading need to know it: a network, and documents that say how to read with it. */
export interface TrainedModel<Data = unknown> extends TaskModel<Data> {
  readonly network: Module;
  /** What must be known beside `config` and weights, by file name: plain JSON. */
  documents(): Readonly<Record<string, object>>;
}

/** Write what a model is, without its weights. Errors: `E_RUN_WRITE`. */
export async function saveDocuments(model: TrainedModel, store: RunStore): Promise<void> {
  await store.putDocument("config.json", jsonToBytes(model.config));
  for (const [name, json] of Object.entries(model.documents())) await store.putDocument(name, jsonToBytes(json));
}

/** Save a model as a run of its own, to be read by its task's `load`. Errors: `E_RUN_WRITE`. */
export async function saveModel(model: TrainedModel, store: RunStore): Promise<void> {
  await saveDocuments(model, store);
  const generation = store.next;
  await store.put(generation, MODEL_FILE, tensorsToBytes(model.network.namedParameters()));
  await store.commit(generation);
}
