import { bitsPerCharacter, perplexity } from "../metrics/index.js";
import { type Score, scoreOf } from "../train/index.js";

/** The figures of a language model's score: nats and perplexity per token, bits per character; the loss is `nats`. */
export type LanguageMetrics = Readonly<Record<"nats" | "bpc" | "perplexity", number>>;

/** A score of a language model; lower nats are better. */
export type LanguageScore = Score & { readonly metrics: LanguageMetrics };

/**
 * A summed cross-entropy in the units people use: nats, bits per character and perplexity.
 *
 * @param total summed cross-entropy in nats
 * @param predictions tokens that it is the sum of
 * @param characters that those tokens stand for; default as many
 */
export function languageScore(total: number, predictions: number, characters = predictions): LanguageScore {
  const nats = total / predictions;
  const metrics = { nats, bpc: bitsPerCharacter(total / characters), perplexity: perplexity(nats) };
  return { ...scoreOf(total, predictions, metrics, { name: "nats", better: "lower" }), metrics };
}
