import { gradientDiffers, wrongDtype } from "../errors.js";
import { bits } from "../runtime/random.js";
import { slopeOf } from "./slope.js";
import { Parameter, Tensor, noGrad, record, scope } from "../tensor/index.js";

/** How a gradient is measured. */
export interface GradcheckOptions {
  /** Half of the distance between the two evaluations; default 1e-6. */
  eps?: number;
  /** Largest accepted error |analytic − measured| / max(1, |analytic|, |measured|); default 1e-6. */
  tolerance?: number;
  /** Measure this many random directions per tensor instead of every element: for large tensors. */
  directions?: number;
  /** Seed of the directions and of the weights of the outputs; default 1. */
  seed?: number;
}

/** One comparison. */
export interface GradcheckEntry {
  /** The tensor: its name, or `inputs[i]`. */
  readonly tensor: string;
  /** The element, row-major, or the direction. */
  readonly at: string;
  readonly analytic: number;
  readonly measured: number;
  readonly error: number;
}

/** What was found. */
export interface GradcheckReport {
  /** Number of comparisons. */
  readonly checked: number;
  /** Comparisons near a kink: measured with a smaller step, since two steps did not agree with each other. */
  readonly kinks: number;
  /** The largest error; null when nothing was compared. */
  readonly worst: GradcheckEntry | null;
}

/**
 * Compare the gradients of `fn` with central differences, in float64.
 *
 * L = Σ w·fn(..inputs) with fixed random weights w, so that every output counts; dL/dx from the tape against
 * (L(x + eps) − L(x − eps)) / 2·eps, for each input that requires a gradient. `fn` is called many times and must be a
 * pure function of its inputs. Gradients the inputs already have are left as they are. Where the two differ, a quarter of
 * the step is tried: if both steps measure the same, it is the tape that is wrong; if not, there is a kink (of a rectifier, say)
 * within the step, and the smaller one counts, down to eps/64.
 *
 * Errors: `E_GRADCHECK` names tensor, element and both values of the worst failures; `E_DTYPE` for an input that
 * requires a gradient and is not float64.
 *
 * @example
 * const x = Tensor.from(new Float64Array([1, 2]), [2], { requiresGrad: true });
 * gradcheck((x) => x.tanh(), [x]).checked; // 2
 */
export function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  const { eps = 1e-6, tolerance = 1e-6, directions, seed = 1 } = options;
  const subjects = inputs.filter((input) => input.requiresGrad);
  for (const subject of subjects)
    if (subject.dtype !== "f64") throw wrongDtype("gradcheck", "f64 inputs", subject.dtype);

  const outputsOf = (): Tensor[] => {
    const result = fn(...inputs);
    return result instanceof Tensor ? [result] : [...result];
  };
  const loss = (): number => scope(() => noGrad(() => weightedSum(outputsOf(), seed)));
  const gradients = analyticGradients(outputsOf, subjects, seed);

  const entries: GradcheckEntry[] = [];
  let kinks = 0;
  const compare = (subject: Tensor, at: string, analytic: number, direction: (i: number) => number): void => {
    const original = Float64Array.from(subject.data());
    const lossAt = (distance: number): number => {
      subject.set(original.map((value, i) => value + distance * direction(i)));
      return loss();
    };
    const { measured, error, kink } = slopeOf(lossAt, analytic, { eps, tolerance });
    if (kink) kinks++;
    subject.set(original);
    entries.push({ tensor: nameOf(subject, inputs), at, analytic, measured, error });
  };
  subjects.forEach((subject, s) => {
    const gradient = gradients[s];
    if (directions === undefined) {
      for (let e = 0; e < subject.size; e++) compare(subject, `element ${e}`, gradient[e], (i) => (i === e ? 1 : 0));
      return;
    }
    for (let d = 0; d < directions; d++) {
      const length = Math.sqrt(Math.max(1, subject.size));
      const direction = (i: number): number => noise(seed, s + 1, d, i) / length;
      const analytic = gradient.reduce((sum, value, i) => sum + value * direction(i), 0);
      compare(subject, `direction ${d}`, analytic, direction);
    }
  });
  return { kinks, ...judged(entries, tolerance) };
}

/** dL/dx of every subject by the tape; zeros where nothing arrived. */
function analyticGradients(outputsOf: () => Tensor[], subjects: readonly Tensor[], seed: number): number[][] {
  const before = subjects.map((subject) => subject.grad);
  for (const subject of subjects) subject.grad = null;
  try {
    return scope(() => {
      const outputs = outputsOf();
      const loss = Tensor.scalar(weightedSum(outputs, seed), "f64");
      const weights = outputs.map((output, o) =>
        Tensor.from(
          Float64Array.from({ length: output.size }, (_, i) => noise(seed, 0, o, i)),
          output.shape,
        ),
      );
      record([loss], outputs, () => weights, "gradcheck");
      if (loss.requiresGrad) loss.backward();
      return subjects.map((subject) => subject.grad?.toArray() ?? Array.from({ length: subject.size }, () => 0));
    });
  } finally {
    subjects.forEach((subject, i) => {
      subject.grad = before[i];
    });
  }
}

function weightedSum(outputs: readonly Tensor[], seed: number): number {
  return outputs.reduce(
    (total, output, o) => total + output.toArray().reduce((sum, value, i) => sum + value * noise(seed, 0, o, i), 0),
    0,
  );
}

/** Uniform in [−1, 1), away from 0 often enough to see every output. */
function noise(seed: number, stream: number, i: number, j: number): number {
  return bits(seed, stream, i, j) / 2147483648 - 1;
}

function nameOf(subject: Tensor, inputs: readonly Tensor[]): string {
  return (subject instanceof Parameter ? subject.name : undefined) ?? `inputs[${inputs.indexOf(subject)}]`;
}

function judged(entries: readonly GradcheckEntry[], tolerance: number): Omit<GradcheckReport, "kinks"> {
  // NaN fails: it is not ≤ anything.
  const failed = entries.filter(({ error }) => !(error <= tolerance));
  if (failed.length > 0) {
    const lines = failed
      .toSorted((a, b) => (b.error > a.error ? 1 : -1))
      .slice(0, 5)
      .map(({ tensor, at, analytic, measured }) => `  ${tensor} ${at}: analytic ${analytic}, measured ${measured}`);
    throw gradientDiffers(
      `gradcheck: ${failed.length} of ${entries.length} gradients differ by more than ${tolerance}.\n${lines.join("\n")}`,
    );
  }
  const worst = entries.reduce<GradcheckEntry | null>(
    (found, entry) => (found === null || entry.error > found.error ? entry : found),
    null,
  );
  return { checked: entries.length, worst };
}
