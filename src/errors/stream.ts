/** Streaming sessions and bundles. */
import { HiddenstateError } from "./letter.js";

/** A network that cannot run one step at a time as a stream. */
export function streamNet(problem: string, todo: string): HiddenstateError {
  return new HiddenstateError("E_STREAM_NET", `compileStream: ${problem}. ${todo}`);
}

/** Bytes that are no stream bundle, or a damaged one. */
export function streamBundle(problem: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_BUNDLE",
    `loadStream: ${problem}. Hand in the bytes that compileStream returned, all of them and unchanged.`,
  );
}

/** Something else where the bytes of a bundle belong. */
export function streamBundleType(who: string, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_BUNDLE",
    `${who}: expected the bytes of a bundle, a Uint8Array, received ${received}. Hand in what compileStream returned; ` +
      "an ArrayBuffer goes in as new Uint8Array(buffer).",
  );
}

/** A bundle of a format that this version does not read. */
export function streamBundleVersion(expected: number, received: number): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_BUNDLE",
    `loadStream: expected a bundle of format ${expected}, received format ${received}. Compile the network again with ` +
      "the version of hiddenstate that plays it.",
  );
}

/** The engine does not compile or link the code of a bundle. */
export function streamRefused(cause: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_REFUSED",
    `loadStream: the engine refuses the code of the bundle (${String(cause)}). It needs WebAssembly with SIMD; a content ` +
      "security policy must allow 'wasm-unsafe-eval'. Where bytes may not be compiled, hand in compiled `modules`.",
    { cause },
  );
}

/** An input of a step that is no array of numbers. */
export function streamInput(who: string, expected: string, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_INPUT",
    `${who}: expected ${expected}, received ${received}. Hand in numbers: an array, a typed array, or the data() of a tensor.`,
  );
}

/** An input that is not finite in float32. */
export function streamInputNumber(who: string, row: number, column: number, received: number): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_INPUT",
    `${who}: expected numbers that are finite in float32, received ${received} at row ${row}, column ${column}. One such ` +
      "number would stay in the state for good: leave the step out, or put a number in its place.",
  );
}

/** Something else where a state belongs. */
export function streamStateType(who: string, expected: string, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `${who}: expected ${expected}, received ${received}. Hand in what save or decodeState returned, or a copy of it ` +
      "(structuredClone, JSON).",
  );
}

/** A state that another model left. */
export function streamStateForeign(who: string, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `${who}: expected a state of model ${expected}, received one of model ${String(received)}. A state belongs to the ` +
      "weights that made it: start from a new session, or load the model that saved it.",
  );
}

/** A state whose numbers do not fit. */
export function streamStateShape(who: string, expected: readonly number[], received: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `${who}: expected a state of ${expected[0]} row(s) of ${expected[1]} numbers, received ${received}. A state is ` +
      "restored into as many rows as it was saved from.",
  );
}

/** Bytes that are no encoded state. */
export function streamStateBytes(problem: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `decodeState: ${problem}. Hand in the bytes that encodeState returned, all of them and unchanged.`,
  );
}

/** An encoded state of a format that this version does not read. */
export function streamStateVersion(expected: number, received: number): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `decodeState: expected a state of format ${expected}, received format ${received}. Decode it with the version of ` +
      "hiddenstate that wrote it, and encode it again.",
  );
}

/** A session or member that was ended. */
export function streamClosed(who: string): HiddenstateError {
  return new HiddenstateError("E_STREAM_CLOSED", `${who}: it has ended, and its memory serves others. Make a new one.`);
}

/** More members than rows. */
export function streamPoolFull(capacity: number): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_POOL",
    `StreamPool.join: all ${capacity} rows are taken. Let a member leave, or make a larger pool.`,
  );
}

/** Memory that the engine does not give. */
export function streamMemory(bytes: number, cause: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_MEMORY",
    `stream: the engine gives no memory for ${bytes} bytes more. Close sessions that are not needed any more, or use ` +
      "smaller batches.",
    { cause },
  );
}
