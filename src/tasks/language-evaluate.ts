import { contiguousStream } from "../data/index.js";
import { exp, log } from "../runtime/index.js";
import { crossEntropy, noGrad, scope, Tensor } from "../tensor/index.js";
import { Breather } from "../train/index.js";
import { CarriedState } from "./carried-state.js";
import { ContinuousCache, type ContinuousCacheOptions } from "./language-cache.js";
import { DynamicEvaluation, type DynamicOptions } from "./language-dynamic.js";
import type { LanguageNetwork } from "./language-network.js";
import { languageScore, type LanguageScore } from "./language-score.js";
import type { ReadText } from "./language-text.js";

/** Steps per call into the machine: memory, not meaning, as the state is carried. */
const WINDOW = 500;
/** Scores of that many tokens are held at a time. */
const SCORES = 2_000_000;
/** Fewest predictions of a piece: what stands closer together is not independent. */
const PIECE = 100;
/** Most pieces of a text. */
const PIECES = 2000;

/** How a text is scored. */
export interface LanguageEvaluateOptions {
  /** Stops it; the answer is null then. */
  readonly signal?: AbortSignal;
  /** Learn from what has been scored; default not. */
  readonly dynamic?: DynamicOptions;
  /** Remember what has been scored; default not. */
  readonly cache?: ContinuousCacheOptions;
}

/** A piece of a text, scored. */
export interface ScoredPiece {
  /** Summed cross-entropy. */
  readonly nats: number;
  readonly predictions: number;
  /** Characters that its tokens stand for; null where they do not say what the text says. */
  readonly characters: number | null;
}

/** A score, and what it is the sum of: pieces of the text, of 100 predictions each or, in long texts, of more. */
export interface LanguageReading {
  readonly score: LanguageScore;
  readonly pieces: readonly ScoredPiece[];
}

/**
 * Score a model on a text: one contiguous stream, read once from its first token, state carried; total nats over the N − 1
 * predicted tokens.
 *
 * @param text N tokens
 * @throws E_TEXT_SHORT if N < 2; E_VALUE
 */
export async function evaluateLanguage(
  model: LanguageNetwork,
  text: ReadText,
  { signal, dynamic, cache }: LanguageEvaluateOptions = {},
): Promise<LanguageReading | null> {
  const { ids } = text;
  const memory = cache === undefined ? null : new ContinuousCache(cache);
  const learning = dynamic === undefined ? null : new DynamicEvaluation(model.parameters(), dynamic);
  const carried = new CarriedState(model.recurrent, 1);
  const breather = new Breather();
  const vocabulary = model.output.weight.shape[0];
  const window = learning?.window ?? Math.max(1, Math.min(WINDOW, Math.floor(SCORES / vocabulary)));
  const piece = Math.max(PIECE, Math.ceil((ids.length - 1) / PIECES));
  const nats = new Float64Array(Math.ceil(Math.max(0, ids.length - 1) / piece));
  let total = 0;
  try {
    for (const { inputs, targets, start } of contiguousStream(ids, window)) {
      await breather.breathe();
      if (signal?.aborted) return null;
      const add = (loss: number, t: number): void => void (nats[Math.floor((start + t) / piece)] += loss);
      const score = (): number => windowNats(model, carried, memory, { inputs, targets, add }, learning !== null);
      total += scope(() => (learning === null ? noGrad(score) : score()));
      learning?.update();
    }
  } finally {
    carried.dispose();
    learning?.end();
  }
  const pieces = Array.from(nats, (sum, i) => {
    const [from, to] = [1 + i * piece, Math.min(1 + (i + 1) * piece, ids.length)];
    return { nats: sum, predictions: to - from, characters: text.characters(from, to) };
  });
  return { score: languageScore(total, ids.length - 1, text.characters(1, ids.length)), pieces };
}

/** Tokens to score, and whom to tell the loss of each. */
interface WindowToScore {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly add: (loss: number, t: number) => void;
}

/** Summed in float64, in the order of the text; with `learns` its gradient is left in the parameters. */
function windowNats(
  model: LanguageNetwork,
  carried: CarriedState,
  memory: ContinuousCache | null,
  { inputs, targets, add }: WindowToScore,
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
      add(loss, t);
      continue;
    }
    const now = features.data().slice(t * width, (t + 1) * width) as Float32Array;
    const mixed = log(memory.mix(exp(-loss), now, targets[t]));
    sum -= mixed;
    add(-mixed, t);
    memory.add(now, targets[t]);
  }
  if (learns) losses.sum().backward();
  return sum;
}
