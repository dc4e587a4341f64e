/**
 * The tape: what was computed, so that it can be walked backwards.
 *
 * Every recorded operation is an entry with a serial number; a tensor knows the entry it came from. `backward` lays
 * the entries behind a loss out in an array, in the order they were recorded, and walks it in reverse: no recursion,
 * however long the chain. Entries nobody can reach any more are ordinary garbage, so a forgotten graph leaks nothing.
 */
import { promiseFromScope } from "../errors.js";
import { currentFrame, type Frame, isPromise } from "./frame.js";
import type { Gradient } from "./leaf-gradient.js";
import type { Tensor } from "./tensor.js";

/** Gradients for the inputs, given those of the outputs; null stands for zero, in both. */
export type Backward = (dOutputs: (Tensor | null)[]) => (Gradient | null)[];

/** One recorded operation. */
export interface Entry {
  readonly name: string;
  readonly serial: number;
  readonly frame: Frame | null;
  readonly outputs: number;
  inputs: readonly Tensor[];
  /** Null once the graph was freed. */
  backward: Backward | null;
  /** Gradients that arrived so far in this pass, by output. */
  arrived: (Tensor | null)[];
  /** Whether `arrived[i]` is a sum of our own, safe to add into. */
  owned: boolean[];
  /** The last pass that reached this entry. */
  pass: number;
}

let serial = 0;
let silent = 0;

/** Whether an operation on these inputs would be recorded: one requires a gradient, and we are not within `noGrad`. */
export function recording(inputs: readonly (Tensor | null | undefined)[]): boolean {
  if (silent > 0) return false;
  for (const input of inputs) if (input?.requiresGrad) return true;
  return false;
}

/**
 * Put an operation on the tape, if `recording(inputs)`; its outputs then require gradients.
 *
 * `backward` gets a gradient (or null) per output and returns one (or null) per input. It is functional: what it
 * returns may be one of the gradients it got, and it must not write into those. It runs inside a frame of its own:
 * tensors it makes are gone after the pass.
 *
 * @param name who speaks in an error
 */
export function record(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  backward: Backward,
  name = "record",
): void {
  if (!recording(inputs)) return;
  const entry: Entry = {
    name,
    serial: serial++,
    frame: currentFrame(),
    outputs: outputs.length,
    inputs,
    backward,
    arrived: [],
    owned: [],
    pass: 0,
  };
  outputs.forEach((output, index) => {
    output.requiresGrad = true;
    output.node = { entry, index };
  });
}

/** Run `fn` without recording; returns what it returns. Errors: `E_SCOPE` for a promise. */
export function noGrad<R>(fn: () => R): R {
  silent++;
  try {
    const result = fn();
    if (isPromise(result)) throw promiseFromScope("noGrad");
    return result;
  } finally {
    silent--;
  }
}

/** Stands for the graph of a tensor that outlived its scope. */
export const ENDED: Entry = {
  name: "scope",
  serial: -1,
  frame: null,
  outputs: 1,
  inputs: [],
  backward: null,
  arrived: [],
  owned: [],
  pass: 0,
};
