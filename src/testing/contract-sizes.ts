/** On which sizes the contract of a cell is checked. */
import { bits } from "../runtime/index.js";
import type { CaseSizes } from "./contract-case.js";
import { range } from "./contract-numbers.js";

export interface ContractSizes {
  /** Unidirectional, every row of full length. */
  readonly even: readonly CaseSizes[];
  /** One layer, one direction, every row of full length. */
  readonly single: readonly CaseSizes[];
  /** Everything: ragged or not, one direction or both. */
  readonly ragged: readonly CaseSizes[];
  /** One layer, one direction, ragged with at least one padded step. */
  readonly padded: readonly CaseSizes[];
  /** So small that every element can be measured. */
  readonly measured: readonly CaseSizes[];
  readonly directed: readonly CaseSizes[];
}

/** Sizes for every run of the tests: each a few milliseconds. */
export function quickSizes(): ContractSizes {
  return {
    even: [
      { T: 4, B: 2, I: 3, H: 5, layers: 2 },
      { T: 1, B: 1, I: 1, H: 1 },
      { T: 3, B: 9, I: 2, H: 17 },
    ],
    single: [
      { T: 3, B: 3, I: 2, H: 3 },
      { T: 5, B: 7, I: 5, H: 6 },
    ],
    ragged: [
      { T: 5, B: 5, I: 3, H: 7, layers: 2, bidirectional: true, lengths: [3, 0, 5, 1, 4] },
      { T: 1, B: 1, I: 1, H: 1 },
      { T: 3, B: 6, I: 1, H: 3, lengths: [2, 2, 1, 2, 0, 2] },
      { T: 2, B: 33, I: 2, H: 33, lengths: raggedLengths(2, 33) },
    ],
    padded: [
      { T: 4, B: 5, I: 2, H: 2, lengths: [4, 1, 0, 3, 2] },
      { T: 3, B: 2, I: 3, H: 5, lengths: [2, 1] },
    ],
    measured: [
      { T: 3, B: 3, I: 2, H: 2, lengths: [3, 0, 2] },
      { T: 2, B: 1, I: 1, H: 1 },
    ],
    directed: [{ T: 4, B: 5, I: 3, H: 5, layers: 2, bidirectional: true, lengths: [3, 0, 4, 1, 4] }],
  };
}

/**
 * All odd sizes against all batches. float64 is always interpreted, value by value: there the size of a tile means nothing,
 * and every third of them will do, each width and each batch among them.
 */
export function fullSizes(dtype: "f32" | "f64"): ContractSizes {
  const quick = quickSizes();
  const widths = [1, 2, 3, 5, 7, 17, 33];
  const batches = [...range(1, 10), 33];
  const every = widths.flatMap((H) => batches.map((B) => ({ T: 1 + ((H + B) % 7), B, I: 1 + ((H * B) % 5), H })));
  const all = every.filter((_, i) => dtype === "f32" || i % 3 === 0);
  const lengths = (sizes: CaseSizes): CaseSizes => ({ ...sizes, lengths: raggedLengths(sizes.T, sizes.B) });
  const both = (sizes: CaseSizes, i: number): CaseSizes => ({
    ...sizes,
    bidirectional: i % 3 === 0,
    layers: 1 + (i % 2),
  });
  return {
    even: [...quick.even, ...all],
    single: [...quick.single, ...all],
    ragged: [...quick.ragged, ...all.map(both), ...all.map(lengths).map(both)],
    padded: [...quick.padded, ...all.map(lengths)],
    measured: [
      ...quick.measured,
      { T: 3, B: 4, I: 3, H: 3, lengths: [3, 1, 2, 3] },
      { T: 2, B: 2, I: 1, H: 5, bidirectional: true },
    ],
    directed: [
      ...quick.directed,
      { T: 7, B: 9, I: 5, H: 17, lengths: raggedLengths(7, 9) },
      { T: 3, B: 33, I: 2, H: 7, layers: 3 },
    ],
  };
}

/** Lengths 0 … T, the same ones every time. */
function raggedLengths(T: number, B: number): number[] {
  return range(0, B).map((row) => bits(T, B, row, 0) % (T + 1));
}

/** Sizes as an error says them. */
export function sizesText({ T, B, I, H, layers = 1, bidirectional = false, lengths }: CaseSizes): string {
  const ends = lengths === undefined ? "" : `, lengths ${lengths.join(" ")}`;
  return `T ${T}, B ${B}, I ${I}, H ${H}, layers ${layers}${bidirectional ? ", bidirectional" : ""}${ends}`;
}
