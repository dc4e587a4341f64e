import { Rng } from "../runtime/index.js";

const WHO = ["the cat", "a small dog", "my sister", "the old man", "a red bird", "the teacher", "our neighbour"];
const DOES = ["sees", "follows", "likes", "hears", "waits for", "talks about", "paints"];
const WHERE = ["in the garden", "by the river", "under the bridge", "on the hill", "at the market"];
const WHEN = ["in the morning", "every day", "after dinner", "when it rains", "before the storm"];

/** About 60,000 characters of English sentences by a grammar of four slots, always the same. */
export function exampleText(sentences = 1200): string {
  const rng = new Rng(1).split("sentences");
  const one = (words: readonly string[]): string => words[Math.floor(rng.uniform() * words.length)];
  const lines = Array.from({ length: sentences }, () => {
    const [who, whom] = [one(WHO), one(WHO)];
    const order = rng.uniform();
    if (order < 0.4) return `${who} ${one(DOES)} ${whom} ${one(WHERE)}.`;
    return order < 0.7 ? `${one(WHEN)} ${who} ${one(DOES)} ${whom}.` : `${one(WHERE)}, ${who} ${one(DOES)} ${whom}.`;
  });
  return `${lines.join("\n")}\n`;
}
