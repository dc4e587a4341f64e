import { bitsPerCharacter, bootstrapInterval, perplexity, type RowScore } from "../metrics/index.js";
import { Rng } from "../runtime/index.js";
import type { Evaluation, Figure } from "./evaluation.js";
import type { LanguageReading, ScoredPiece } from "./language-evaluate.js";
import type { LanguageText } from "./language-text.js";

/** Fewer pieces than this say nothing of what other texts would give. */
const FEWEST = 10;

/**
 * A language model's score for people, with intervals: of the same figures over pieces of the text, drawn with replacement. A text of
 * fewer than ten pieces has none.
 */
export function languageFigures({ score, pieces }: LanguageReading, unit: LanguageText["unit"]): Evaluation {
  const { nats, perplexity: choices } = score.metrics;
  const bpc: number | undefined = score.metrics.bpc;
  const figures = [
    { name: "nats", words: `nats per ${unit.slice(0, -1)}`, value: nats, digits: 4, ...between(pieces, perToken) },
    ...(bpc === undefined
      ? []
      : [{ name: "bpc", words: "bits per character", value: bpc, digits: 4, ...between(pieces, perCharacter) }]),
    {
      name: "perplexity",
      words: "perplexity",
      value: choices,
      digits: 3,
      ...between(pieces, (sums) => perplexity(perToken(sums))),
    },
    { name: unit, words: unit, value: score.predictions, digits: 0 },
  ];
  return { figures, tables: [] };
}

const perToken: RowScore = ([nats, predictions]) => nats / predictions;
const perCharacter: RowScore = ([nats, , characters]) => bitsPerCharacter(nats / characters);

function between(pieces: readonly ScoredPiece[], figure: RowScore): Pick<Figure, "interval"> {
  if (pieces.length < FEWEST) return {};
  const rows = pieces.map(({ nats, predictions, characters }) => [nats, predictions, characters ?? NaN]);
  const { low, high, level } = bootstrapInterval(rows, figure, { rng: new Rng(1).split("interval") });
  return { interval: { low, high, level } };
}
