import type { Breather } from "./macrotask.js";
import type { StepResult, Trainee } from "./trainee.js";

/**
 * The gradients of one step: those of a batch's mean loss, or for k > 1 those of the summed loss of up to k batches, never
 * more than their pass over the data has left. What it measures is the mean over all their predictions.
 *
 * @param k batches of a step
 * @param look at the loss of each batch; may throw
 */
export async function gather(
  trainee: Trainee,
  k: number,
  breather: Breather,
  look: (loss: number) => void,
): Promise<StepResult> {
  let predictions = 0;
  let total = 0;
  const sums: Record<string, number> = {};
  for (let taken = 1; ; taken++) {
    const result = trainee.compute(k > 1);
    look(result.loss);
    if (k === 1) return result;
    predictions += result.predictions;
    total += result.loss * result.predictions;
    for (const [name, value] of Object.entries(result.metrics ?? {})) {
      sums[name] = (sums[name] ?? 0) + value * result.predictions;
    }
    if (taken === k || trainee.position.index === 0) break;
    await breather.breathe();
  }
  const metrics = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / predictions]));
  return { loss: total / predictions, predictions, metrics };
}
