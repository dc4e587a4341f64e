/** A state as a value: what a stream remembers, to keep, to send and to go on from. */
import {
  streamStateBytes,
  streamStateForeign,
  streamStateShape,
  streamStateType,
  streamStateVersion,
} from "../errors.js";
import { described, isBytes } from "./arguments.js";
import { hashBytes } from "./hash.js";

/** What a session remembers: plain data, which `structuredClone`, `postMessage` and JSON copy. */
export interface StreamState {
  /** Hash of the model that it belongs to. */
  readonly model: string;
  /** B: rows. */
  readonly batch: number;
  /** [B, S]: for every row the states of all layers, in the order of the model's `states`. */
  readonly values: Float32Array;
}

const MAGIC = 0x54535348;
const FORMAT = 2;
const HASH_DIGITS = 16;
const HEAD_BYTES = 16 + HASH_DIGITS;
const STATE = "a state { model, batch, values }";

/**
 * The numbers of a state of this model with `batch` rows of `size` numbers, or an error.
 *
 * Errors: `E_STREAM_STATE`.
 */
export function checkState(
  who: string,
  state: StreamState,
  model: string,
  batch: number,
  size: number,
): ArrayLike<number> {
  if (typeof state !== "object" || state === null) throw streamStateType(who, STATE, described(state));
  if (state.model !== model) throw streamStateForeign(who, model, state.model);
  const values = numbersOf(who, state.values);
  if (state.batch !== batch || values.length !== batch * size) {
    throw streamStateShape(who, [batch, size], `${state.batch} row(s), ${values.length} numbers in all`);
  }
  return values;
}

/** A state's numbers as they are, as a plain array, or as the object { "0": …, "1": … } that JSON makes of them. */
function numbersOf(who: string, values: unknown): ArrayLike<number> {
  if (ArrayBuffer.isView(values) && (values as Float32Array)[Symbol.toStringTag] === "Float32Array") {
    return values as Float32Array;
  }
  if (typeof values !== "object" || values === null) {
    throw streamStateType(who, "values, the numbers of the state", described(values));
  }
  Object.keys(values).forEach((key, i) => {
    if (key !== String(i)) throw streamStateType(who, "values to be numbers in a row", `one at "${key}" in place ${i}`);
  });
  const numbers = Object.values(values) as unknown[];
  for (const [i, value] of numbers.entries()) {
    // JSON writes null for a number that is not finite.
    if (typeof value !== "number")
      throw streamStateType(who, "values to be numbers", `${described(value)} in place ${i}`);
  }
  return numbers as number[];
}

/**
 * A state as bytes: "HSST" · u32 format · u32 B · u32 n, of values · 16 digits of the model's hash · n float32 values · 16
 * digits, the hash of all bytes before them. Numbers are little-endian.
 *
 * Errors: `E_STREAM_STATE` for what is no state.
 */
export function encodeState(state: StreamState): Uint8Array<ArrayBuffer> {
  const who = "encodeState";
  if (typeof state !== "object" || state === null) throw streamStateType(who, STATE, described(state));
  const { model, batch } = state;
  if (typeof model !== "string" || model.length !== HASH_DIGITS) {
    throw streamStateType(who, "model, the 16 digits of a model's hash", described(model));
  }
  const values = numbersOf(who, state.values);
  if (!(Number.isInteger(batch) && batch >= 1 && values.length % batch === 0)) {
    throw streamStateType(who, "batch, the rows of the state", `${described(batch)} with ${values.length} values`);
  }
  const end = HEAD_BYTES + 4 * values.length;
  const out = new Uint8Array(end + HASH_DIGITS);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT, true);
  view.setUint32(8, batch, true);
  view.setUint32(12, values.length, true);
  write(out, 16, model);
  for (let i = 0; i < values.length; i++) view.setFloat32(HEAD_BYTES + 4 * i, values[i], true);
  write(out, end, hashBytes(out.subarray(0, end)));
  return out;
}

/** The state that `encodeState` wrote. Errors: `E_STREAM_STATE` for other bytes, and for one more, less or different. */
export function decodeState(bytes: Uint8Array): StreamState {
  if (!isBytes(bytes)) throw streamStateBytes(`expected a Uint8Array, received ${described(bytes)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== MAGIC) throw streamStateBytes("these bytes are no state");
  const format = view.getUint32(4, true);
  if (format !== FORMAT) throw streamStateVersion(FORMAT, format);
  if (bytes.length < HEAD_BYTES) throw streamStateBytes(`the state ends in its header, after ${bytes.length} bytes`);
  const count = view.getUint32(12, true);
  const end = HEAD_BYTES + 4 * count;
  if (bytes.length !== end + HASH_DIGITS) {
    const what = bytes.length < end + HASH_DIGITS ? "cut off" : "too long";
    throw streamStateBytes(`the state is ${what}: expected ${end + HASH_DIGITS} bytes, received ${bytes.length}`);
  }
  if (hashBytes(bytes.subarray(0, end)) !== read(bytes, end)) throw streamStateBytes("the state is damaged");
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getFloat32(HEAD_BYTES + 4 * i, true);
  return { model: read(bytes, 16), batch: view.getUint32(8, true), values };
}

function write(out: Uint8Array, at: number, digits: string): void {
  for (let i = 0; i < HASH_DIGITS; i++) out[at + i] = digits.charCodeAt(i);
}

function read(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + HASH_DIGITS));
}
