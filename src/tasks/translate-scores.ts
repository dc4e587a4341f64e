/** How good translations are. */
import { bleu, chrf, perplexity } from "../metrics/index.js";
import type { Score } from "../train/index.js";
import type { Evaluation, Figure } from "./evaluation.js";

/** The score of a translator on pairs. */
export interface TranslateEvaluation extends Score, Evaluation {
  /** BLEU of the corpus, sacreBLEU's, from 0 to 100. */
  readonly bleu: number;
  /** chrF of the corpus, from 0 to 100. */
  readonly chrf: number;
  /** Share of translations that are the reference to the letter. */
  readonly exact: number;
  /** What BLEU was computed with. */
  readonly signature: string;
}

/**
 * From a loss and translations beside their references.
 *
 * @param beam hypotheses that were followed, for people
 */
export function scoreTranslations(
  score: Score,
  written: readonly string[],
  references: readonly string[],
  beam: number,
): TranslateEvaluation {
  const { score: figure, signature } = bleu(written, references);
  const characters = chrf(written, references).score;
  const exact = written.filter((text, i) => text === references[i]).length / written.length;
  const how = beam === 1 ? "greedy" : `beam ${beam}`;
  const figures: Figure[] = [
    { name: "bleu", words: `BLEU, ${how}`, value: figure, digits: 2 },
    { name: "chrf", words: "chrF", value: characters, digits: 2 },
    { name: "exact", words: "translations that are the reference", value: exact, digits: 4 },
    { name: "nats", words: "nats per unit", value: score.loss, digits: 4 },
    { name: "perplexity", words: "perplexity", value: perplexity(score.loss), digits: 3 },
    { name: "pairs", words: "pairs", value: written.length, digits: 0 },
  ];
  return { ...score, bleu: figure, chrf: characters, exact, signature, figures, tables: [] };
}
