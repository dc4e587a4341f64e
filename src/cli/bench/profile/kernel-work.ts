/** What the kernels that are called from TypeScript do, and on whose account. */
import { type Kernels, packedSize } from "../../../runtime/index.js";
import type { Region } from "../models.js";
import type { Ledger, Phase, Work } from "./ledger.js";

type Measured = { [K in keyof Kernels as Kernels[K] extends (...args: never[]) => unknown ? K : never]: Kernels[K] };

/** Work in flops and in elements read and written; a kernel that is not listed has time but no rate. */
const WORK: { readonly [K in keyof Measured]?: (...args: Parameters<Measured[K]>) => Work } = {
  fill: (_out, _value, n) => ({ written: n }),
  copy: (_out, _a, n) => ({ read: n, written: n }),
  pack: (_dst, _src, n, k) => ({ read: n * k, written: packedSize(n, k) }),
  gemm: (_out, _ldo, _a, _lda, _packed, m, n, k) => ({ flops: 2 * m * n * k }),
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
  adam: (_p, _m, _v, _grad, n) => ({ read: 4 * n, written: 3 * n }),
  sgd: (_p, buf, _grad, n) => ({ read: (buf === 0 ? 2 : 3) * n, written: (buf === 0 ? 1 : 2) * n }),
};

/** The account of a kernel called while `region` runs. */
export function phaseOf(kernel: string, region: Region): Phase {
  if (kernel === "pack") return { group: "packing", detail: "" };
  if (region === "embedding" || region === "loss" || region === "optimizer") return { group: region, detail: "" };
  const product = kernel.startsWith("gemm");
  if (product && region === "output") return { group: "output layer products", detail: "" };
  if (product) return { group: kernel === "gemmTN" ? "weight gradients" : "recurrent products", detail: "" };
  if (kernel === "columnSum") return { group: "column sums", detail: "" };
  return { group: "everything else", detail: kernel };
}

/** What is neither a kernel nor emitted code. */
export const JAVASCRIPT: Phase = { group: "everything else", detail: "JavaScript" };

/**
 * A kernel table whose every call is booked.
 *
 * @param region the part of the model that runs now
 * @param packs called with the address from which each `pack` reads
 */
export function bookedKernels(
  table: Kernels,
  ledger: Ledger,
  region: () => Region,
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
        ledger.lap(phaseOf(name, region()), { flops, read: read * table.bytes, written: written * table.bytes });
        return result;
      },
    ];
  });
  return Object.fromEntries(booked) as Kernels;
}
