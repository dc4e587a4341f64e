/**
 * The stream bundle: a network in one array of bytes, ready to run. It holds the code and the packed weights, and needs
 * nothing else: no cell definitions, no planner, no kernel files.
 *
 *   "HSSB" · u32 format · u32 n · header, n bytes of JSON in ASCII · sections, each from a multiple of 64 on
 *
 * Numbers are little-endian. ASCII, because audio worklets have no TextDecoder.
 */
import type { PlanBuffer, PlanWeight } from "../cell/plan-format.js";
import { streamBundle, streamBundleVersion } from "../errors.js";
import { hashBytes } from "./hash.js";

/** The format that this version writes. It reads format 1 too, in which no buffer lies inside another. */
const BUNDLE_FORMAT = 2;
/** Sections, and everything in the weights, start at multiples of this: a cache line. */
export const ALIGN = 64;
const MAGIC = 0x42535348;
const HEAD_BYTES = 12;

/** First byte and number of bytes. */
export type Range = readonly [at: number, bytes: number];

/** A buffer that is the rest of the rows of another one. */
export interface Place {
  readonly buffer: number;
  readonly within: number;
  /** The dim whose size is the number of columns before it. */
  readonly after: string;
}

/** What is to be known of a network to step it. */
export interface BundleAbout {
  /** Hash of the network: its cells, its sizes and all its weights. */
  readonly model: string;
  /** V: rows of the embedding table; 0 where the inputs are numbers. */
  readonly vocabulary: number;
  /** I or E: width of the row that the first layer reads. */
  readonly input: number;
  /** O or V: width of the output. */
  readonly output: number;
  /** The states in order; `buffer` is one of the plan's. */
  readonly states: readonly {
    readonly layer: number;
    readonly name: string;
    readonly width: number;
    readonly buffer: number;
  }[];
  /** The plan without its code, and the numbers that its names stand for. */
  readonly plan: {
    readonly dims: readonly string[];
    readonly buffers: readonly PlanBuffer[];
    readonly weights: readonly PlanWeight[];
    readonly sizes: Readonly<Record<string, number>>;
    readonly inputBuffer: number;
    readonly outputBuffer: number;
    /** Buffers that lie inside the row of another one of their size, from column `after`, a size, on; absent: none. */
    readonly places?: readonly Place[];
  };
  /** Bytes from the start of the weights: packed weights, parameter vectors by buffer, the embedding table. */
  readonly weightsAt: readonly number[];
  readonly vectorsAt: readonly (readonly [buffer: number, at: number])[];
  readonly tableAt: number;
}

/** What a bundle says of itself. */
interface BundleHeader extends BundleAbout {
  /** Hash of the sections. */
  readonly checksum: string;
  /** Sections from the first one on. */
  readonly kernels: Range;
  readonly program: Range;
  readonly weights: Range;
}

/** A bundle before it is written, or taken apart: sections are views then. */
export interface Bundle {
  readonly header: BundleAbout;
  readonly kernels: Uint8Array;
  readonly program: Uint8Array;
  readonly weights: Uint8Array;
}

/** `n` rounded up to a multiple of `ALIGN`. */
export function aligned(n: number): number {
  return Math.ceil(n / ALIGN) * ALIGN;
}

/** Write a bundle. */
export function encodeBundle({ header: about, kernels, program, weights }: Bundle): Uint8Array<ArrayBuffer> {
  const programAt = aligned(kernels.length);
  const weightsAt = programAt + aligned(program.length);
  const body = new Uint8Array(weightsAt + weights.length);
  body.set(kernels, 0);
  body.set(program, programAt);
  body.set(weights, weightsAt);
  const header: BundleHeader = {
    ...about,
    checksum: hashBytes(body),
    kernels: [0, kernels.length],
    program: [programAt, program.length],
    weights: [weightsAt, weights.length],
  };
  const text = JSON.stringify(header).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const first = aligned(HEAD_BYTES + text.length);
  const out = new Uint8Array(first + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, BUNDLE_FORMAT, true);
  view.setUint32(8, text.length, true);
  for (let i = 0; i < text.length; i++) out[HEAD_BYTES + i] = text.charCodeAt(i);
  out.set(body, first);
  return out;
}

/**
 * Take a bundle apart.
 *
 * Errors: `E_STREAM_BUNDLE` for other bytes, another format, and bytes that are not those that were written.
 */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_BYTES || view.getUint32(0, true) !== MAGIC) throw streamBundle("these bytes are no bundle");
  const format = view.getUint32(4, true);
  if (format !== 1 && format !== BUNDLE_FORMAT) throw streamBundleVersion(BUNDLE_FORMAT, format);
  const length = view.getUint32(8, true);
  if (HEAD_BYTES + length > bytes.length) throw streamBundle("the bundle ends in its header");
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[HEAD_BYTES + i]);
  let header: BundleHeader;
  try {
    header = JSON.parse(text) as BundleHeader;
  } catch {
    throw streamBundle("the header of the bundle is damaged");
  }
  const body = bytes.subarray(aligned(HEAD_BYTES + length));
  if (hashBytes(body) !== header.checksum) throw streamBundle("the bundle is cut off or damaged");
  const section = ([at, count]: Range): Uint8Array => body.subarray(at, at + count);
  return {
    header,
    kernels: section(header.kernels),
    program: section(header.program),
    weights: section(header.weights),
  };
}
