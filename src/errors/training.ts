/** Training runs that cannot go on. */
import { HiddenstateError } from "./letter.js";

/**
 * A loss or gradient that is no number any more.
 *
 * @param kept step of the last good checkpoint; null if nothing is saved
 * @param found what a look at the tensors found
 */
export function trainingDiverged(
  what: "loss" | "gradient" | "weights",
  value: number,
  step: number,
  kept: number | null,
  found: {
    readonly first: string | null;
    readonly gradients: readonly { readonly name: string; readonly norm: number }[];
    readonly norms: readonly number[];
    readonly lr: number;
  },
): HiddenstateError {
  const saved =
    kept === null ? "Nothing was saved by this training." : `The last good checkpoint, of step ${kept}, is kept.`;
  const is = what === "weights" ? "are no longer finite" : `became ${value}`;
  const { first, gradients, norms, lr } = found;
  const figures = (values: readonly number[]): string => values.map((x) => String(Number(x.toPrecision(3)))).join(", ");
  const edge = /^the result of (log|div|sqrt|pow|reciprocal)\b/.exec(first ?? "");
  const lines = [
    `train: the ${what === "gradient" ? "norm of the gradient" : what} ${is} at step ${step}. ${saved} ` +
      "Try a lower learning rate (a third of it), tighter clipping, a warm-up, or a shorter window.",
    ...(first === null ? [] : [`First to be no number: ${first}.`]),
    ...(edge === null ? [] : [`Keep what ${edge[1]} is given away from 0, for example by adding 1e-6.`]),
    ...(norms.length === 0 ? [] : [`Norm of the gradient before, at a learning rate of ${lr}: ${figures(norms)}.`]),
    ...(gradients.length === 0
      ? []
      : [`Largest gradients: ${gradients.map(({ name, norm }) => `${name} ${figures([norm])}`).join(", ")}.`]),
  ];
  return new HiddenstateError("E_DIVERGED", lines.join("\n"), { cause: found });
}

/** More than one way to say when training ends, or none. */
export function badBudget(given: readonly string[]): HiddenstateError {
  const received = given.length === 0 ? "none of them" : given.join(" and ");
  return new HiddenstateError(
    "E_BUDGET",
    `train: exactly one of steps, epochs and minutes says when to end, received ${received}. Leave the others out.`,
  );
}

/** A run that would go on with kernels of other rounding. */
export function kernelsChanged(saved: string, present: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_KERNELS",
    `run: its last checkpoint was computed by "${saved}" kernels, here "${present}" would go on, and the last bits ` +
      "would differ. Say so with --precision strict or --precision fast (option `precision`) to accept that.",
  );
}

/** A training whose events were asked for twice. */
export function trainingTaken(): HiddenstateError {
  return new HiddenstateError(
    "E_TRAINING",
    "train: the events of a training can be iterated once. Keep what you need of them, or start another training.",
  );
}

/** A checkpoint file whose content is not what this program writes. */
export function checkpointContent(file: string, problem: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_CONTENT",
    `run: ${file} of the checkpoint ${problem}. It was written by another program or version; train again.`,
  );
}

/** A training that another version of this program began, and that only it can go on with. */
export function checkpointVersion(received: unknown, expected: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_VERSION",
    `run: its training was saved in version ${String(received)} of state.json, this program goes on with version ${expected}. ` +
      "Its model can still be used and scored; to train on, use the version of hiddenstate that began it, or train again.",
  );
}

/** A batch in which nothing is predicted. */
export function nothingPredicted(epoch: number, index: number, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_PREDICTIONS",
    `train: batch ${index} of epoch ${epoch} has ${String(received)} predictions, and its loss no weight. ` +
      "Return how many predictions the loss is the mean of, above 0; leave empty examples out of the data.",
  );
}

/** A run's configuration that this program does not read. */
export function configFormat(field: string, received: unknown, expected: string): HiddenstateError {
  return new HiddenstateError(
    field === "version" ? "E_RUN_VERSION" : "E_CONFIG",
    `run: ${field} in config.json must be ${expected}, received ${String(received)}. ` +
      "Use the version of hiddenstate that wrote this run.",
  );
}
