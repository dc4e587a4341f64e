/** What the kernels that are called from TypeScript do, and on whose account. */
import { type Kernels, packedSize, runtime } from "../../../runtime/index.js";
import { readGradient, RECORD_WORDS } from "../../../runtime/records.js";
import type { Region } from "../models.js";
import type { Ledger, Phase, Work } from "./ledger.js";

type Measured = { [K in keyof Kernels as Kernels[K] extends (...args: never[]) => unknown ? K : never]: Kernels[K] };

/** Work in flops and in elements read and written; a kernel that is not listed has time but no rate. */
const WORK: { readonly [K in keyof Measured]?: (...args: Parameters<Measured[K]>) => Work } = {
  fill: (_out, _value, n) => ({ written: n }),
  copy: (_out, _a, n) => ({ read: n, written: n }),
  pack: (_dst, _src, n, k) => ({ read: n * k, written: packedSize(n, k) }),
  gemm: (_out, _ldo, _a, _lda, _packed, m, n, k) => ({ flops: 2 * m * n * k }),
  gemmBias: (_out, _ldo, _a, _lda, _packed, m, n, k) => ({ flops: 2 * m * n * k }),
  gemmTN: (_out, _a, _lda, _b, _ldb, _map, rows, m, n) => ({ flops: 2 * rows * m * n }),
  columnSum: (_out, _a, _lda, rows, n) => ({ read: rows * n, written: n }),
  axpy: (_out, _alpha, _a, n) => ({ read: 2 * n, written: n }),
  scale: (_out, _alpha, _a, n) => ({ read: n, written: n }),
  binary: (_op, _out, rows, cols) => ({ read: 2 * rows * cols, written: rows * cols }),
  unary: (_op, _out, _a, n) => ({ read: n, written: n }),
  gatherRows: (_out, _table, _index, rows, width) => ({ read: rows * width, written: rows * width }),
  scatterAddRows: (_table, _a, _index, rows, width) => ({ read: 2 * rows * width, written: rows * width }),
  copyColumns: (_out, _ldo, _a, _lda, rows, cols) => ({ read: rows * cols, written: rows * cols }),
  sum: (_a, n) => ({ read: n }),
  sumSquares: (_a, n) => ({ read: n }),
  crossEntropy: (_loss, dLogits, _logits, _target, rows, cols) => ({
    read: rows * cols,
    written: dLogits === 0 ? rows : rows * cols,
  }),
  squares: (table, count) => ({ read: updated(table, count).gradients }),
  adam: (table, count) => {
    const { sizes, gradients } = updated(table, count);
    return { read: 3 * sizes + gradients, written: 3 * sizes };
  },
  sgd: (table, count) => {
    const { sizes, gradients } = updated(table, count);
    return { read: sizes + gradients, written: sizes };
  },
};

/** Elements of the tensors in a table, and of what there is of their gradients. */
function updated(table: number, count: number): { sizes: number; gradients: number } {
  const words = runtime().heap.f64(table, count * RECORD_WORDS);
  const records = Array.from({ length: count }, (_, place) => readGradient(words, place));
  return {
    sizes: records.reduce((sum, { size }) => sum + size, 0),
    gradients: records.reduce(
      (sum, record) => sum + (record.rows === 0 ? record.size : record.count * record.width),
      0,
    ),
  };
}

/** Where in a step we are. */
export interface Place {
  readonly region: Region;
  /** Whether gradients are on their way back. */
  readonly backward: boolean;
}

/** Products of a layer that are made for the distinct rows of its input, outside emitted code. */
const DISTINCT = "distinct rows";

/** The account of a kernel that is called at `place`. */
export function phaseOf(kernel: string, { region, backward }: Place): Phase {
  if (kernel === "pack") return { group: "packing", detail: "" };
  if (region === "embedding" || region === "loss" || region === "optimizer") return { group: region, detail: "" };
  if (kernel === "columnSum") return { group: "column sums", detail: "" };
  const product = kernel.startsWith("gemm");
  if (product && region === "output") return { group: "output layer products", detail: "" };
  if (kernel === "gemmTN") return { group: "weight gradients", detail: "" };
  if (product) return { group: backward ? "sunk products" : "hoisted products", detail: DISTINCT };
  // Products and gradients of the embedding's rows; where both directions run, also the turning around of sequences.
  if (kernel === "gatherRows" || kernel === "scatterAddRows") {
    return { group: "embedding", detail: "rows gathered and summed" };
  }
  return { group: "everything else", detail: kernel };
}

/** What is neither a kernel nor emitted code. */
export const JAVASCRIPT: Phase = { group: "everything else", detail: "JavaScript" };

/**
 * A kernel table whose every call is booked.
 *
 * @param place where in the step we are
 * @param packs called with the address from which each `pack` reads
 */
export function bookedKernels(
  table: Kernels,
  ledger: Ledger,
  place: () => Place,
  packs: (source: number) => void,
): Kernels {
  const booked = Object.entries(table).map(([name, entry]) => {
    if (typeof entry !== "function") return [name, entry as unknown];
    const call = entry as (...args: unknown[]) => unknown;
    const elements = WORK[name as keyof Measured] as ((...args: unknown[]) => Work) | undefined;
    return [
      name,
      (...args: unknown[]): unknown => {
        if (name === "pack") packs(args[1] as number);
        ledger.lap(JAVASCRIPT);
        const result = call(...args);
        const { flops, read = 0, written = 0 } = elements?.(...args) ?? {};
        ledger.lap(phaseOf(name, place()), { flops, read: read * table.bytes, written: written * table.bytes });
        return result;
      },
    ];
  });
  return Object.fromEntries(booked) as Kernels;
}
