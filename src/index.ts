/**
 * The front door: what most programs need, grouped by room.
 *
 * Networks are in `hiddenstate/nn`, optimizers in `hiddenstate/optim`, the cell language in `hiddenstate/cell`, whole
 * tasks in `hiddenstate/tasks`.
 */
export { HiddenstateError } from "./errors.js";

// The machine
export {
  describeReport,
  Rng,
  runtime,
  start,
  startSync,
  type RuntimeReport,
  type StartOptions,
} from "./runtime/index.js";

// Tensors and the tape
export * from "./tensor/index.js";
