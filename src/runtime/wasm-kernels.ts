import type { KernelBinary } from "./kernel-binary.js";
import { BINARY_OPS, GEMM_TN_SCRATCH_BYTES, UNARY_OPS, type BinaryOp, type Kernels, type UnaryOp } from "./kernels.js";
import { RECORD_WORDS, sizeAt } from "./records.js";
import type { Team } from "./team.js";

type Raw = (...args: (number | boolean)[]) => number;

const numbered = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, number>;

/** Operators cross the border as their place in `UNARY_OPS` and `BINARY_OPS`. */
const UNARY: Record<UnaryOp, number> = numbered(UNARY_OPS);
const BINARY: Record<BinaryOp, number> = numbered(BINARY_OPS);

/** What moving a float costs, counted in flops of a matrix product: about 45 GB/s in cache against 45 GFLOP/s. */
const MOVE = 4;
/** An exponential or a hash, its passes included. */
const EXPONENTIAL = 24;
/** Adam reads four arrays and writes three, and divides; SGD is less. */
const UPDATE = 7 * MOVE;

type Args<Name extends keyof Kernels> = Kernels[Name] extends (...args: infer A) => unknown ? A : never;

/**
 * Entries whose arguments go to wasm as they are (booleans become 0 or 1 at the border), with `worker, workers` after
 * them. Each says how large its job is, in flops, and how many rows there are to deal out (none said: enough).
 */
const SHARED: { [Name in keyof Kernels]?: (...args: Args<Name>) => number | readonly [flops: number, rows: number] } = {
  fill: (_out, _value, n) => n * MOVE,
  copy: (_out, _a, n) => 2 * n * MOVE,
  axpy: (_out, _alpha, _a, n) => 3 * n * MOVE,
  scale: (_out, _alpha, _a, n) => 2 * n * MOVE,
  pack: (_dst, _src, n, k) => [2 * n * k * MOVE, n],
  gemm: (_out, _ldo, _a, _lda, _packed, m, n, k) => [2 * m * n * k, m],
  gemmBias: (_out, _ldo, _a, _lda, _packed, m, n, k) => [2 * m * n * k, m],
  columnSum: (_out, _a, _lda, rows, n) => [rows * n * MOVE, n],
  copyColumns: (_out, _ldo, _a, _lda, rows, cols) => [2 * rows * cols * MOVE, rows],
  gatherRows: (_out, _table, _index, rows, width) => [2 * rows * width * MOVE, rows],
  scatterAddRows: (_table, _a, _index, rows, width) => [3 * rows * width * MOVE, width],
  softmax: (_out, _a, rows, cols) => [EXPONENTIAL * rows * cols, rows],
  logSoftmax: (_out, _a, rows, cols) => [EXPONENTIAL * rows * cols, rows],
  crossEntropy: (_loss, _d, _logits, _target, rows, cols) => [EXPONENTIAL * rows * cols, rows],
  dropoutMask: (_out, rows, cols) => [EXPONENTIAL * rows * cols, rows],
};

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
  /** One call on this thread, or one on each. */
  const share = (name: string, entry: Raw, args: (number | boolean)[], flops: number, rows?: number): void => {
    if (!team.worthForking(flops, rows)) entry(...args, 0, 1);
    else team.callKernel(name, args.map(Number), (worker, workers) => void entry(...args, worker, workers));
  };

  for (const [name, size] of Object.entries(SHARED) as [string, (...args: unknown[]) => number | [number, number]][]) {
    const entry = raw(name);
    if (entry === undefined) continue;
    const shared = (...args: (number | boolean)[]): void => {
      const found = size(...args);
      if (typeof found === "number") share(name, entry, args, found);
      else share(name, entry, args, found[0], found[1]);
    };
    Object.assign(table, { [name]: shared });
  }

  for (const name of ["sum", "sumSquares"] as const) {
    const entry = raw(name);
    if (entry !== undefined) table[name] = entry;
  }

  const unary = raw("unary");
  if (unary !== undefined) {
    table.unary = (op, out, a, n) => share("unary", unary, [UNARY[op], out, a, n], n * EXPONENTIAL);
  }

  const unaryGrad = raw("unaryGrad");
  if (unaryGrad !== undefined) {
    table.unaryGrad = (op, da, dy, a, y, n) =>
      share("unaryGrad", unaryGrad, [UNARY[op], da, dy, a, y, n], 4 * n * MOVE);
  }

  const binary = raw("binary");
  if (binary !== undefined) {
    table.binary = (op, out, rows, cols, ...operands) =>
      share("binary", binary, [BINARY[op], out, rows, cols, ...operands], 3 * rows * cols * MOVE);
  }

  const gemmTN = raw("gemmTN");
  if (gemmTN !== undefined) {
    table.gemmTN = (out, a, lda, b, ldb, map, rows, m, n, accumulate) => {
      const args = [out, a, lda, b, ldb, map, rows, m, n, accumulate, scratch()];
      share("gemmTN", gemmTN, args, 2 * m * n * rows, m);
    };
  }

  /** Elements of all tensors of a table. */
  const elementsOf = (at: number, count: number): number => {
    const all = team.words(at, count * RECORD_WORDS);
    let elements = 0;
    for (let place = 0; place < count; place++) elements += sizeAt(all, place);
    return elements;
  };

  const squares = raw("squares");
  const sumBlocks = raw("sumBlocks");
  if (squares !== undefined && sumBlocks !== undefined) {
    table.squares = (at, count, partial) => {
      const args = [at, count, partial, scratch(), GEMM_TN_SCRATCH_BYTES];
      share("squares", squares, args, elementsOf(at, count) * MOVE);
      return sumBlocks(at, count, partial);
    };
  }

  for (const name of ["adam", "sgd", "rmsprop", "adagrad", "adadelta"] as const) {
    const entry = raw(name);
    if (entry === undefined) continue;
    table[name] = (at, count) => share(name, entry, [at, count], elementsOf(at, count) * UPDATE);
  }
  return table;
}

/** The same table, counting what tests and reports look at. */
export function counted(table: Kernels, team: Team): Kernels {
  const { counters } = team;
  const { pack, gemm, gemmBias } = table;
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
    gemmBias(out, ldo, a, lda, packed, m, n, k, bias) {
      counters.gemmFlops += 2 * m * n * k;
      gemmBias(out, ldo, a, lda, packed, m, n, k, bias);
    },
  };
}
