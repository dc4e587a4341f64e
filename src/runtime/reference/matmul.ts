import { PANEL, SUM_BLOCK, packedSize, type Kernels } from "../kernels.js";
import { span, type Views } from "./views.js";

/** The matrix products of the reference table: the order of every sum is the definition the fast kernels keep. */
export function matmul({ floats, ints }: Views): Pick<Kernels, "pack" | "gemm" | "gemmBias" | "gemmTN" | "columnSum"> {
  /** y[i, j] = stored(Σ a[i, p] · packed[p, j], i · ldo + j, j), each sum one chain over ascending p from 0. */
  const product = (
    y: Float32Array | Float64Array,
    ldo: number,
    a: number,
    lda: number,
    packed: number,
    m: number,
    n: number,
    k: number,
    stored: (sum: number, at: number, j: number) => number,
  ): void => {
    const x = floats(a, span(m, k, lda));
    const w = floats(packed, packedSize(n, k));
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let at = (j - (j % PANEL)) * k + (j % PANEL);
        let sum = 0;
        for (let p = 0; p < k; p++, at += PANEL) sum += x[i * lda + p]! * w[at]!;
        y[i * ldo + j] = stored(sum, i * ldo + j, j);
      }
    }
  };
  return {
    pack(dst, src, n, k, strideN, strideK) {
      const to = floats(dst, packedSize(n, k));
      const from = floats(src, n > 0 && k > 0 ? (n - 1) * strideN + (k - 1) * strideK + 1 : 0);
      for (let j0 = 0, at = 0; j0 < n; j0 += PANEL) {
        for (let p = 0; p < k; p++) {
          for (let c = 0; c < PANEL; c++, at++) {
            to[at] = j0 + c < n ? from[(j0 + c) * strideN + p * strideK]! : 0;
          }
        }
      }
    },

    gemm(out, ldo, a, lda, packed, m, n, k, accumulate) {
      const y = floats(out, span(m, n, ldo));
      product(y, ldo, a, lda, packed, m, n, k, (sum, at) => (accumulate ? y[at]! + sum : sum));
    },

    gemmBias(out, ldo, a, lda, packed, m, n, k, bias) {
      const y = floats(out, span(m, n, ldo));
      const b = floats(bias, n);
      product(y, ldo, a, lda, packed, m, n, k, (sum, _, j) => sum + b[j]!);
    },

    gemmTN(out, a, lda, b, ldb, map, rows, m, n, accumulate) {
      const y = floats(out, m * n);
      const x = floats(a, span(rows, m, lda));
      const at = map === 0 ? identity(rows) : ints(map, rows);
      let last = -1;
      for (let r = 0; r < rows; r++) last = Math.max(last, at[r]!);
      const z = floats(b, span(last + 1, n, ldb));
      if (rows === 0 && !accumulate) y.fill(0);
      for (let start = 0; start < rows; start += SUM_BLOCK) {
        const end = Math.min(start + SUM_BLOCK, rows);
        const add = accumulate || start > 0;
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let r = start; r < end; r++) sum += x[r * lda + i]! * z[at[r]! * ldb + j]!;
            y[i * n + j] = add ? y[i * n + j]! + sum : sum;
          }
        }
      }
    },

    columnSum(out, a, lda, rows, n, accumulate) {
      const y = floats(out, n);
      const x = floats(a, span(rows, n, lda));
      if (rows === 0 && !accumulate) y.fill(0);
      for (let start = 0; start < rows; start += SUM_BLOCK) {
        const end = Math.min(start + SUM_BLOCK, rows);
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let r = start; r < end; r++) sum += x[r * lda + j]!;
          y[j] = accumulate || start > 0 ? y[j]! + sum : sum;
        }
      }
    },
  };
}

function identity(rows: number): Int32Array {
  const at = new Int32Array(rows);
  for (let r = 0; r < rows; r++) at[r] = r;
  return at;
}
