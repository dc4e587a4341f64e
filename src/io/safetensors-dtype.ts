/** Element types of a safetensors file, and how each becomes a typed array. Bytes are little-endian, as our hosts are. */
import { widenBF16, widenF16 } from "./half.js";

/** Element types as the format spells them. */
export type SafetensorsDType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "U8";

/** What a tensor's numbers arrive in: F16 and BF16 are widened to float32 (exactly), I64 is a `BigInt64Array`. */
export type TensorData = Float64Array | Float32Array | Int32Array | BigInt64Array | Uint8Array;

interface Layout {
  /** Bytes per element in the file. */
  readonly bytes: number;
  /** Typed array over a private copy of the file's bytes. */
  read(copy: ArrayBuffer): TensorData;
}

/** Every element type this reader knows. */
export const LAYOUTS: Readonly<Record<SafetensorsDType, Layout>> = {
  F64: { bytes: 8, read: (copy) => new Float64Array(copy) },
  F32: { bytes: 4, read: (copy) => new Float32Array(copy) },
  F16: { bytes: 2, read: (copy) => widenF16(new Uint16Array(copy)) },
  BF16: { bytes: 2, read: (copy) => widenBF16(new Uint16Array(copy)) },
  I64: { bytes: 8, read: (copy) => new BigInt64Array(copy) },
  I32: { bytes: 4, read: (copy) => new Int32Array(copy) },
  U8: { bytes: 1, read: (copy) => new Uint8Array(copy) },
};

/** Whether `name` is an element type this reader knows. */
export function isSafetensorsDType(name: string): name is SafetensorsDType {
  return Object.hasOwn(LAYOUTS, name);
}

/** The element type in which the writer stores `data`. */
export function dtypeOf(data: TensorData): SafetensorsDType {
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof BigInt64Array) return "I64";
  return "U8";
}
