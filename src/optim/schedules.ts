import { invalidValue } from "../errors.js";
import { cos, pow } from "../runtime/index.js";

/**
 * A factor on the learning rate as a pure function of the steps already done (0 for the first update): nothing to save,
 * a resumed run asks the same question. Give it to `optimizer.step({ lrScale: schedule(step) })`.
 *
 * A schedule does not know what it counts: hand it finished epochs, and its lengths are epochs.
 */
export type Schedule = (step: number) => number;

/** Always 1. */
export function constant(): Schedule {
  return () => 1;
}

/**
 * gammaᵏ after k·every steps: PyTorch's `StepLR`, counted in steps.
 *
 * @param every steps from one cut to the next
 * @param gamma factor of a cut (default 0.1)
 */
export function stepDecay({ every, gamma = 0.1 }: { every: number; gamma?: number }): Schedule {
  requireSteps("stepDecay", "every", every, 1);
  requireFactor("stepDecay", "gamma", gamma);
  return (step) => pow(gamma, Math.floor(step / every));
}

/**
 * gammaᵏ after the k-th of some steps: PyTorch's `MultiStepLR`.
 *
 * @param at steps of the cuts, ascending; one that stands twice cuts twice
 * @param gamma factor of a cut (default 0.1)
 */
export function multiStep({ at, gamma = 0.1 }: { at: readonly number[]; gamma?: number }): Schedule {
  requireAscending("multiStep", "at", at);
  requireFactor("multiStep", "gamma", gamma);
  return (step) => pow(gamma, at.filter((cut) => cut <= step).length);
}

/**
 * gamma^step: PyTorch's `ExponentialLR`.
 *
 * @param gamma factor of every step (default 0.95)
 */
export function exponential({ gamma = 0.95 }: { gamma?: number } = {}): Schedule {
  requireFactor("exponential", "gamma", gamma);
  return (step) => pow(gamma, step);
}

/**
 * Half a cosine from 1 to `floor` over `steps`, then `floor`: floor + (1 − floor)·(1 + cos(π·step/steps)) / 2, the shape
 * of PyTorch's `CosineAnnealingLR`.
 *
 * @param steps length of the way down
 * @param floor factor at its end (default 0)
 */
export function cosine({ steps, floor = 0 }: { steps: number; floor?: number }): Schedule {
  requireSteps("cosine", "steps", steps, 1);
  requireShare("cosine", "floor", floor);
  return (step) => between(1, floor, step / steps, "cosine");
}

/**
 * A straight line from 1 to `floor` over `steps`, then `floor`: PyTorch's `LinearLR` downwards.
 *
 * @param steps length of the way down
 * @param floor factor at its end (default 0)
 */
export function linear({ steps, floor = 0 }: { steps: number; floor?: number }): Schedule {
  requireSteps("linear", "steps", steps, 1);
  requireShare("linear", "floor", floor);
  return (step) => between(1, floor, step / steps, "linear");
}

/**
 * One cycle over `steps`: up from 1 / div to 1 within the first share `up`, down to 1 / (div·finalDiv) at the last step;
 * PyTorch's `OneCycleLR` of two phases, where the optimizer's learning rate is the highest. Momentum is left alone.
 *
 * @param steps length of the cycle
 * @param up share of it that rises (default 0.3)
 * @param div highest over first learning rate (default 25)
 * @param finalDiv first over last learning rate (default 1e4)
 * @param shape of both ways, "cosine" (default) or "linear"
 * @see https://arxiv.org/abs/1708.07120
 */
export function oneCycle({
  steps,
  up = 0.3,
  div = 25,
  finalDiv = 1e4,
  shape = "cosine",
}: {
  steps: number;
  up?: number;
  div?: number;
  finalDiv?: number;
  shape?: "cosine" | "linear";
}): Schedule {
  requireSteps("oneCycle", "steps", steps, 2);
  requireShare("oneCycle", "up", up);
  for (const [option, value] of Object.entries({ div, finalDiv })) {
    if (!(value >= 1 && value < Infinity)) throw invalidValue("oneCycle", option, "a number from 1", value);
  }
  if (shape !== "cosine" && shape !== "linear") throw invalidValue("oneCycle", "shape", '"cosine" or "linear"', shape);
  const top = up * steps - 1;
  const last = steps - 1;
  return (step) => {
    if (top > 0 && step <= top) return between(1 / div, 1, step / top, shape);
    return between(1, 1 / (div * finalDiv), (step - top) / (last - top), shape);
  };
}

/**
 * √(scale / (scale + step)), from 1 down. Behind a `warmUp` of as many steps it is fairseq's `inverse_sqrt`.
 *
 * @param scale steps after which it has fallen to √½
 */
export function inverseSqrt({ scale }: { scale: number }): Schedule {
  requireSteps("inverseSqrt", "scale", scale, 1);
  return (step) => Math.sqrt(scale / (scale + step));
}

/**
 * size^−½ · min(n^−½, n·warmup^−3⁄2) at the n-th update, for an optimizer whose learning rate is a factor on it, e.g. 1.
 *
 * @param size width of the model (default 1)
 * @param warmup updates of the way up
 * @see https://arxiv.org/abs/1706.03762 section 5.3
 */
export function noam({ warmup, size = 1 }: { warmup: number; size?: number }): Schedule {
  requireSteps("noam", "warmup", warmup, 1);
  requireSteps("noam", "size", size, 1);
  return (step) => Math.min(1 / Math.sqrt(step + 1), (step + 1) / (warmup * Math.sqrt(warmup))) / Math.sqrt(size);
}

/**
 * A factor for each stretch: 1 before the first of some steps, `factors[k]` from the k-th on.
 *
 * @param at steps at which the factor changes, ascending
 * @param factors as many
 */
export function piecewise({ at, factors }: { at: readonly number[]; factors: readonly number[] }): Schedule {
  requireAscending("piecewise", "at", at);
  if (!Array.isArray(factors) || factors.length !== at.length) {
    throw invalidValue("piecewise", "factors", `a list of ${at.length} numbers, as many as at`, factors?.length);
  }
  for (const factor of factors) requireFactor("piecewise", "factors", factor);
  return (step) => {
    const passed = at.filter((cut) => cut <= step).length;
    return passed === 0 ? 1 : factors[passed - 1];
  };
}

/**
 * 1 for the first `after` steps, then `factor` times as much with every step, beginning with the next one at once; counted in
 * epochs Zaremba's: his small model halves the learning rate from the fifth epoch on (`after: 4`).
 *
 * @param after steps that keep the full learning rate (default 4)
 * @param factor of every further step (default 0.5)
 * @see https://arxiv.org/abs/1409.2329
 */
export function zaremba({ after = 4, factor = 0.5 }: { after?: number; factor?: number } = {}): Schedule {
  requireSteps("zaremba", "after", after, 0);
  requireFactor("zaremba", "factor", factor);
  return (step) => pow(factor, Math.max(0, step + 1 - after));
}

/**
 * A straight line in front of another schedule: from + (1 − from)·(step + 1) / steps of what that begins with, so that the
 * first update already moves and the last of them moves fully. The other schedule counts from its end.
 *
 * @param steps length of the way up; 0 is none
 * @param from factor before its first step (default 0)
 */
export function warmUp({ steps, from = 0 }: { steps: number; from?: number }, then: Schedule = constant()): Schedule {
  requireSteps("warmUp", "steps", steps, 0);
  requireShare("warmUp", "from", from);
  return (step) => (step < steps ? ramp(step, steps, from) * then(0) : then(step - steps));
}

/** The factor of `warmUp` alone at a step before its end. */
export function ramp(step: number, steps: number, from: number): number {
  return from + ((1 - from) * (step + 1)) / steps;
}

/**
 * Up in a straight line over `warmup` steps (the first update already moves: (step + 1) / warmup), then down in a straight
 * line to `floor` at `steps`.
 *
 * @param warmup steps of the way up; 0 begins at 1
 * @param steps steps of both ways together
 * @param floor factor at the end (default 0)
 */
export function warmupLinear({
  warmup,
  steps,
  floor = 0,
}: {
  warmup: number;
  steps: number;
  floor?: number;
}): Schedule {
  requireSteps("warmupLinear", "warmup", warmup, 0);
  requireSteps("warmupLinear", "steps", steps, warmup + 1);
  return warmUp({ steps: warmup }, linear({ steps: steps - warmup, floor }));
}

/** From `a` to `b` as `share` goes from 0 to 1, then `b`. */
function between(a: number, b: number, share: number, shape: "cosine" | "linear"): number {
  if (share >= 1) return b;
  return shape === "linear" ? a + (b - a) * share : b + ((a - b) * (1 + cos(Math.PI * share))) / 2;
}

function requireSteps(who: string, option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw invalidValue(who, option, `an integer from ${least}`, value);
}

function requireShare(who: string, option: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw invalidValue(who, option, "a number from 0 to 1", value);
}

function requireFactor(who: string, option: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw invalidValue(who, option, "a number from 0", value);
}

function requireAscending(who: string, option: string, values: readonly number[]): void {
  const steps = Array.isArray(values) && values.every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!steps || values.some((value, i) => i > 0 && value < values[i - 1])) {
    throw invalidValue(who, option, "a list of whole numbers from 0, ascending", JSON.stringify(values));
  }
}
