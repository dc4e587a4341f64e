/**
 * Arithmetic on square matrices that may carry a derivative beside them: (A, dA)·(B, dB) = (A·B, A·dB + dA·B). An
 * algorithm written once for the values then computes its own derivative in a direction.
 */
import { type Kernels, packedSize } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import { scratch } from "./frame.js";

/** Addresses of n × n numbers, row-major; `slope` is 0 where no derivative is carried. */
export interface Square {
  readonly value: number;
  readonly slope: number;
}

export class SquareProducts {
  readonly kernels: Kernels;
  readonly n: number;
  readonly #sloped: boolean;
  readonly #packed: number;
  #next: number;

  private constructor(kernels: Kernels, n: number, sloped: boolean, base: number) {
    this.kernels = kernels;
    this.n = n;
    this.#sloped = sloped;
    this.#packed = base;
    this.#next = base + aligned(packedSize(n, n) * kernels.bytes);
  }

  /** Run `use` with room for `count` matrices, with slopes or without; all of it is free again when it returns. */
  static borrow(
    kernels: Kernels,
    n: number,
    count: number,
    sloped: boolean,
    use: (squares: SquareProducts) => void,
  ): void {
    const matrices = count * (sloped ? 2 : 1) * aligned(n * n * kernels.bytes);
    scratch(aligned(packedSize(n, n) * kernels.bytes) + matrices, (base) =>
      use(new SquareProducts(kernels, n, sloped, base)),
    );
  }

  /** The next matrix of the room, contents undefined. */
  take(): Square {
    const step = aligned(this.n * this.n * this.kernels.bytes);
    const value = this.#next;
    this.#next += this.#sloped ? 2 * step : step;
    return { value, slope: this.#sloped ? value + step : 0 };
  }

  /** out = a·b; `out` is another matrix than a and b. */
  multiply(out: Square, a: Square, b: Square): Square {
    this.#product(out.value, a.value, b.value, false);
    if (this.#sloped) {
      this.#product(out.slope, a.slope, b.value, false);
      this.#product(out.slope, a.value, b.slope, true);
    }
    return out;
  }

  /** out = Σ_k coefficients[k]·x^k, powers[k − 1] = x^k. */
  combine(out: Square, powers: readonly Square[], coefficients: readonly number[]): void {
    const size = this.n * this.n;
    for (const part of this.#parts()) {
      this.kernels.fill(out[part], 0, size);
      for (let k = 1; k < coefficients.length; k++) {
        this.kernels.axpy(out[part], coefficients[k], powers[k - 1][part], size);
      }
    }
    const values = runtime().heap[this.kernels.dtype](out.value, size);
    for (let i = 0; i < this.n; i++) values[i * (this.n + 1)] += coefficients[0];
  }

  /** out += a. */
  add(out: Square, a: Square): void {
    for (const part of this.#parts()) this.kernels.axpy(out[part], 1, a[part], this.n * this.n);
  }

  /** x = factor·x. */
  scale(x: Square, factor: number): void {
    for (const part of this.#parts()) this.kernels.scale(x[part], factor, x[part], this.n * this.n);
  }

  /** The numbers at `out` become the transpose of those at `a`. */
  transpose(out: number, a: number): void {
    const { n } = this;
    const { heap } = runtime();
    const from = heap[this.kernels.dtype](a, n * n);
    const to = heap[this.kernels.dtype](out, n * n);
    for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) to[c * n + r] = from[r * n + c];
  }

  /** The 1-norm, max_c Σ_r |a[r, c]|, of the numbers at `a`. */
  norm1(a: number): number {
    const { n } = this;
    const values = runtime().heap[this.kernels.dtype](a, n * n);
    const sums = new Float64Array(n);
    for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) sums[c] += Math.abs(values[r * n + c]);
    return sums.reduce((largest, sum) => (sum > largest || sum !== sum ? sum : largest), 0);
  }

  #parts(): readonly ("value" | "slope")[] {
    return this.#sloped ? ["value", "slope"] : ["value"];
  }

  #product(out: number, a: number, b: number, accumulate: boolean): void {
    const { kernels, n } = this;
    kernels.pack(this.#packed, b, n, n, 1, n);
    kernels.gemm(out, n, a, n, this.#packed, n, n, n, accumulate);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
