import { contiguousStream } from "../data/index.js";
import { crossEntropy, noGrad, scope, Tensor } from "../tensor/index.js";
import { Breather } from "../train/index.js";
import { CarriedState } from "./carried-state.js";
import type { CharLanguageModel } from "./language-model.js";
import { languageScore, type LanguageScore } from "./language-score.js";

/** Steps per call into the machine: memory, not meaning, as the state is carried. */
const WINDOW = 500;

/**
 * Score a model on a text: one contiguous stream, read once from its first character, state carried; total nats over the
 * N − 1 predicted characters.
 *
 * @param ids the text, N tokens
 * @param signal stops it; the answer is null then
 * @throws E_TEXT_SHORT if N < 2
 */
export async function evaluateLanguage(
  model: CharLanguageModel,
  ids: Int32Array,
  signal?: AbortSignal,
): Promise<LanguageScore | null> {
  const carried = new CarriedState(model.recurrent, 1);
  const breather = new Breather();
  let total = 0;
  try {
    for (const { inputs, targets } of contiguousStream(ids, WINDOW)) {
      await breather.breathe();
      if (signal?.aborted) return null;
      total += scope(() => noGrad(() => windowNats(model, carried, inputs, targets)));
    }
  } finally {
    carried.dispose();
  }
  return languageScore(total, ids.length - 1);
}

/** Summed in float64, in the order of the text. */
function windowNats(model: CharLanguageModel, carried: CarriedState, inputs: Int32Array, targets: Int32Array): number {
  const shape = [inputs.length, 1];
  const { logits, state } = model.forward(Tensor.from(inputs, shape), { state: carried.state });
  carried.take(state);
  const losses = crossEntropy(logits, Tensor.from(targets, shape), { reduction: "none" });
  let sum = 0;
  for (const loss of losses.data()) sum += loss;
  return sum;
}
