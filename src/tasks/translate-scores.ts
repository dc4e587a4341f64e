/** How good translations are. */
import { bleu, chrf, perplexity } from "../metrics/index.js";
import type { Score } from "../train/index.js";
import type { Evaluation, Figure } from "./evaluation.js";
import type { ReportSection } from "./report/index.js";
import type { Translation } from "./trained-translator.js";
import type { TranslateData } from "./translate-data.js";

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

/** Pairs and maps that a report shows. */
const SHOWN = { pairs: 20, maps: 4 };

/**
 * From a loss and translations beside their references.
 *
 * @param references the targets as figures compare them
 * @param beam hypotheses that were followed, for people
 */
export function scoreTranslations(
  score: Score,
  translations: readonly Translation[],
  data: TranslateData,
  references: readonly string[],
  beam: number,
): TranslateEvaluation {
  const written = translations.map(({ text }) => text);
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
  return {
    ...score,
    bleu: figure,
    chrf: characters,
    exact,
    signature,
    figures,
    tables: [],
    sections: sectionsOf(translations, data),
  };
}

/** The first translations, and where the model looked for some of them. */
function sectionsOf(translations: readonly Translation[], data: TranslateData): ReportSection[] {
  const samples = translations.slice(0, SHOWN.pairs).map(({ text }, i) => {
    return { input: data[i].source, reference: data[i].target, text };
  });
  const maps = translations.slice(0, SHOWN.maps).flatMap(({ units, written, attention, ended }) => {
    if (attention === null || units.length === 0) return [];
    return [{ source: units, target: ended ? [...written, "(end)"] : written, weights: attention }];
  });
  const texts = { kind: "samples", title: "Translations", samples } as const;
  return maps.length === 0 ? [texts] : [texts, { kind: "attention", title: "Where the model looked", maps }];
}
