/**
 * The kernel table: everything a model asks of the machine, as one interface.
 *
 * Pointers are byte offsets into the heap; sizes and leading dimensions (`ld…`) count elements. Kernels write into
 * `out`, allocate nothing and keep no state. All but `sum` and `sumSquares` are shared by the workers when there is much to do: matrix products
 * and the cross-entropy (marked ∥) deal their rows in tiles of four, round-robin, the others cut rows, columns or elements
 * into stretches. Which worker computed an element never changes its bits.
 */
export * from "./records.js";

export type DType = "f32" | "f64" | "i32";
export type FloatType = "f32" | "f64";

/** Element-wise functions of one argument. */
export type UnaryOp = "neg" | "exp" | "log" | "tanh" | "sigmoid" | "relu" | "sqrt" | "abs" | "square";
/** Element-wise functions of two arguments. */
export type BinaryOp = "add" | "sub" | "mul" | "div" | "max" | "min" | "greater" | "equal";

export const UNARY_OPS: readonly UnaryOp[] = ["neg", "exp", "log", "tanh", "sigmoid", "relu", "sqrt", "abs", "square"];
export const BINARY_OPS: readonly BinaryOp[] = ["add", "sub", "mul", "div", "max", "min", "greater", "equal"];

/** Columns of one packed panel. */
export const PANEL = 8;
/** Rows of one tile: the unit in which rows are dealt to workers. */
export const TILE = 4;
/** Rows of one summation block: sums over rows are chains of this length, added in ascending order. */
export const SUM_BLOCK = 256;
/** Bytes of scratch per worker that the wasm gemmTN is given: 32 panels of b and sixteen tiles of a, of one block. */
export const GEMM_TN_SCRATCH_BYTES = 32 * (32 * SUM_BLOCK + 64) + 16 * (16 * SUM_BLOCK + 64);

/** Elements that `pack` writes for an n × k operand: whole panels, zero-padded. */
export function packedSize(n: number, k: number): number {
  return Math.ceil(n / PANEL) * PANEL * k;
}

/** Blocks of a sum over `size` elements. */
export function blocksOf(size: number): number {
  return Math.ceil(size / SUM_BLOCK);
}

export interface Kernels {
  readonly dtype: FloatType;
  /** Bytes per element. */
  readonly bytes: 4 | 8;

  // --- memory -------------------------------------------------------------------------------------------------
  fill(out: number, value: number, n: number): void;
  copy(out: number, a: number, n: number): void;

  // --- matrix products ----------------------------------------------------------------------------------------
  /** Lay out operand B (element (j, p) at src + j·strideN + p·strideK) as panels: dst[(P·k + p)·8 + c] = B(8P + c, p). */
  pack(dst: number, src: number, n: number, k: number, strideN: number, strideK: number): void;
  /** ∥ out[i, j] (+)= Σ_p a[i, p] · B(j, p), i < m, j < n, p ascending from 0; `accumulate` adds the finished sum to out. */
  gemm(
    out: number,
    ldo: number,
    a: number,
    lda: number,
    packed: number,
    m: number,
    n: number,
    k: number,
    accumulate: boolean,
  ): void;
  /** ∥ out[i, j] = Σ_p a[i, p] · B(j, p) + bias[j]: as `gemm`, the bias added to the finished sum. */
  gemmBias(
    out: number,
    ldo: number,
    a: number,
    lda: number,
    packed: number,
    m: number,
    n: number,
    k: number,
    bias: number,
  ): void;
  /**
   * ∥ out[i, j] (+)= Σ_r a[r, i] · b[map(r), j], i < m, j < n (out is m × n, dense), rows r in blocks of SUM_BLOCK.
   * `map` is 0 (identity) or the address of int32 row numbers. Shards the rows of `out`.
   */
  gemmTN(
    out: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    map: number,
    rows: number,
    m: number,
    n: number,
    accumulate: boolean,
  ): void;
  /** out[j] (+)= Σ_r a[r, j], j < n, rows in blocks of SUM_BLOCK. */
  columnSum(out: number, a: number, lda: number, rows: number, n: number, accumulate: boolean): void;

  // --- element-wise -------------------------------------------------------------------------------------------
  unary(op: UnaryOp, out: number, a: number, n: number): void;
  /** da[i] = dy[i] · op′(a[i]), where y[i] = op(a[i]) is given because most derivatives are shorter in it. */
  unaryGrad(op: UnaryOp, da: number, dy: number, a: number, y: number, n: number): void;
  /** out[r, c] (dense rows × cols) = a[r·aRow + c·aCol] op b[r·bRow + c·bCol]; a stride of 0 broadcasts. */
  binary(
    op: BinaryOp,
    out: number,
    rows: number,
    cols: number,
    a: number,
    aRow: number,
    aCol: number,
    b: number,
    bRow: number,
    bCol: number,
  ): void;
  /** out[i] += alpha · a[i]. */
  axpy(out: number, alpha: number, a: number, n: number): void;
  /** out[i] = alpha · a[i]. */
  scale(out: number, alpha: number, a: number, n: number): void;

  // --- rows ---------------------------------------------------------------------------------------------------
  /** Copy a block of columns: out[r, 0..cols) = a[r, 0..cols) with leading dimensions. */
  copyColumns(out: number, ldo: number, a: number, lda: number, rows: number, cols: number): void;
  /** out[r, :] = table[index[r], :]; `index` is the address of int32; a negative index writes zeros. */
  gatherRows(out: number, table: number, index: number, rows: number, width: number): void;
  /** table[index[r], :] += a[r, :], r ascending; a negative index is passed over. */
  scatterAddRows(table: number, a: number, index: number, rows: number, width: number): void;

  // --- reductions and losses ----------------------------------------------------------------------------------
  /** Σ a[i], accumulated in float64 in blocks of SUM_BLOCK elements. */
  sum(a: number, n: number): number;
  /** Σ a[i]², accumulated in float64 in blocks of SUM_BLOCK elements. */
  sumSquares(a: number, n: number): number;
  /**
   * Σ g² over the gradients of a table (`records.ts`): in float64, in blocks of SUM_BLOCK elements, a tensor's blocks and
   * then the tensors in ascending order. A gradient in rows has the bits of the whole one.
   *
   * @param partial room for `blocksOf` float64 numbers
   */
  squares(table: number, count: number, partial: number): number;
  /** out[r, :] = softmax(a[r, :]), with the row maximum subtracted. */
  softmax(out: number, a: number, rows: number, cols: number): void;
  /** out[r, :] = a[r, :] − log Σ exp(a[r, :]). */
  logSoftmax(out: number, a: number, rows: number, cols: number): void;
  /**
   * ∥ Softmax cross-entropy: loss[r] = logΣexp(logits[r]) − logits[r, target[r]], and, when dLogits ≠ 0,
   * dLogits[r, :] = factor · (softmax(logits[r]) − onehot(target[r])). A target equal to `ignore` gives loss 0 and gradient 0.
   */
  crossEntropy(
    loss: number,
    dLogits: number,
    logits: number,
    target: number,
    rows: number,
    cols: number,
    ignore: number,
    factor: number,
  ): void;

  // --- randomness ---------------------------------------------------------------------------------------------
  /** out[r, c] = bits(k0, k1, row(r), c) < threshold(p) ? 0 : 1/(1−p); row(r) = r, or index[r] when `index` ≠ 0. */
  dropoutMask(out: number, rows: number, cols: number, k0: number, k1: number, p: number, index: number): void;

  // --- optimizers: one call for all tensors of a table (`records.ts`); g is read as gradScale · gradient ------------
  /**
   * Adam / AdamW, PyTorch's form: g += weightDecay·p (coupled) or p −= lr·weightDecay·p (decoupled); m, v moving means;
   * p −= (lr / biasCorrection1) · m / (√v / √biasCorrection2 + eps). Rows without a gradient have g = 0; `lazy` passes
   * over them.
   */
  adam(table: number, count: number): void;
  /**
   * SGD, PyTorch's form: g += weightDecay·p; momentum ≠ 0: buf = first ? g : momentum·buf + (1−dampening)·g,
   * g = nesterov ? g + momentum·buf : buf; p −= lr·g.
   */
  sgd(table: number, count: number): void;
  /**
   * RMSprop, PyTorch's form: g += weightDecay·p; square = alpha·square + (1−alpha)·g², centered: mean likewise of g;
   * u = g / (√(square − mean²) + eps); momentum ≠ 0: u = buf = momentum·buf + u; p −= lr·u.
   */
  rmsprop(table: number, count: number): void;
  /** Adagrad, PyTorch's form: g += weightDecay·p; sum += g²; p −= lr · g / (√sum + eps). */
  adagrad(table: number, count: number): void;
  /**
   * Adadelta, PyTorch's form: g += weightDecay·p; square = rho·square + (1−rho)·g²; u = g·√(delta + eps) / √(square + eps);
   * delta = rho·delta + (1−rho)·u²; p −= lr·u.
   */
  adadelta(table: number, count: number): void;
}
