import { promiseFromScope } from "../errors.js";
import { runtime } from "../runtime/runtime.js";
import { closeFrame, type Frame, openFrame, Storage, isPromise } from "./frame.js";
import { ENDED } from "./tape.js";
import { bytesOf } from "./tensor-core.js";
import { Tensor } from "./tensor.js";

/**
 * Run `fn` and free, when it returns or throws, every tensor it made, except those it returns.
 *
 * Returned tensors survive: alone, in arrays or in plain objects, at any depth. They move to the enclosing scope, or to
 * persistent memory; they are values then, whose graph has ended: `detach()` what goes into the next step's
 * computation. Typed arrays from `data()` do not survive: return `toArray()` or `item()`. Scopes nest; tensors of an
 * outer scope can be used in an inner one.
 *
 * Errors: `E_SCOPE` when `fn` returns a promise. A tensor that was not returned throws `E_STALE` on its next use.
 *
 * @example
 * const loss = scope(() => {
 *   const loss = crossEntropy(model.forward(x), targets);
 *   loss.backward();
 *   return loss.item();
 * });
 */
export function scope<R>(fn: () => R): R {
  const frame = openFrame();
  try {
    const result = fn();
    if (isPromise(result)) throw promiseFromScope("scope");
    keep(result, frame, new Set());
    return result;
  } finally {
    closeFrame(frame);
  }
}

/** Move the tensors of `frame` found in `value` to the frame around it. */
function keep(value: unknown, frame: Frame, seen: Set<object>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Tensor) {
    // Asked before the leaf moves: its gradient is in the same frame.
    const gradient = value.gradient?.leave();
    if (value.storage.frame === frame) move(value, frame.parent);
    keep(gradient, frame, seen);
  } else if (Array.isArray(value)) {
    for (const item of value) keep(item, frame, seen);
  } else if (isPlain(value)) {
    for (const item of Object.values(value)) keep(item, frame, seen);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Each tensor gets memory of its own, so that a slice does not keep the whole it was cut from. */
function move(tensor: Tensor, to: Frame | null): void {
  const from = tensor.ptr;
  const bytes = tensor.size * bytesOf(tensor.dtype);
  tensor.storage = new Storage(bytes, to);
  tensor.offset = 0;
  // Views are made after allocating, which may have grown the memory and detached earlier ones.
  const { heap } = runtime();
  heap.u8(tensor.ptr, bytes).set(heap.u8(from, bytes));
  if (tensor.node !== null) tensor.node = { entry: ENDED, index: 0 };
  tensor.selection = null;
}
