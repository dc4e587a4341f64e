/** The numbers of a network as a stream reads them: weights packed for the matrix product, vectors, the embedding table. */
import type { Plan } from "../../cell/plan-format.js";
import { packedSize, runtime } from "../../runtime/index.js";
import { type Parameter, scratch } from "../../tensor/index.js";
import { aligned } from "../bundle.js";

/** The section of the weights, and where things lie in it, in bytes. */
export interface PackedNetwork {
  readonly bytes: Uint8Array;
  readonly weightsAt: readonly number[];
  readonly vectorsAt: readonly (readonly [buffer: number, at: number])[];
  /** 0 without a table. */
  readonly tableAt: number;
}

/** Pack the parameters that a plan names. */
export function packNetwork(
  { weights, bindings }: Plan,
  sizes: Readonly<Record<string, number>>,
  parameters: ReadonlyMap<string, Parameter>,
  table: Parameter | null,
): PackedNetwork {
  const kernels = runtime().kernels("f32");
  const { heap } = runtime();
  const parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let end = 0;
  const add = (bytes: Uint8Array): number => {
    const at = end;
    parts.push({ at, bytes });
    end = aligned(at + bytes.length);
    return at;
  };
  const plain = ({ ptr, size }: Parameter): number => add(heap.u8(ptr, size * kernels.bytes).slice());

  const weightsAt = weights.map(({ param, firstBlock, blocks, rowDim, colDim }) => {
    const n = blocks * sizes[rowDim];
    const k = sizes[colDim];
    const count = packedSize(n, k) * kernels.bytes;
    const first = parameters.get(param)!.ptr + firstBlock * sizes[rowDim] * k * kernels.bytes;
    return scratch(count, (packed) => {
      kernels.pack(packed, first, n, k, k, 1);
      return add(heap.u8(packed, count).slice());
    });
  });
  const vectorsAt = bindings.vectors.map(({ param, buffer }) => [buffer, plain(parameters.get(param)!)] as const);
  const tableAt = table === null ? 0 : plain(table);
  const bytes = new Uint8Array(end);
  for (const part of parts) bytes.set(part.bytes, part.at);
  return { bytes, weightsAt, vectorsAt, tableAt };
}
