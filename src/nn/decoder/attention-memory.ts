/** What a decoder looks at, prepared once for a sequence: the positions that there are, and whatever of them does not change. */
import { gatherRows, reshape, Tensor } from "../../tensor/index.js";
import { piecesOf, type StepSelection } from "../sequence-pieces.js";

/** The memory of B sequences, S positions each, as the inputs of a cell with attention. */
export interface AttentionMemory {
  /** `values` [B, S, C], `keys` [B, S, A] where the score has some, `valid` [B, S] of 0 and 1. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly batch: number;
  /** S. */
  readonly positions: number;
}

/** Which positions of a memory there are: all, or those of `lengths` or `mask` [S, B]. */
export type MemorySelection = Pick<StepSelection, "lengths" | "mask">;

/**
 * Outputs of an encoder, time-major [S, B, C], to `values` [B, S, C] and `valid` [B, S]; zeros where there is no position.
 *
 * Errors: `E_LENGTHS`, `E_MASK`, `E_OPTION` for both at once.
 */
export function memoryRows(
  who: string,
  encoded: Tensor,
  { lengths, mask }: MemorySelection = {},
): { readonly values: Tensor; readonly valid: Tensor } {
  const [S, B, C] = encoded.shape;
  const index = new Int32Array(B * S).fill(-1);
  const valid = new Float64Array(B * S);
  for (const { sequence, steps } of piecesOf(who, S, B, { lengths, mask }).pieces) {
    for (const s of steps) {
      index[sequence * S + s] = s * B + sequence;
      valid[sequence * S + s] = 1;
    }
  }
  const rows = gatherRows(reshape(encoded, [S * B, C]), Tensor.from(index));
  const dtype = encoded.dtype as "f32" | "f64";
  return { values: reshape(rows, [B, S, C]), valid: Tensor.from(valid, [B, S], { dtype }) };
}

/** The memories of some sequences, in this order; a sequence may come several times, as the rows of a beam do. */
export function memoryOf({ inputs, positions }: AttentionMemory, sequences: ArrayLike<number>): AttentionMemory {
  const index = Tensor.from(Int32Array.from(sequences));
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, gatherRows(value, index)])),
    batch: sequences.length,
    positions,
  };
}
