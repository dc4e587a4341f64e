import { checkpointContent, checkpointVersion, trainingDiverged } from "../errors.js";
import { runtime } from "../runtime/index.js";
import type { Optimizer, OptimizerState } from "../optim/index.js";
import type { Score } from "./events.js";
import type { RunReader, RunStore } from "./run-store.js";
import { jsonToBytes, readJsonObject, readTensors } from "./tensor-files.js";
import type { Trainee } from "./trainee.js";
import { writeSafetensors } from "../io/index.js";

/** What training asks of an optimizer. */
export type Updates = Pick<Optimizer<{ readonly lr: number }>, "lr" | "step" | "zeroGrad" | "state" | "load">;

/** Where a training is, apart from weights and moments. */
export interface Progress {
  /** Steps done. */
  step: number;
  /** Seconds trained, before a resume too. */
  seconds: number;
  /** Last evaluation and its step. */
  valid: { readonly step: number; readonly score: Score } | null;
  /** The objective's best value of any evaluation. */
  best: number | null;
  /** Kernels that computed it, as `report()` names them. */
  kernels: string;
  /** What the log says about this step. */
  lines: readonly Readonly<Record<string, unknown>>[];
}

const STATE_FILE = "state.json";
/** Version of what stands in it; 1 knew the scores of language models only. */
const VERSION = 2;
const OPTIMIZER_FILE = "optimizer.safetensors";

/** A training that has not begun. */
export function freshProgress(): Progress {
  return { step: 0, seconds: 0, valid: null, best: null, kernels: runtime().report().kernels, lines: [] };
}

/**
 * Write a checkpoint and make it the run's; returns its generation.
 *
 * @throws E_RUN_WRITE, and the checkpoint before stays; E_DIVERGED rather than save a weight that is not finite
 */
export async function saveCheckpoint(
  store: RunStore,
  trainee: Trainee,
  optimizer: Updates,
  progress: Progress,
): Promise<number> {
  for (const { ptr, size, dtype } of trainee.parameters) {
    const squares = runtime()
      .kernels(dtype === "f64" ? "f64" : "f32")
      .sumSquares(ptr, size);
    if (!Number.isFinite(squares)) throw trainingDiverged("weights", squares, progress.step, null);
  }
  const { files, state } = trainee.save();
  const { arrays, scalars } = optimizer.state();
  const generation = store.next;
  for (const [name, bytes] of files) await store.put(generation, name, bytes);
  await store.put(generation, OPTIMIZER_FILE, writeSafetensors(arrays));
  const json = { format: "hiddenstate.state", version: VERSION, ...progress, optimizer: scalars, trainee: state };
  await store.put(generation, STATE_FILE, jsonToBytes(json));
  await store.commit(generation);
  return generation;
}

/**
 * Bring a trainee and its optimizer to where the run's checkpoint was.
 *
 * @throws E_RUN_VERSION for a training that another version began; E_RUN_CONTENT for files that this program did not write;
 *   what `RunReader.read` throws
 */
export async function restoreCheckpoint(store: RunReader, trainee: Trainee, optimizer: Updates): Promise<Progress> {
  const json = readJsonObject(STATE_FILE, await store.read(STATE_FILE));
  const { format, version, step, seconds, valid, best, kernels, lines, optimizer: scalars, trainee: state } = json;
  if (format === "hiddenstate.state" && version !== VERSION) throw checkpointVersion(version, VERSION);
  const whole = Number.isSafeInteger(step) && (step as number) >= 0 && typeof seconds === "number";
  const sound = format === "hiddenstate.state" && whole && Array.isArray(lines);
  if (!sound || typeof state !== "object" || state === null) {
    throw checkpointContent(STATE_FILE, "is not the state of a training");
  }
  const arrays = readTensors(OPTIMIZER_FILE, await store.read(OPTIMIZER_FILE)) as unknown as OptimizerState["arrays"];
  optimizer.load({ arrays, scalars: scalars as OptimizerState["scalars"] });
  await trainee.restore((name) => store.read(name), state as Record<string, unknown>);
  return { step, seconds, valid: valid ?? null, best: best ?? null, kernels, lines } as Progress;
}
