import { badBudget, invalidValue } from "../errors.js";
import type { Calendar } from "./calendar.js";

/** When training ends: after a number of steps, passes over the data, or minutes of training. */
export type Budget = { readonly steps: number } | { readonly epochs: number } | { readonly minutes: number };

const KINDS = ["steps", "epochs", "minutes"] as const;

/**
 * The one budget among options.
 *
 * @param options of which `steps`, `epochs` and `minutes` are looked at; undefined counts as absent
 * @throws E_BUDGET unless exactly one is given; E_VALUE for steps that are no whole number from 0, for epochs or minutes
 *   below 0
 */
export function budgetOf(options: { readonly [Kind in (typeof KINDS)[number]]?: number }): Budget {
  const given = KINDS.filter((kind) => options[kind] !== undefined);
  if (given.length !== 1) throw badBudget(given);
  const [kind] = given;
  const value = options[kind]!;
  const whole = kind === "steps";
  if (!(value >= 0 && value < Infinity) || (whole && !Number.isSafeInteger(value))) {
    throw invalidValue("train", kind, whole ? "a whole number from 0" : "a number from 0", value);
  }
  return { [kind]: value } as unknown as Budget;
}

/** Steps that a budget comes to; null if time decides. Epochs are rounded up to whole steps. */
export function totalSteps(budget: Budget, calendar: Pick<Calendar, "stepsOf">): number | null {
  if ("steps" in budget) return budget.steps;
  return "epochs" in budget ? calendar.stepsOf(budget.epochs) : null;
}

/**
 * Share of a budget that is used up, from 0; 1 and more means that it is over.
 *
 * @param total what `totalSteps` says of it
 * @param step steps done
 * @param seconds time trained, also before a resume
 */
export function spent(budget: Budget, total: number | null, step: number, seconds: number): number {
  if (total === null) return "minutes" in budget && budget.minutes > 0 ? seconds / (60 * budget.minutes) : 1;
  return total === 0 ? 1 : step / total;
}
