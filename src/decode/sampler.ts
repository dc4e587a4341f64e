import { invalidValue, logitsInvalid, unknownOption } from "../errors.js";
import { exp } from "../runtime/float64.js";
import type { Rng } from "../runtime/random.js";
import { nucleus, topRanked } from "./filters.js";
import {
  controlRepetition,
  type RepetitionControl,
  type RepetitionSettings,
  repetitionSettings,
} from "./repetition.js";

/** Unnormalised log-probabilities of V choices. */
export type Logits = Float32Array | Float64Array;

/** How to choose: what was written before changes the logits, then the filters act in this order. */
export interface SamplerOptions extends RepetitionControl {
  /** Logits are divided by it: below 1 bolder, above 1 more varied; 0 takes the best choice (default 1). */
  readonly temperature?: number;
  /** Keep the K best choices (default: all). */
  readonly topK?: number;
  /** Keep the fewest best choices whose probabilities reach P together, 0 < P ≤ 1 (default 1: all). */
  readonly topP?: number;
  /** Keep the choices at least P times as probable as the best one, 0 ≤ P ≤ 1 (default 0: all). Nguyen et al. 2024. */
  readonly minP?: number;
}

/** What there is to say of the drawing. */
export const SAMPLER_OPTIONS: readonly string[] = [
  "temperature",
  "topK",
  "topP",
  "minP",
  "repetitionPenalty",
  "frequencyPenalty",
  "presencePenalty",
  "penaltyWindow",
  "noRepeat",
  "banned",
];

/**
 * Draws a choice from logits: p ∝ exp(logit / temperature), of the choices that top-k, then top-p, then min-p keep.
 *
 * Deterministic: equal logits rank by lower id, sums run in order of ids, and one draw takes one `rng.uniform()` (none at
 * temperature 0). A logit of −Infinity is never chosen.
 *
 * @example
 * const sampler = new Sampler({ temperature: 0.8, topK: 40 });
 * const id = sampler.draw(logits, rng);
 */
export class Sampler {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  /** Null where nothing depends on what was written. */
  readonly #repetition: RepetitionSettings | null;
  /** Weight of every choice, 0 for those filtered out; kept between draws so that a stream allocates nothing. */
  #weights = new Float64Array(0);
  #adjusted = new Float64Array(0);
  #counts = new Int32Array(0);

  /** @throws E_VALUE for a value outside its range, E_OPTION for an option that does not exist */
  constructor(options: SamplerOptions = {}) {
    for (const option of Object.keys(options)) {
      if (!SAMPLER_OPTIONS.includes(option)) throw unknownOption("Sampler", option, SAMPLER_OPTIONS);
    }
    const { temperature = 1, topK = Infinity, topP = 1, minP = 0 } = options;
    if (!(temperature >= 0 && temperature < Infinity)) {
      throw invalidValue("Sampler", "temperature", "a number from 0", temperature);
    }
    if (topK !== Infinity && !(Number.isSafeInteger(topK) && topK > 0)) {
      throw invalidValue("Sampler", "topK", "a positive integer", topK);
    }
    if (!(topP > 0 && topP <= 1)) throw invalidValue("Sampler", "topP", "a number above 0 and up to 1", topP);
    if (!(minP >= 0 && minP <= 1)) throw invalidValue("Sampler", "minP", "a number from 0 to 1", minP);
    this.temperature = temperature;
    this.topK = topK;
    this.topP = topP;
    this.minP = minP;
    this.#repetition = repetitionSettings(options);
  }

  /** Whether choices depend on what was written, so that `draw` needs it. */
  get remembers(): boolean {
    return this.#repetition !== null;
  }

  /**
   * An id from 0 to V−1.
   *
   * @param logits V scores; not changed
   * @param rng source of the draw; may be left out at temperature 0
   * @param written tokens so far, prompt included, for the options that look at them (default: none)
   * @throws E_LOGITS for no scores, NaN, +Infinity, or nothing but −Infinity
   */
  draw(logits: Logits, rng?: Rng, written: ArrayLike<number> = []): number {
    const scores = this.#control(logits, written);
    const best = argmax(scores);
    if (this.temperature === 0) return best;
    if (rng === undefined) throw invalidValue("Sampler.draw", "rng", "an Rng at temperatures above 0", rng);
    const weights = this.#weigh(scores, scores[best]);
    const total = sum(weights);
    const target = rng.uniform() * total;
    let reached = 0;
    let choice = best;
    for (let id = 0; id < weights.length; id++) {
      if (weights[id] === 0) continue;
      choice = id;
      reached += weights[id];
      if (target < reached) break;
    }
    return choice;
  }

  /**
   * The probabilities that `draw` chooses with, for V choices; valid until the next call.
   *
   * @throws E_LOGITS as `draw` does
   */
  probabilities(logits: Logits, written: ArrayLike<number> = []): Float64Array {
    const scores = this.#control(logits, written);
    const best = argmax(scores);
    if (this.temperature === 0)
      return this.#resize(scores.length)
        .fill(0)
        .fill(1, best, best + 1);
    const weights = this.#weigh(scores, scores[best]);
    const total = sum(weights);
    for (let id = 0; id < weights.length; id++) weights[id] /= total;
    return weights;
  }

  #weigh(logits: Logits, highest: number): Float64Array {
    const weights = this.#resize(logits.length);
    for (let id = 0; id < weights.length; id++) weights[id] = exp((logits[id] - highest) / this.temperature);
    if (this.topK < weights.length || this.topP < 1) {
      const ranked = topRanked(logits, this.topK);
      const kept = this.topP === 1 ? ranked.length : nucleus(weights, ranked, this.topP);
      keepOnly(weights, ranked.subarray(0, kept));
    }
    // The best choice has weight 1, before and after the other filters.
    if (this.minP > 0) for (let id = 0; id < weights.length; id++) if (weights[id] < this.minP) weights[id] = 0;
    return weights;
  }

  #control(logits: Logits, written: ArrayLike<number>): Logits {
    if (this.#repetition === null) return logits;
    if (this.#adjusted.length !== logits.length) {
      this.#adjusted = new Float64Array(logits.length);
      this.#counts = new Int32Array(logits.length);
    }
    this.#adjusted.set(logits);
    controlRepetition(this.#adjusted, written, this.#repetition, this.#counts);
    return this.#adjusted;
  }

  #resize(size: number): Float64Array {
    if (this.#weights.length !== size) this.#weights = new Float64Array(size);
    return this.#weights;
  }
}

/**
 * The id of the highest logit, the lowest id among equals.
 *
 * @throws E_LOGITS for no scores, NaN, +Infinity, or nothing but −Infinity
 */
export function argmax(logits: Logits): number {
  if (logits.length === 0) throw logitsInvalid("empty", 0);
  let best = 0;
  for (let id = 0; id < logits.length; id++) {
    const value = logits[id];
    if (Number.isNaN(value)) throw logitsInvalid("nan", id);
    if (value === Infinity) throw logitsInvalid("infinite", id);
    if (value > logits[best]) best = id;
  }
  if (logits[best] === -Infinity) throw logitsInvalid("banned", 0);
  return best;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function keepOnly(weights: Float64Array, ids: Int32Array): void {
  const values = Array.from(ids, (id) => weights[id]);
  weights.fill(0);
  for (const [place, id] of ids.entries()) weights[id] = values[place];
}
