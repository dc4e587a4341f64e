/** A state as a value: what a stream remembers, to keep, to send and to go on from. */
import { streamStateBytes, streamStateForeign, streamStateShape } from "../errors.js";

/** What a session remembers: plain data, which `structuredClone` and `postMessage` copy. */
export interface StreamState {
  /** Hash of the model that it belongs to. */
  readonly model: string;
  /** B: rows. */
  readonly batch: number;
  /** [B, S]: for every row the states of all layers, in the order of the model's `states`. */
  readonly values: Float32Array;
}

const MAGIC = 0x54535348;
const FORMAT = 1;
const HASH_DIGITS = 16;
const HEAD_BYTES = 12 + HASH_DIGITS;

/**
 * A state of this model with `batch` rows of `size` numbers, or an error.
 *
 * Errors: `E_STREAM_STATE`.
 */
export function checkState(who: string, state: StreamState, model: string, batch: number, size: number): void {
  if (state.model !== model) throw streamStateForeign(who, model, state.model);
  if (state.batch !== batch || state.values.length !== batch * size) {
    throw streamStateShape(who, [batch, size], `${state.batch} row(s), ${state.values.length} numbers in all`);
  }
}

/** A state as bytes: "HSST" · u32 format · u32 B · 16 digits of the model's hash · float32 values, little-endian. */
export function encodeState({ model, batch, values }: StreamState): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(HEAD_BYTES + 4 * values.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT, true);
  view.setUint32(8, batch, true);
  for (let i = 0; i < HASH_DIGITS; i++) out[12 + i] = model.charCodeAt(i);
  values.forEach((value, i) => view.setFloat32(HEAD_BYTES + 4 * i, value, true));
  return out;
}

/** The state that `encodeState` wrote. Errors: `E_STREAM_STATE` for other bytes. */
export function decodeState(bytes: Uint8Array): StreamState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_BYTES || view.getUint32(0, true) !== MAGIC)
    throw streamStateBytes("these bytes are no state");
  const format = view.getUint32(4, true);
  if (format !== FORMAT) throw streamStateBytes(`expected a state of format ${FORMAT}, received format ${format}`);
  if ((bytes.length - HEAD_BYTES) % 4 !== 0) throw streamStateBytes("the state is cut off");
  const model = String.fromCharCode(...bytes.subarray(12, HEAD_BYTES));
  const values = new Float32Array((bytes.length - HEAD_BYTES) / 4);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(HEAD_BYTES + 4 * i, true);
  return { model, batch: view.getUint32(8, true), values };
}
