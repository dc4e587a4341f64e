import { invalidValue } from "../errors.js";
import { cos, pow } from "../runtime/index.js";

/**
 * A factor on the learning rate as a pure function of the steps already done (0 for the first update): nothing to save,
 * a resumed run asks the same question. Give it to `optimizer.step({ lrScale: schedule(step) })`.
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
  requireShare("stepDecay", "gamma", gamma);
  return (step) => pow(gamma, Math.floor(step / every));
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
  return (step) => (step >= steps ? floor : floor + ((1 - floor) * (1 + cos((Math.PI * step) / steps))) / 2);
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
  requireShare("warmupLinear", "floor", floor);
  return (step) => {
    if (step < warmup) return (step + 1) / warmup;
    return step >= steps ? floor : 1 - ((1 - floor) * (step - warmup)) / (steps - warmup);
  };
}

function requireSteps(who: string, option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw invalidValue(who, option, `an integer from ${least}`, value);
}

function requireShare(who: string, option: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw invalidValue(who, option, "a number from 0 to 1", value);
}
