import { invalidValue } from "../errors.js";
import { repeatingTokens } from "./repeated-ngrams.js";

/** What makes a token that was written before less likely; where nothing is set nothing changes. */
export interface RepetitionControl {
  /**
   * Logits of tokens that were written are divided by it where positive, multiplied where negative (default 1: not). 1.2 is
   * what its authors use. Keskar et al. 2019.
   */
  readonly repetitionPenalty?: number;
  /** Taken off a logit for each time its token was written (default 0). */
  readonly frequencyPenalty?: number;
  /** Taken off a logit once, if its token was written (default 0). */
  readonly presencePenalty?: number;
  /** How many of the last tokens the three penalties see (default: all). */
  readonly penaltyWindow?: number;
  /** No run of this many tokens comes twice (default 0: any may). */
  readonly noRepeat?: number;
  /** Tokens that are never written (default none). */
  readonly banned?: readonly number[];
}

/** Penalties in the order of `RepetitionControl`. */
export type RepetitionSettings = Required<RepetitionControl>;

/**
 * Change logits by what was written before.
 *
 * @param logits V numbers, changed
 * @param written tokens so far, prompt included
 * @param counts V zeros, which are zeros again afterwards
 */
export function controlRepetition(
  logits: Float64Array,
  written: ArrayLike<number>,
  settings: RepetitionSettings,
  counts: Int32Array,
): void {
  const { repetitionPenalty, frequencyPenalty, presencePenalty, penaltyWindow, noRepeat, banned } = settings;
  const from = Math.max(0, written.length - penaltyWindow);
  for (let i = from; i < written.length; i++) counts[written[i]]++;
  for (let i = from; i < written.length; i++) {
    const token = written[i];
    if (counts[token] === 0) continue;
    const value = logits[token];
    const scaled = value > 0 ? value / repetitionPenalty : value * repetitionPenalty;
    logits[token] = scaled - frequencyPenalty * counts[token] - presencePenalty;
    counts[token] = 0;
  }
  if (noRepeat > 0) for (const token of repeatingTokens(written, noRepeat)) logits[token] = -Infinity;
  for (const token of banned) logits[token] = -Infinity;
}

/** Check the options of a sampler; null where none of them does anything. */
export function repetitionSettings(options: RepetitionControl): RepetitionSettings | null {
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0 } = options;
  const { penaltyWindow = Infinity, noRepeat = 0, banned = [] } = options;
  if (!(repetitionPenalty > 0 && repetitionPenalty < Infinity)) {
    throw invalidValue("Sampler", "repetitionPenalty", "a number above 0", repetitionPenalty);
  }
  for (const [name, value] of Object.entries({ frequencyPenalty, presencePenalty })) {
    if (!Number.isFinite(value)) throw invalidValue("Sampler", name, "a number", value);
  }
  if (penaltyWindow !== Infinity && !(Number.isSafeInteger(penaltyWindow) && penaltyWindow > 0)) {
    throw invalidValue("Sampler", "penaltyWindow", "a positive integer", penaltyWindow);
  }
  if (!(Number.isSafeInteger(noRepeat) && noRepeat >= 0)) {
    throw invalidValue("Sampler", "noRepeat", "an integer from 0", noRepeat);
  }
  const idle = repetitionPenalty === 1 && frequencyPenalty === 0 && presencePenalty === 0;
  if (idle && noRepeat === 0 && banned.length === 0) return null;
  return { repetitionPenalty, frequencyPenalty, presencePenalty, penaltyWindow, noRepeat, banned };
}
