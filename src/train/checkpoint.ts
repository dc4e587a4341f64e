import { checkpointContent, checkpointVersion, trainingDiverged } from "../errors.js";
import { runtime } from "../runtime/index.js";
import type { Optimizer, OptimizerState } from "../optim/index.js";
import { diagnose } from "./diagnosis.js";
import type { Score } from "./events.js";
import type { RunReader, RunStore } from "./run-store.js";
import { NO_STANDING, type Standing } from "./standing.js";
import { jsonToBytes, readJsonObject, readTensors, tensorsToBytes } from "./tensor-files.js";
import type { Trainee } from "./trainee.js";
import { writeSafetensors } from "../io/index.js";

/** What training asks of an optimizer. */
export type Updates = Pick<
  Optimizer<{ readonly lr: number }>,
  "lr" | "step" | "zeroGrad" | "state" | "load" | "observe" | "averaging" | "swapAverages"
>;

/** Where a training is, apart from weights and moments. */
export interface Progress {
  /** Steps done. */
  step: number;
  /** Seconds trained, before a resume too. */
  seconds: number;
  /** Last evaluation and its step. */
  valid: { readonly step: number; readonly score: Score } | null;
  /** Best evaluation, and how long it has been. */
  standing: Standing;
  /** What a schedule that follows evaluations remembers. */
  schedule: Readonly<Record<string, number | null>> | null;
  /** Kernels that computed it, as `report()` names them. */
  kernels: string;
  /** What the log says about this step. */
  lines: readonly Readonly<Record<string, unknown>>[];
}

const STATE_FILE = "state.json";
/** Version of what stands in it; 1 knew the scores of language models only. */
const VERSION = 2;
const OPTIMIZER_FILE = "optimizer.safetensors";
/** The weights that training goes on with, where the model is their average. */
const RAW_FILE = "raw.safetensors";

/** A training that has not begun. */
export function freshProgress(): Progress {
  const { kernels } = runtime().report();
  return { step: 0, seconds: 0, valid: null, standing: NO_STANDING, schedule: null, kernels, lines: [] };
}

/**
 * Do something with the weights as they are to be used: their average, where the optimizer keeps one.
 */
export async function withModelWeights<Result>(
  optimizer: Updates,
  action: () => Promise<Result> | Result,
): Promise<Result> {
  if (!optimizer.averaging) return action();
  optimizer.swapAverages();
  try {
    return await action();
  } finally {
    optimizer.swapAverages();
  }
}

/**
 * Write a checkpoint and make it the run's; returns its generation.
 *
 * @param best whether it is the best so far
 * @param kept step of the checkpoint before, for an error; null if there is none
 * @throws E_RUN_WRITE, and the checkpoint before stays; E_DIVERGED rather than save a weight that is not finite
 */
export async function saveCheckpoint(
  store: RunStore,
  trainee: Trainee,
  optimizer: Updates,
  progress: Progress,
  best: boolean,
  kept: number | null,
): Promise<number> {
  for (const { ptr, size, dtype } of trainee.parameters) {
    const squares = runtime()
      .kernels(dtype === "f64" ? "f64" : "f32")
      .sumSquares(ptr, size);
    if (!Number.isFinite(squares)) {
      throw trainingDiverged("weights", squares, progress.step, kept, diagnose(trainee, [], optimizer.lr));
    }
  }
  const { arrays, scalars } = optimizer.state();
  const raw = optimizer.averaging ? tensorsToBytes(numbered(trainee)) : null;
  const { files, state } = await withModelWeights(optimizer, () => trainee.save());
  const generation = store.next;
  for (const [name, bytes] of files) await store.put(generation, name, bytes);
  if (raw !== null) await store.put(generation, RAW_FILE, raw);
  await store.put(generation, OPTIMIZER_FILE, writeSafetensors(arrays));
  const json = { format: "hiddenstate.state", version: VERSION, ...progress, optimizer: scalars, trainee: state };
  await store.put(generation, STATE_FILE, jsonToBytes(json));
  await store.commit(generation, { best });
  return generation;
}

function numbered({ parameters }: Trainee): (readonly [string, Trainee["parameters"][number]])[] {
  return parameters.map((parameter, i) => [String(i), parameter]);
}

/**
 * Bring a trainee and its optimizer to where the run's checkpoint was.
 *
 * @throws E_RUN_VERSION for a training that another version began; E_RUN_CONTENT for files that this program did not write;
 *   what `RunReader.read` throws
 */
export async function restoreCheckpoint(store: RunReader, trainee: Trainee, optimizer: Updates): Promise<Progress> {
  const json = readJsonObject(STATE_FILE, await store.read(STATE_FILE));
  const { format, version, optimizer: scalars, trainee: state, ...rest } = json;
  if (format === "hiddenstate.state" && version !== VERSION) throw checkpointVersion(version, VERSION);
  const { step, seconds, valid, standing, schedule, kernels, lines } = rest as unknown as Progress;
  const whole = Number.isSafeInteger(step) && step >= 0 && typeof seconds === "number";
  const sound = format === "hiddenstate.state" && whole && Array.isArray(lines) && typeof standing === "object";
  if (!sound || typeof state !== "object" || state === null) {
    throw checkpointContent(STATE_FILE, "is not the state of a training");
  }
  const arrays = readTensors(OPTIMIZER_FILE, await store.read(OPTIMIZER_FILE)) as unknown as OptimizerState["arrays"];
  optimizer.load({ arrays, scalars: scalars as OptimizerState["scalars"] });
  await trainee.restore((name) => store.read(name), state as Record<string, unknown>);
  if (optimizer.averaging) {
    const raw = readTensors(RAW_FILE, await store.read(RAW_FILE));
    for (const [name, parameter] of numbered(trainee)) {
      const { data } = raw.get(name) ?? {};
      if (data?.length !== parameter.size) throw checkpointContent(RAW_FILE, `has no weights for parameter ${name}`);
      parameter.set(data as Float32Array);
    }
  }
  return {
    step,
    seconds,
    valid: valid ?? null,
    standing: standing ?? NO_STANDING,
    schedule: schedule ?? null,
    kernels,
    lines,
  };
}
