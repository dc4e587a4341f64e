import { invalidValue, streamTooShort } from "../errors.js";

/** A piece of a single stream; T may be smaller in the last one. */
export interface StreamWindow {
  /** Tokens read. Shape [T, 1]. */
  readonly inputs: Int32Array;
  /** The token after each input. Shape [T, 1]. */
  readonly targets: Int32Array;
  /** Place of the first input in the stream. */
  readonly start: number;
}

/**
 * Read a text once, from its first token to its last, as one row: what evaluation needs. With the state carried from
 * window to window the sum of the losses does not depend on `window`, and each of the N − 1 predictions counts once.
 *
 * @param ids tokens of the text, N of them; windows are views of it
 * @param window most tokens at a time (memory, not meaning)
 * @throws E_TEXT_SHORT if N < 2
 */
export function* contiguousStream(ids: Int32Array, window: number): Generator<StreamWindow, void, undefined> {
  if (!Number.isSafeInteger(window) || window < 1) {
    throw invalidValue("contiguousStream", "window", "a positive integer", window);
  }
  const predictions = ids.length - 1;
  if (predictions < 1) throw streamTooShort(ids.length);
  for (let start = 0; start < predictions; start += window) {
    const end = Math.min(start + window, predictions);
    yield { inputs: ids.subarray(start, end), targets: ids.subarray(start + 1, end + 1), start };
  }
}
