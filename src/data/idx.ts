import { badIdx } from "../errors.js";

/** An array of bytes as the MNIST files hold it. */
export interface IdxArray {
  /** Sizes, slowest first: [N] for labels, [N, 28, 28] for images. */
  readonly shape: readonly number[];
  /** Row-major; a view of the bytes that were read. */
  readonly data: Uint8Array;
}

/**
 * Read an IDX file of unsigned bytes: the format of MNIST's images and labels, decompressed.
 *
 *   0, 0, 8 (unsigned byte), number of dimensions, each size as a big-endian uint32, the elements
 *
 * Errors: `E_IDX` for another format or type, or when elements are missing or left over.
 * Source: Y. LeCun, C. Cortes & C. Burges, "The MNIST database of handwritten digits".
 *
 * @example
 * const { shape, data } = readIdx(gunzipSync(readFileSync("t10k-images-idx3-ubyte.gz")));
 */
export function readIdx(bytes: Uint8Array): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const gzip = bytes.length >= 2 && view.getUint16(0) === 0x1f8b;
  if (gzip) throw badIdx("decompressed bytes", "a gzip file");
  if (bytes.length < 4 || view.getUint16(0) !== 0) throw badIdx("two zero bytes at its start", "something else");
  if (bytes[2] !== 8) throw badIdx("elements of type 8, unsigned bytes", `type ${bytes[2]}`);
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (rank === 0 || bytes.length < start) throw badIdx("one size or more, 4 bytes each", `${bytes.length} bytes`);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, n) => product * n, 1);
  const data = bytes.subarray(start);
  if (data.length !== size) throw badIdx(`${size} elements for shape [${shape.join(", ")}]`, `${data.length}`);
  return { shape, data };
}
