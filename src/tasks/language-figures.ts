import type { Evaluation } from "./evaluation.js";
import type { LanguageScore } from "./language-score.js";

/** A language model's score for people. */
export function languageFigures({ metrics, predictions }: LanguageScore): Evaluation {
  const { nats, bpc, perplexity } = metrics;
  const figures = [
    { name: "nats", words: "nats per character", value: nats, digits: 4 },
    { name: "bpc", words: "bits per character", value: bpc, digits: 4 },
    { name: "perplexity", words: "perplexity", value: perplexity, digits: 3 },
    { name: "characters", words: "characters", value: predictions, digits: 0 },
  ];
  return { figures, tables: [] };
}
