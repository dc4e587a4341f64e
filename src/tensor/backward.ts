import { backwardOfMany, backwardWithoutGraph, badGradient, graphEnded, graphFreed, shapeMismatch } from "../errors.js";
import type { FloatType } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import { closeFrame, openFrame } from "./frame.js";
import type { Gradient } from "./leaf-gradient.js";
import { RowGradient } from "./row-gradient.js";
import { sameShape } from "./shape.js";
import { ENDED, type Entry, noGrad } from "./tape.js";
import type { Tensor } from "./tensor.js";

let passes = 0;

/** What `backward` can be told. */
export interface BackwardOptions {
  /** dL/dself, of the same shape; default 1 for a single number. */
  gradient?: Tensor;
  /** Keep the graph for another pass; default false: it is freed. */
  retain?: boolean;
}

/**
 * Add dL/dleaf into the `grad` of every leaf behind `root`.
 *
 * Errors: `E_BACKWARD` without a graph, for many numbers without a gradient, for a graph that was freed or whose scope
 * has ended; `E_SHAPE` for a gradient of another shape.
 */
export function backward(root: Tensor, options: BackwardOptions = {}): void {
  if (!root.requiresGrad) throw backwardWithoutGraph();
  const { gradient, retain = false } = options;
  if (gradient === undefined && root.size !== 1) throw backwardOfMany(root.shape);
  if (gradient !== undefined && !sameShape(gradient.shape, root.shape)) {
    throw shapeMismatch("backward", root.shape, gradient.shape, "The gradient has the shape of the tensor itself.");
  }
  const frame = openFrame();
  try {
    noGrad(() => {
      const seed = gradient ?? filled(root.emptyLike(), 1);
      const tape = root.node === null ? [] : tapeBehind(live(root.node.entry));
      deliver("backward", root, seed);
      for (let i = tape.length - 1; i >= 0; i--) replay(tape[i], retain);
    });
  } finally {
    closeFrame(frame);
  }
}

/** The entries that led to `last`, in the order they were recorded. */
function tapeBehind(last: Entry): Entry[] {
  const pass = ++passes;
  const found = [last];
  last.pass = pass;
  for (let i = 0; i < found.length; i++) {
    const entry = found[i];
    entry.arrived = Array.from({ length: entry.outputs }, () => null);
    entry.owned = entry.arrived.map(() => false);
    for (const input of entry.inputs) {
      const before = input.node?.entry;
      if (before === undefined || before.pass === pass || before.backward === null) continue;
      before.pass = pass;
      found.push(before);
    }
  }
  return found.sort((a, b) => a.serial - b.serial);
}

/** Run one entry backwards, if any gradient arrived, and let go of it. */
function replay(entry: Entry, retain: boolean): void {
  const { backward, inputs, arrived, name } = entry;
  entry.arrived = [];
  if (backward === null || arrived.every((gradient) => gradient === null)) return;
  if (!retain) {
    entry.backward = null;
    entry.inputs = [];
  }
  const gradients = backward(arrived);
  if (gradients.length !== inputs.length) {
    throw badGradient(name, `${inputs.length} gradients`, `${gradients.length}`);
  }
  for (let i = 0; i < inputs.length; i++) {
    const gradient = gradients[i];
    if (gradient !== null && inputs[i].requiresGrad) deliver(name, inputs[i], gradient);
  }
}

/** Add a gradient to what has arrived at a tensor: first by reference, then into a sum of our own. */
function deliver(name: string, to: Tensor, given: Gradient): void {
  if (!sameShape(to.shape, given.shape) || to.dtype !== given.dtype) {
    throw badGradient(name, `${to.dtype} [${to.shape.join(", ")}]`, `${given.dtype} [${given.shape.join(", ")}]`);
  }
  if (to.node === null) {
    to.gradientSlot().add(given);
    return;
  }
  const kernels = runtime().kernels(to.dtype as FloatType);
  const gradient = given instanceof RowGradient ? given.fill(to.emptyLike()) : given;
  const { entry, index } = to.node;
  live(entry);
  const before = entry.arrived[index];
  if (before === null) {
    entry.arrived[index] = gradient;
  } else if (entry.owned[index]) {
    kernels.axpy(before.ptr, 1, gradient.ptr, to.size);
  } else {
    const sum = to.emptyLike();
    kernels.binary("add", sum.ptr, 1, to.size, before.ptr, 0, 1, gradient.ptr, 0, 1);
    entry.arrived[index] = sum;
    entry.owned[index] = true;
  }
}

function live(entry: Entry): Entry {
  if (entry === ENDED || entry.frame?.open === false) throw graphEnded();
  if (entry.backward === null) throw graphFreed();
  return entry;
}

function filled(tensor: Tensor, value: number): Tensor {
  runtime()
    .kernels(tensor.dtype as FloatType)
    .fill(tensor.ptr, value, tensor.size);
  return tensor;
}
