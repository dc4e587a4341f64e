/** Optimizers. */
import { HiddenstateError } from "./letter.js";

/** An optimizer that was given nothing to move. */
export function noParameters(who: string): HiddenstateError {
  return new HiddenstateError("E_PARAMETERS", `${who}: the list of parameters is empty. Pass model.parameters().`);
}

/** A parameter that stands twice in the groups of one optimizer. */
export function repeatedParameter(who: string, name: string): HiddenstateError {
  return new HiddenstateError("E_PARAMETERS", `${who}: parameter ${name} is given twice. Pass each parameter once.`);
}

/** A group of parameters by name in which there is none. */
export function groupMatchesNothing(match: readonly string[], names: readonly string[]): HiddenstateError {
  const some = names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
  return new HiddenstateError(
    "E_PARAMETERS",
    `optimizer: no parameter is left for the group of ${match.map((name) => `"${name}"`).join(", ")}. ` +
      `The names are ${some}; * stands for any characters, and the first group that matches has a parameter.`,
  );
}

/** A schedule that stretches over a training whose length nobody knows. */
export function scheduleLength(name: string, unit: string): HiddenstateError {
  return new HiddenstateError(
    "E_SCHEDULE",
    `schedule: ${name} stretches over the training, and one that ends after some minutes has no known number of ${unit}. ` +
      `Give the schedule its own length, e.g. { name: "${name}", steps: 2000 }, or end the training by steps or epochs.`,
  );
}

/** A saved optimizer state that belongs to other parameters or another optimizer. */
export function optimizerState(
  who: string,
  problem: "optimizer" | "parameters" | "steps" | "missing" | "shape" | "arrays",
  expected: unknown,
  received: unknown,
): HiddenstateError {
  const what = {
    optimizer: "a state of this optimizer",
    parameters: "as many parameters",
    steps: "the updates of each parameter",
    missing: "an array for every parameter",
    shape: "arrays of the parameters' shapes",
    arrays: "as many arrays",
  }[problem];
  return new HiddenstateError(
    "E_OPTIMIZER_STATE",
    `${who}.load: expected ${what} (${String(expected)}), received ${String(received)}. ` +
      "Load the state into the optimizer and model that it was saved from.",
  );
}
