import { bitsPerCharacter, perplexity } from "../metrics/index.js";
import { type Score, scoreOf } from "../train/index.js";

/**
 * The figures of a language model's score: nats and perplexity per token; `bpc`, bits per character, where the tokens say
 * what the text says. The loss is `nats`.
 */
export type LanguageMetrics = Score["metrics"] & Readonly<Record<"nats" | "perplexity", number>>;

/** A score of a language model; lower nats are better. */
export type LanguageScore = Score & { readonly metrics: LanguageMetrics };

/**
 * A summed cross-entropy in the units people use: nats, bits per character and perplexity.
 *
 * @param total summed cross-entropy in nats
 * @param predictions tokens that it is the sum of
 * @param characters of the text that those tokens stand for, null if they do not say what it says; default as many
 */
export function languageScore(
  total: number,
  predictions: number,
  characters: number | null = predictions,
): LanguageScore {
  const nats = total / predictions;
  const choices = perplexity(nats);
  const metrics: LanguageMetrics =
    characters === null
      ? { nats, perplexity: choices }
      : { nats, bpc: bitsPerCharacter(total / characters), perplexity: choices };
  return { ...scoreOf(total, predictions, metrics, { name: "nats", better: "lower" }), metrics };
}
