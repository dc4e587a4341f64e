import { unknownValue } from "../errors.js";
import type { Objective, Score } from "./events.js";

/**
 * What an evaluation found, from its sums.
 *
 * @param total summed loss, in nats where it is a cross-entropy
 * @param predictions what it is the sum of
 * @param metrics further figures by name (default none)
 * @param objective which figure decides, by its name among the metrics, and which direction is better (default the loss,
 *   lower)
 * @throws E_VALUE for an objective that is no figure of this score
 */
export function scoreOf(
  total: number,
  predictions: number,
  metrics: Readonly<Record<string, number>> = {},
  { name, better }: Pick<Objective, "name" | "better"> = { name: "loss", better: "lower" },
): Score {
  const loss = total / predictions;
  const figures: Record<string, number> = { loss, ...metrics };
  if (!Object.hasOwn(figures, name)) throw unknownValue("scoreOf", "objective", name, Object.keys(figures));
  return { loss, predictions, metrics: { ...metrics }, objective: { name, value: figures[name], better } };
}

/**
 * Whether a figure is better than another by more than `minDelta`; one that is no number never is.
 *
 * @param minDelta what counts as nothing, in the unit of the figure (default 0)
 */
export function isBetter({ value, better }: Objective, than: number | null, minDelta = 0): boolean {
  if (Number.isNaN(value)) return false;
  if (than === null) return true;
  return better === "lower" ? value < than - minDelta : value > than + minDelta;
}
