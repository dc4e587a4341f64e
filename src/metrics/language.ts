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
