import { invalidValue, safetensorsWriteName, safetensorsWriteSize } from "../errors.js";
import { dtypeOf, LAYOUTS, type TensorData } from "./safetensors-dtype.js";

/** A named array to store: `data` fills `shape` in row-major order. */
export interface TensorInput {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/**
 * Write a safetensors file.
 *
 * The same input gives the same bytes: wider elements first (so that every tensor is aligned), then by name; metadata
 * keys by name; the header is padded with spaces to 8 bytes.
 *
 * @param tensors pairs of name and array, e.g. a `Map`
 * @param metadata strings kept in the header under `__metadata__`
 * @throws E_SHAPE when data does not fill its shape; E_NAME for a repeated, reserved or ill-formed name
 */
export function writeSafetensors(
  tensors: Iterable<readonly [string, TensorInput]>,
  metadata: Iterable<readonly [string, string]> = [],
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(byWidthThenName);
  const fields = new Map<string, unknown>();
  const notes = [...metadata].sort(([a], [b]) => compare(a, b));
  if (notes.length > 0)
    fields.set("__metadata__", new Map(notes.map(([key, text]) => [wellFormed(key), wellFormed(text)])));
  let offset = 0;
  for (const [name, tensor] of sorted) {
    if (name === "__metadata__") throw safetensorsWriteName(name, "reserved");
    if (fields.has(wellFormed(name))) throw safetensorsWriteName(name, "duplicate");
    checkShape(name, tensor);
    const end = offset + tensor.data.byteLength;
    fields.set(
      name,
      new Map<string, unknown>([
        ["dtype", dtypeOf(tensor.data)],
        ["shape", tensor.shape],
        ["data_offsets", [offset, end]],
      ]),
    );
    offset = end;
  }
  const header = new TextEncoder().encode(stringify(fields));
  const headerBytes = Math.ceil(header.length / 8) * 8;
  const out = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes), true);
  out.set(header, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of sorted) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

function byWidthThenName([a, x]: readonly [string, TensorInput], [b, y]: readonly [string, TensorInput]): number {
  return LAYOUTS[dtypeOf(y.data)].bytes - LAYOUTS[dtypeOf(x.data)].bytes || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function checkShape(name: string, { shape, data }: TensorInput): void {
  let size = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw invalidValue(
        "writeSafetensors",
        `the shape of "${name}"`,
        "non-negative integers",
        `[${shape.join(", ")}]`,
      );
    }
    size *= length;
  }
  if (size !== data.length) throw safetensorsWriteSize(name, shape, data.length);
}

/** The encoder would replace a lone surrogate, and two names could become one. */
function wellFormed(name: string): string {
  if (/\p{Surrogate}/u.test(name)) throw safetensorsWriteName(name, "surrogate");
  return name;
}

/** JSON of nested maps: an object would lose `__proto__` and put number-like names first. */
function stringify(value: unknown): string {
  if (!(value instanceof Map)) return JSON.stringify(value);
  const parts = [...value].map(([key, part]) => `${JSON.stringify(key)}:${stringify(part)}`);
  return `{${parts.join(",")}}`;
}
