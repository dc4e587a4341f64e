/** Figures in words. */
import type { Score } from "../train/index.js";

/** Figures that have better words than their name and four digits. */
const WORDS: Readonly<Record<string, (value: number) => string>> = {
  nats: (value) => `${value.toFixed(4)} nats`,
  bpc: (value) => `${value.toFixed(4)} bits per character`,
  glanceBleu: (value) => `BLEU ${value.toFixed(2)} of a few, greedily`,
  perplexity: (value) => `perplexity ${value.toFixed(3)}`,
};

/** What a score says in one line: its loss, unless `nats` says the same, and every metric; not what there is not. */
export function scoreText({ loss, metrics }: Score): string {
  const figures = "nats" in metrics ? metrics : { loss, ...metrics };
  return Object.entries(figures)
    .filter(([, value]) => !Number.isNaN(value))
    .map(([name, value]) => (Object.hasOwn(WORDS, name) ? WORDS[name](value) : `${name} ${value.toFixed(4)}`))
    .join(", ");
}
