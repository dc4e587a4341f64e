/** How good translations are. */
import {
  bleu,
  bleuOfRow,
  bleuRows,
  bootstrapInterval,
  chrf,
  chrfOfRow,
  chrfRows,
  perplexity,
  type RowScore,
} from "../metrics/index.js";
import { Rng } from "../runtime/index.js";
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
  /** Share of translations that are the reference to the letter, white space aside: units forget it. */
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
 * @param skipped pairs that were left out as too long
 */
export function scoreTranslations(
  score: Score,
  translations: readonly Translation[],
  data: TranslateData,
  references: readonly string[],
  beam: number,
  skipped = 0,
): TranslateEvaluation {
  const written = translations.map(({ text }) => text);
  const { score: figure, signature } = bleu(written, references);
  const characters = chrf(written, references);
  const letters = (text: string): string => text.replaceAll(/\s+/gu, "");
  const right = written.map((text, i) => [letters(text) === letters(references[i]) ? 1 : 0, 1] as const);
  const exact = right.reduce((sum, [one]) => sum + one, 0) / written.length;
  // What it would be for other texts of the same kind; always the same draws.
  const interval = (rows: readonly ArrayLike<number>[], of: RowScore) => {
    return bootstrapInterval(rows, of, { rng: new Rng(1).split("intervals") });
  };
  const spread = {
    bleu: interval(bleuRows(written, references), (row) => bleuOfRow(row).score),
    chrf: interval(chrfRows(written, references), (row) => chrfOfRow(row)),
    exact: interval(right, ([hits, all]) => hits / all),
  };
  const how = beam === 1 ? "greedy" : `beam ${beam}`;
  const figures: Figure[] = [
    { name: "bleu", words: `BLEU, ${how}`, value: figure, digits: 2, interval: spread.bleu, signature },
    {
      name: "chrf",
      words: "chrF",
      value: characters.score,
      digits: 2,
      interval: spread.chrf,
      signature: characters.signature,
    },
    { name: "exact", words: "translations that are the reference", value: exact, digits: 4, interval: spread.exact },
    { name: "nats", words: "nats per unit", value: score.loss, digits: 4 },
    { name: "perplexity", words: "perplexity", value: perplexity(score.loss), digits: 3 },
    { name: "pairs", words: "pairs", value: written.length, digits: 0 },
    ...(skipped > 0 ? [{ name: "skipped", words: "pairs left out as too long", value: skipped, digits: 0 }] : []),
  ];
  return {
    ...score,
    bleu: figure,
    chrf: characters.score,
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
