import type { Evaluation } from "./evaluation.js";
import type { LanguageText } from "./language-text.js";
import type { LanguageScore } from "./language-score.js";

/** A language model's score for people. */
export function languageFigures({ metrics, predictions }: LanguageScore, unit: LanguageText["unit"]): Evaluation {
  const { nats, bpc, perplexity } = metrics;
  const figures = [
    { name: "nats", words: `nats per ${unit.slice(0, -1)}`, value: nats, digits: 4 },
    { name: "bpc", words: "bits per character", value: bpc, digits: 4 },
    { name: "perplexity", words: "perplexity", value: perplexity, digits: 3 },
    { name: unit, words: unit, value: predictions, digits: 0 },
  ];
  return { figures, tables: [] };
}
