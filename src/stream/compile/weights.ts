/** The numbers of a network as a stream reads them: weights packed for the matrix product, vectors, the embedding table. */
import type { Plan } from "../../cell/plan-format.js";
import type { Parameter } from "../../tensor/index.js";
import { aligned } from "../bundle.js";

/** The section of the weights, and where things lie in it, in bytes. */
export interface PackedNetwork {
  readonly bytes: Uint8Array;
  readonly weightsAt: readonly number[];
  readonly vectorsAt: readonly (readonly [buffer: number, at: number])[];
  /** 0 without a table. */
  readonly tableAt: number;
}

/** Columns of a panel of kernels/stream.ts. */
export const WIDE = 32;

/** Pack the parameters that a plan names. */
export function packNetwork(
  { weights, bindings }: Plan,
  sizes: Readonly<Record<string, number>>,
  parameters: ReadonlyMap<string, Parameter>,
  table: Parameter | null,
): PackedNetwork {
  const parts: { readonly at: number; readonly values: Float32Array }[] = [];
  let end = 0;
  const add = (values: Float32Array): number => {
    const at = end;
    parts.push({ at, values });
    end = aligned(at + values.byteLength);
    return at;
  };
  const plain = (parameter: Parameter): number => add((parameter.data() as Float32Array).slice());

  const weightsAt = weights.map(({ param, firstBlock, blocks, rowDim, colDim }) => {
    const n = blocks * sizes[rowDim];
    const k = sizes[colDim];
    const first = firstBlock * sizes[rowDim] * k;
    return add(packWide((parameters.get(param)!.data() as Float32Array).subarray(first, first + n * k), n, k));
  });
  const vectorsAt = bindings.vectors.map(({ param, buffer }) => [buffer, plain(parameters.get(param)!)] as const);
  const tableAt = table === null ? 0 : plain(table);
  const bytes = new Uint8Array(end);
  for (const { at, values } of parts) bytes.set(new Uint8Array(values.buffer), at);
  return { bytes, weightsAt, vectorsAt, tableAt };
}

/**
 * Lay a matrix W [n, k] out as panels of 32 rows, zero-padded: packed[(P·k + p)·32 + c] = W[32P + c, p]; what
 * kernels/stream.ts multiplies with.
 */
export function packWide(weight: Float32Array, n: number, k: number): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(Math.ceil(n / WIDE) * WIDE * k);
  for (let j = 0; j < n; j++) {
    const column = (j - (j % WIDE)) * k + (j % WIDE);
    for (let p = 0; p < k; p++) packed[column + p * WIDE] = weight[j * k + p];
  }
  return packed;
}
