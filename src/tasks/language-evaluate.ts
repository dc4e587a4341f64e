import { contiguousStream } from "../data/index.js";
import { exp, log } from "../runtime/index.js";
import { crossEntropy, noGrad, scope, Tensor } from "../tensor/index.js";
import { Breather } from "../train/index.js";
import { CarriedState } from "./carried-state.js";
import { ContinuousCache, type ContinuousCacheOptions } from "./language-cache.js";
import { DynamicEvaluation, type DynamicOptions } from "./language-dynamic.js";
import type { LanguageNetwork } from "./language-network.js";
import { languageScore, type LanguageScore } from "./language-score.js";

/** Steps per call into the machine: memory, not meaning, as the state is carried. */
const WINDOW = 500;
/** Scores of that many tokens are held at a time. */
const SCORES = 2_000_000;

/** How a text is scored. */
export interface LanguageEvaluateOptions {
  /** Stops it; the answer is null then. */
  readonly signal?: AbortSignal;
  /** Characters that the predicted tokens stand for; default as many as there are tokens. */
  readonly characters?: number;
  /** Learn from what has been scored; default not. */
  readonly dynamic?: DynamicOptions;
  /** Remember what has been scored; default not. */
  readonly cache?: ContinuousCacheOptions;
}

/**
 * Score a model on a text: one contiguous stream, read once from its first token, state carried; total nats over the N − 1
 * predicted tokens.
 *
 * @param ids the text, N tokens
 * @throws E_TEXT_SHORT if N < 2; E_VALUE
 */
export async function evaluateLanguage(
  model: LanguageNetwork,
  ids: Int32Array,
  { signal, characters, dynamic, cache }: LanguageEvaluateOptions = {},
): Promise<LanguageScore | null> {
  const memory = cache === undefined ? null : new ContinuousCache(cache);
  const learning = dynamic === undefined ? null : new DynamicEvaluation(model.parameters(), dynamic);
  const carried = new CarriedState(model.recurrent, 1);
  const breather = new Breather();
  const vocabulary = model.output.weight.shape[0];
  const window = learning?.window ?? Math.max(1, Math.min(WINDOW, Math.floor(SCORES / vocabulary)));
  let total = 0;
  try {
    for (const { inputs, targets } of contiguousStream(ids, window)) {
      await breather.breathe();
      if (signal?.aborted) return null;
      const score = (): number => windowNats(model, carried, memory, inputs, targets, learning !== null);
      total += scope(() => (learning === null ? noGrad(score) : score()));
      learning?.update();
    }
  } finally {
    carried.dispose();
    learning?.end();
  }
  return languageScore(total, ids.length - 1, characters);
}

/** Summed in float64, in the order of the text; with `learns` its gradient is left in the parameters. */
function windowNats(
  model: LanguageNetwork,
  carried: CarriedState,
  memory: ContinuousCache | null,
  inputs: Int32Array,
  targets: Int32Array,
  learns: boolean,
): number {
  const shape = [inputs.length, 1];
  const { logits, features, state } = model.forward(Tensor.from(inputs, shape), { state: carried.state });
  carried.take(state);
  const losses = crossEntropy(logits, Tensor.from(targets, shape), { reduction: "none" });
  const width = features.shape[2];
  let sum = 0;
  for (const [t, loss] of losses.data().entries()) {
    if (memory === null) {
      sum += loss;
      continue;
    }
    const now = features.data().slice(t * width, (t + 1) * width) as Float32Array;
    sum -= log(memory.mix(exp(-loss), now, targets[t]));
    memory.add(now, targets[t]);
  }
  if (learns) losses.sum().backward();
  return sum;
}
