import { exp } from "../runtime/float64.js";

/**
 * Bits per character (or per token): nats / ln 2.
 *
 * @param nats mean cross-entropy in nats
 */
export function bitsPerCharacter(nats: number): number {
  return nats / Math.LN2;
}

/**
 * Perplexity: e^nats, the number of equally likely choices that would be as hard to guess.
 *
 * @param nats mean cross-entropy in nats
 */
export function perplexity(nats: number): number {
  return exp(nats);
}

/** What a model's guesses at a whole text came to. */
export interface LanguageTotals {
  /** Total cross-entropy in nats, over all predictions. */
  readonly nats: number;
  /** Predictions made: tokens of the text that the model had to guess. */
  readonly predictions: number;
  /** Characters that those tokens stand for (default: as many as predictions). */
  readonly characters?: number;
  /** Words that those tokens stand for, for a perplexity that models of other units can be compared by. */
  readonly words?: number;
}

/** Figures of a language model, each over the whole text. */
export interface LanguageFigures {
  /** Nats per prediction. */
  readonly loss: number;
  /** e^(nats / predictions). */
  readonly perplexity: number;
  /** nats / ln 2 / characters: independent of what the model's tokens are. */
  readonly bitsPerCharacter: number;
  /** e^(nats / words); only where words were counted. */
  readonly wordPerplexity?: number;
}

/**
 * Figures of a language model from totals over a whole text: never a mean of means, in which short batches would weigh
 * too much.
 */
export function languageFigures({ nats, predictions, characters, words }: LanguageTotals): LanguageFigures {
  const loss = nats / predictions;
  return {
    loss,
    perplexity: perplexity(loss),
    bitsPerCharacter: bitsPerCharacter(nats / (characters ?? predictions)),
    ...(words === undefined ? {} : { wordPerplexity: perplexity(nats / words) }),
  };
}
