/** The derivative of a function of one number, measured. */
export interface Slope {
  readonly measured: number;
  /** |expected − measured| / max(1, |expected|, |measured|). */
  readonly error: number;
  /** Whether two steps measured different things, so that a smaller one counts. */
  readonly kink: boolean;
}

export interface SlopeOptions {
  /** Half of the distance between two evaluations; a quarter of it and so on down to a 64th where there is a kink. */
  readonly eps: number;
  /** Largest accepted error. */
  readonly tolerance: number;
  /**
   * f(0), if it is known: then a difference to one side is tried first, in a step so small (2e-8) that its truncation is below
   * the tolerance. It costs one evaluation instead of two; where it does not agree, differences to both sides decide.
   */
  readonly here?: number;
}

const ONE_SIDED = 2e-8;

/**
 * f'(0) of f against what is expected of it, by differences.
 *
 * Where they differ, a quarter of the step is tried: two steps that agree have measured the derivative, whatever is expected; else
 * there is a kink between them, and the smaller step counts.
 */
export function slopeOf(f: (distance: number) => number, expected: number, options: SlopeOptions): Slope {
  const { eps, tolerance, here } = options;
  const found = (measured: number, kink: boolean): Slope => ({ measured, error: away(expected, measured), kink });
  if (here !== undefined) {
    const near = found((f(ONE_SIDED) - here) / ONE_SIDED, false);
    if (near.error <= tolerance) return near;
  }
  const slope = (step: number): number => (f(step) - f(-step)) / (2 * step);
  let measured = slope(eps);
  let kink = false;
  for (let step = eps / 4; !(away(expected, measured) <= tolerance) && step > eps / 100; step /= 4) {
    const finer = slope(step);
    if (away(finer, measured) <= tolerance / 4) break;
    kink = true;
    measured = finer;
  }
  return found(measured, kink);
}

function away(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));
}
