import type { BatchSource } from "../data/batch-source.js";
import { noGrad, scope } from "../tensor/index.js";
import type { Objective, Score } from "./events.js";
import type { LossResult } from "./example-trainee.js";
import { Breather } from "./macrotask.js";
import { scoreOf } from "./score.js";

/**
 * Score a model on all batches of a source's epoch 0: losses and metrics weighted by predictions, summed in float64 in the
 * order of the batches.
 *
 * @param measure forward through the model; no gradients are kept
 * @param objective which figure decides (default the loss, lower)
 * @param signal stops it; the answer is null then, and for a source without batches
 */
export async function scoreBatches<Batch>(
  source: BatchSource<Batch>,
  measure: (batch: Batch) => LossResult,
  { objective, signal }: { objective?: Pick<Objective, "name" | "better">; signal?: AbortSignal } = {},
): Promise<Score | null> {
  const breather = new Breather();
  const count = source.count(0);
  let total = 0;
  let predictions = 0;
  const sums: Record<string, number> = {};
  for (let index = 0; index < count; index++) {
    await breather.breathe();
    if (signal?.aborted) return null;
    const batch = source.batch(0, index);
    const result = scope(() =>
      noGrad(() => {
        const { loss, ...rest } = measure(batch);
        return { ...rest, loss: loss.item() };
      }),
    );
    total += result.loss * result.predictions;
    predictions += result.predictions;
    for (const [name, value] of Object.entries(result.metrics ?? {})) {
      sums[name] = (sums[name] ?? 0) + value * result.predictions;
    }
  }
  if (predictions === 0) return null;
  const metrics = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / predictions]));
  return scoreOf(total, predictions, metrics, objective);
}
