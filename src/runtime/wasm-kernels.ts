import type { KernelBinary } from "./kernel-binary.js";
import { BINARY_OPS, UNARY_OPS, type BinaryOp, type Kernels, type UnaryOp } from "./kernels.js";
import type { Team } from "./team.js";

type Raw = (...args: (number | boolean)[]) => number;

/** Entries whose arguments go to wasm as they are: numbers, and booleans that become 0 or 1 at the border. */
const PLAIN = [
  "fill",
  "copy",
  "pack",
  "columnSum",
  "axpy",
  "scale",
  "copyColumns",
  "gatherRows",
  "scatterAddRows",
  "sum",
  "sumSquares",
  "softmax",
  "logSoftmax",
  "dropoutMask",
  "adam",
  "sgd",
] as const satisfies readonly (keyof Kernels)[];

const numbered = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, number>;

/** Operators cross the border as their place in `UNARY_OPS` and `BINARY_OPS`. */
const UNARY: Record<UnaryOp, number> = numbered(UNARY_OPS);
const BINARY: Record<BinaryOp, number> = numbered(BINARY_OPS);

/** Rough flops per logit of a cross-entropy: an exponential and a few passes. */
const CROSS_ENTROPY_FLOPS = 24;

/**
 * The f32 kernel table over wasm exports: adds operator numbers and workers, and deals large jobs to all threads.
 *
 * @param fallback serves the entries that `exports` lacks
 * @param scratch address of GEMM_TN_SCRATCH_BYTES for each thread, asked for when first needed; kernels allocate nothing
 * @param missing filled with the names of those entries
 */
export function wasmKernels(
  exports: KernelBinary["exports"],
  fallback: Kernels,
  team: Team,
  scratch: () => number,
  missing: string[],
): Kernels {
  const table: { -readonly [K in keyof Kernels]: Kernels[K] } = { ...fallback };
  const raw = (name: string): Raw | undefined => {
    const found = exports[name] as Raw | undefined;
    if (found === undefined) missing.push(name);
    return found;
  };

  for (const name of PLAIN) {
    const entry = raw(name);
    if (entry !== undefined) Object.assign(table, { [name]: entry });
  }

  const unary = raw("unary");
  if (unary !== undefined) table.unary = (op, out, a, n) => void unary(UNARY[op], out, a, n);

  const unaryGrad = raw("unaryGrad");
  if (unaryGrad !== undefined) {
    table.unaryGrad = (op, da, dy, a, y, n) => void unaryGrad(UNARY[op], da, dy, a, y, n);
  }

  const binary = raw("binary");
  if (binary !== undefined) {
    table.binary = (op, out, rows, cols, a, aRow, aCol, b, bRow, bCol) =>
      void binary(BINARY[op], out, rows, cols, a, aRow, aCol, b, bRow, bCol);
  }

  const gemm = raw("gemm");
  if (gemm !== undefined) {
    table.gemm = (out, ldo, a, lda, packed, m, n, k, accumulate) => {
      if (!team.worthForking(2 * m * n * k, m)) {
        gemm(out, ldo, a, lda, packed, m, n, k, accumulate, 0, 1);
        return;
      }
      const args = [out, ldo, a, lda, packed, m, n, k, accumulate ? 1 : 0];
      team.callKernel("gemm", args, (worker, workers) => {
        gemm(out, ldo, a, lda, packed, m, n, k, accumulate, worker, workers);
      });
    };
  }

  const gemmTN = raw("gemmTN");
  if (gemmTN !== undefined) {
    table.gemmTN = (out, a, lda, b, ldb, map, rows, m, n, accumulate) => {
      if (!team.worthForking(2 * m * n * rows, m)) {
        gemmTN(out, a, lda, b, ldb, map, rows, m, n, accumulate, scratch(), 0, 1);
        return;
      }
      const args = [out, a, lda, b, ldb, map, rows, m, n, accumulate ? 1 : 0, scratch()];
      team.callKernel("gemmTN", args, (worker, workers) => {
        gemmTN(out, a, lda, b, ldb, map, rows, m, n, accumulate, scratch(), worker, workers);
      });
    };
  }

  const crossEntropy = raw("crossEntropy");
  if (crossEntropy !== undefined) {
    table.crossEntropy = (loss, dLogits, logits, target, rows, cols, ignore) => {
      if (!team.worthForking(CROSS_ENTROPY_FLOPS * rows * cols, rows)) {
        crossEntropy(loss, dLogits, logits, target, rows, cols, ignore, 0, 1);
        return;
      }
      const args = [loss, dLogits, logits, target, rows, cols, ignore];
      team.callKernel("crossEntropy", args, (worker, workers) => {
        crossEntropy(loss, dLogits, logits, target, rows, cols, ignore, worker, workers);
      });
    };
  }
  return table;
}

/** The same table, counting what tests and reports look at. */
export function counted(table: Kernels, team: Team): Kernels {
  const { counters } = team;
  const { pack, gemm } = table;
  return {
    ...table,
    pack(dst, src, n, k, strideN, strideK) {
      counters.packs++;
      pack(dst, src, n, k, strideN, strideK);
    },
    gemm(out, ldo, a, lda, packed, m, n, k, accumulate) {
      counters.gemmFlops += 2 * m * n * k;
      gemm(out, ldo, a, lda, packed, m, n, k, accumulate);
    },
  };
}
