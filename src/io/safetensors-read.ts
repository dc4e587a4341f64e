import {
  safetensorsDType,
  safetensorsDuplicate,
  safetensorsEncoding,
  safetensorsField,
  safetensorsHeaderTooLong,
  safetensorsHole,
  safetensorsJson,
  safetensorsOverlap,
  safetensorsRange,
  safetensorsSize,
  safetensorsTruncated,
} from "../errors.js";
import { isSafetensorsDType, LAYOUTS, type SafetensorsDType, type TensorData } from "./safetensors-dtype.js";
import { JsonNumber, parseStrictJson, type StrictJson } from "./strict-json.js";

/** A tensor read from a file; `data` is a private copy, `stored` the element type in the file. */
export interface StoredTensor {
  readonly stored: SafetensorsDType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A file's tensors in the order of their bytes, and its metadata. */
export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Map<string, string>;
}

/** The format's own limit on the header. */
const MAX_HEADER = 100_000_000;

interface Range {
  name: string;
  stored: SafetensorsDType;
  shape: number[];
  begin: number;
  end: number;
}

/**
 * Read a safetensors file, strictly: every byte of the data belongs to exactly one tensor whose shape fills it, every
 * key stands once, and nothing follows.
 *
 * F32, F64, I32, I64 and U8 come as they are; F16 and BF16 are widened to float32, exactly.
 *
 * @throws E_SAFETENSORS for a file that breaks the format; E_SAFETENSORS_DTYPE for an element type not listed above
 * @see https://github.com/huggingface/safetensors#format
 */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  // Node's Buffer overrides `slice` to share memory: seen as plain bytes, a slice is a copy.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const { header, dataStart } = readHeader(bytes);
  const dataBytes = bytes.length - dataStart;
  const metadata = new Map<string, string>();
  const ranges: Range[] = [];
  for (const [name, field] of header) {
    if (name === "__metadata__") readMetadata(field, metadata);
    else ranges.push(readRange(name, field, dataBytes));
  }
  ranges.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(ranges, dataBytes);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, stored, shape, begin, end } of ranges) {
    const copy = bytes.slice(dataStart + begin, dataStart + end).buffer as ArrayBuffer;
    tensors.set(name, { stored, shape, data: LAYOUTS[stored].read(copy) });
  }
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array): { header: Map<string, StrictJson>; dataStart: number } {
  if (bytes.length < 8) throw safetensorsTruncated(8, bytes.length);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER) throw safetensorsHeaderTooLong(length, MAX_HEADER);
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) throw safetensorsTruncated(dataStart, bytes.length);
  const header = parseStrictJson(decodeHeader(bytes.slice(8, dataStart)), {
    syntax: safetensorsJson,
    duplicate: safetensorsDuplicate,
  });
  if (!(header instanceof Map)) throw safetensorsField("the header", "an object");
  return { header, dataStart };
}

/** `bytes` must be a private copy: browsers refuse to decode shared memory. */
function decodeHeader(bytes: Uint8Array): string {
  try {
    // A byte order mark is not JSON: let the scanner see it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw safetensorsEncoding();
  }
}

function readMetadata(field: StrictJson, metadata: Map<string, string>): void {
  if (!(field instanceof Map)) throw safetensorsField("__metadata__", "an object of strings");
  for (const [key, text] of field) {
    if (typeof text !== "string") throw safetensorsField(`__metadata__.${JSON.stringify(key)}`, "a string");
    metadata.set(key, text);
  }
}

function readRange(name: string, field: StrictJson, dataBytes: number): Range {
  const who = `tensor ${JSON.stringify(name)}`;
  if (!(field instanceof Map)) throw safetensorsField(who, "an object");
  for (const key of field.keys()) {
    if (key !== "dtype" && key !== "shape" && key !== "data_offsets") {
      throw safetensorsField(who, `dtype, shape and data_offsets alone, not ${JSON.stringify(key)}`);
    }
  }
  const stored = field.get("dtype");
  if (typeof stored !== "string") throw safetensorsField(`${who} dtype`, "a string");
  if (!isSafetensorsDType(stored)) throw safetensorsDType(name, stored, Object.keys(LAYOUTS));
  const shape = readNaturals(field.get("shape"), `${who} shape`);
  const offsets = readNaturals(field.get("data_offsets"), `${who} data_offsets`);
  if (offsets.length !== 2) throw safetensorsField(`${who} data_offsets`, "two numbers");
  const [begin, end] = offsets;
  if (begin > end || end > dataBytes) throw safetensorsRange(name, begin, end, dataBytes);
  const needed = byteSize(shape, LAYOUTS[stored].bytes);
  if (needed === undefined) throw safetensorsField(`${who} shape`, "of fewer than 2^53 bytes");
  if (needed !== end - begin) throw safetensorsSize(name, stored, shape, needed, end - begin);
  return { name, stored, shape, begin, end };
}

/** Undefined as soon as the running product overflows: a later 0 does not make such a shape honest. */
function byteSize(shape: readonly number[], bytes: number): number | undefined {
  let size = bytes;
  for (const length of shape) {
    size *= length;
    if (size > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return size;
}

function readNaturals(field: StrictJson | undefined, where: string): number[] {
  const values = Array.isArray(field)
    ? field.map((item) => (item instanceof JsonNumber ? item.natural() : undefined))
    : [];
  if (!Array.isArray(field) || values.includes(undefined)) {
    throw safetensorsField(where, "an array of non-negative integers below 2^53");
  }
  return values as number[];
}

function checkCover(ranges: readonly Range[], dataBytes: number): void {
  let end = 0;
  let last = "";
  for (const range of ranges) {
    if (range.begin < end) throw safetensorsOverlap(last, range.name, range.begin);
    if (range.begin > end) throw safetensorsHole(end, range.begin);
    end = range.end;
    last = range.name;
  }
  if (end < dataBytes) throw safetensorsHole(end, dataBytes);
}
