/** The heap. */
import { HiddenstateError } from "./letter.js";

/** No memory could be made at all: no WebAssembly here, or the engine has no room for it. */
export function heapMissing(cause?: unknown): HiddenstateError {
  const reason = cause === undefined ? "this engine has no WebAssembly" : `the engine answers "${String(cause)}"`;
  return new HiddenstateError(
    "E_HEAP",
    `Heap: cannot make a WebAssembly.Memory: ${reason}. Close other pages or programs that hold large memories, or use a current engine.`,
    { cause },
  );
}

/** A size that is no size. */
export function badAllocation(bytes: unknown): HiddenstateError {
  return new HiddenstateError("E_ALLOC", `Heap: expected a whole number of bytes ≥ 0, received ${String(bytes)}.`);
}

/** The memory's limit is reached. */
export function heapExhausted(bytes: number, used: number, limit: number): HiddenstateError {
  const mib = (n: number): string => `${(n / 1048576).toFixed(1)} MiB`;
  return new HiddenstateError(
    "E_HEAP_EXHAUSTED",
    `Heap: no room for ${mib(bytes)}: ${mib(used)} are in use and the limit is ${mib(limit)}. ` +
      "Use a smaller batch, a shorter window or a smaller model, and look for tensors created outside a scope in a loop.",
  );
}

/** An address that is not allocated: freed twice, or never allocated. */
export function badFree(ptr: number): HiddenstateError {
  return new HiddenstateError(
    "E_FREE",
    `Heap: address ${ptr} is not allocated: it was freed before, or alloc never returned it.`,
  );
}

/** A mark above the arena's height: scopes ended in the wrong order. */
export function badRelease(mark: number, present: number): HiddenstateError {
  return new HiddenstateError(
    "E_RELEASE",
    `Arena: cannot release to mark ${mark}, the arena is at ${present} already. Release marks in the reverse order of making them.`,
  );
}
