import { bitsPerCharacter, perplexity } from "../metrics/index.js";
import type { Score } from "./events.js";

/**
 * A mean in the units people use.
 *
 * @param total summed cross-entropy in nats
 * @param tokens predictions that it is the sum of
 */
export function scoreOf(total: number, tokens: number): Score {
  const nats = total / tokens;
  return { nats, bpc: bitsPerCharacter(nats), perplexity: perplexity(nats), tokens };
}
