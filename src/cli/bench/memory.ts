/** What a training step takes of the heap: reckoned from plans and sizes, and seen. */
import { widthsOf } from "../../cell/define.js";
import { predictedBytes } from "../../cell/memory.js";
import { packedSize, runtime } from "../../runtime/index.js";
import { BENCH_CELLS } from "./custom-cells.js";
import { outputRows, outputWidth, SequenceModel } from "./models.js";
import type { Workload } from "./workloads.js";

/** A float32 or an int32. */
const WORD = 4;

/**
 * Bytes that a workload's training step should take, about. A layer that sees the same few rows many times takes less, which
 * plans do not know (gru-small 14 %); a tagger takes 4 % more.
 *
 * From step to step: parameters, their gradients (of an embedding the rows that occur), two moments each, and the batch.
 * Within a step: what every layer's plan asks for, rows of the embedding, logits and their gradient. A backward pass lets
 * go of nothing before its end, so these add up.
 */
export function predictedPeak(workload: Workload): number {
  const { B, H, L, V = 0, emb, input, bidirectional = false } = workload;
  const steps = workload.T!;
  const rows = steps * B;
  const directions = bidirectional ? 2 : 1;
  const cell = BENCH_CELLS[workload.cell];
  const width = outputWidth(workload);
  const seen = outputRows(workload);

  const model = new SequenceModel(workload, "f32");
  const parameters = model.parameterCount;
  const table = emb === undefined ? 0 : V * emb;
  const occurring = emb === undefined ? 0 : Math.min(V, rows) * emb;
  const moments = 3 * parameters;
  // Those of the recurrent layers are among their plans' bytes.
  const gradients = parameters - table + occurring - model.rnn.parameterCount;
  const batch = rows * (input ?? 1) + seen;
  let words = moments + gradients + batch;

  let features = emb ?? input!;
  if (emb !== undefined) words += rows * emb;
  let layers = 0;
  for (let layer = 0; layer < L; layer++) {
    const dims = widthsOf(cell, { input: features, hidden: H });
    const inputGradient = layer > 0 || emb !== undefined;
    layers += directions * predictedBytes(cell, { batch: B, steps, dims, inputGradient }).peak;
    const output = dims[cell.outputDim];
    // Sequences are turned around for the second direction, its outputs back again, and both are joined; gradients too.
    if (bidirectional) words += rows * ((inputGradient ? 2 : 1) * features + 2 * output + 2 * directions * output);
    features = directions * output;
  }
  // Where only the last step is looked at, its gradient is spread over all steps.
  const chosen = seen < rows ? 2 * seen * features + rows * features : seen * features;
  // Scores, their gradient, a loss for each row, and the packed weights, of which one of the two directions is there. The
  // gradients of weights go where they stay.
  const head = 2 * seen * width + seen + chosen + packedSize(width, features);
  return layers + WORD * (words + head);
}

/** Watches what one workload takes of the heap. */
export class MemoryWatch {
  readonly #before = runtime().heap.stats().persistentBytes;

  constructor() {
    runtime().heap.arena.restartPeak();
  }

  /** Bytes that are in use now and stay, and the most that steps had in use beside them. */
  get peak(): number {
    const { heap } = runtime();
    return heap.stats().persistentBytes - this.#before + heap.arena.peakBytes;
  }
}
