import { type Kernels, packedSize } from "../runtime/kernels.js";
import { scratch } from "./frame.js";

/**
 * out[m, n] = a[m, k] · B, where B(j, p) — column j, step p of the sum — is at b + j·strideN + p·strideK.
 *
 * `out` and `a` are dense. B is packed for this one product. A bias [n], if there is one, is added to the finished sums.
 */
export function product(
  kernels: Kernels,
  out: number,
  a: number,
  b: number,
  [m, n, k]: readonly [m: number, n: number, k: number],
  strideN: number,
  strideK: number,
  bias = 0,
): void {
  if (m === 0 || n === 0) return;
  if (k === 0 && bias === 0) {
    kernels.fill(out, 0, m * n);
    return;
  }
  scratch(packedSize(n, k) * kernels.bytes, (packed) => {
    kernels.pack(packed, b, n, k, strideN, strideK);
    if (bias === 0) kernels.gemm(out, n, a, k, packed, m, n, k, false);
    else kernels.gemmBias(out, n, a, k, packed, m, n, k, bias);
  });
}
