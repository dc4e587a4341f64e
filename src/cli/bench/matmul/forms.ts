/** The matrix products that a recurrent network is made of, each ready to be checked and timed at any size. */
import { benchDisagrees } from "../../../errors.js";
import { BASE64 as KERNELS } from "../../../runtime/generated/kernels-stream.js";
import { decodeBase64 } from "../../../runtime/kernel-binary.js";
import { packedSize, runtime } from "../../../runtime/index.js";
import { packWide } from "../../../stream/compile/weights.js";
import { uniform, unit } from "../numbers.js";

/** Rows of a batch, units of the result, units of the input. */
export interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** `product`: the packed one; `gradient`: that of weight gradients, over STEPS · m rows; `row`: a stream's, on one row. */
export type Form = "product" | "gradient" | "row";

/** One product, set up. */
export interface Prepared {
  readonly flops: number;
  /** Bytes of the operand that is as large as the weights. */
  readonly weightBytes: number;
  run(): void;
  /** Elements of the result in full, row-major. */
  result(): Float32Array;
  /** Element (i, j) in float64, and Σ |terms| by which its rounding is judged. */
  expected(i: number, j: number): { value: number; size: number };
  /** Columns of the result. */
  readonly columns: number;
}

/** Steps of the sequence over which `gradient` sums: M is a batch, as in the other forms, so a sum has STEPS · M terms. */
export const STEPS = 32;

/** Most of Σ |terms| by which an element may differ; k roundings of float32 in a chain are below it up to k = 3,200. */
export const TOLERANCE = 1e-5;

/** Operands of every size up to the largest of a sweep, allocated once. */
export class Operands {
  readonly #at: number;
  readonly #space: number;
  /** Numbers for every operand, from the start as many as are needed. */
  readonly #values: Float32Array;

  /** @param shapes the sizes that will be asked for */
  constructor(shapes: readonly Shape[]) {
    const sizes = shapes.map(({ m, n, k }) => {
      const rows = STEPS * m;
      return Math.max(m * k, packedSize(n, k), m * n, rows * n, rows * k, n * k);
    });
    this.#space = Math.max(...sizes) + 16;
    const { heap } = runtime();
    this.#at = heap.alloc(3 * 4 * this.#space);
    this.#values = uniform("matmul", this.#space, 1);
    for (let i = 0; i < 3; i++) heap.f32(this.#address(i), this.#space).set(this.#values);
  }

  end(): void {
    runtime().heap.free(this.#at);
  }

  #address(i: number): number {
    return this.#at + 4 * i * this.#space;
  }

  /** out[m, n] = a[m, k] · B[n, k]ᵀ, B packed. */
  product({ m, n, k }: Shape): Prepared {
    const { heap } = runtime();
    const kernels = runtime().kernels("f32");
    const [out, a, packed] = [0, 1, 2].map((i) => this.#address(i));
    const values = this.#values;
    // From the end: another operand than `a`.
    const weights = values.subarray(values.length - n * k);
    heap.f32(out, n * k).set(weights);
    kernels.pack(packed, out, n, k, k, 1);
    heap.f32(a, m * k).set(values.subarray(0, m * k));
    return {
      flops: 2 * m * n * k,
      weightBytes: 4 * n * k,
      columns: n,
      run: () => kernels.gemm(out, n, a, k, packed, m, n, k, false),
      result: () => heap.f32(out, m * n).slice(),
      expected: (i, j) => dot(k, (p) => values[i * k + p] * weights[j * k + p]),
    };
  }

  /** The gradient of those weights over STEPS steps: out[n, k] = Σ_rows dYᵀ · x, dY [rows, n], x [rows, k]. */
  gradient({ m, n, k }: Shape): Prepared {
    const { heap } = runtime();
    const kernels = runtime().kernels("f32");
    const rows = STEPS * m;
    const [out, dY, x] = [0, 1, 2].map((i) => this.#address(i));
    const values = this.#values;
    heap.f32(dY, rows * n).set(values.subarray(0, rows * n));
    heap.f32(x, rows * k).set(values.subarray(0, rows * k));
    return {
      flops: 2 * rows * n * k,
      weightBytes: 4 * n * k,
      columns: k,
      run: () => kernels.gemmTN(out, dY, n, x, k, 0, rows, n, k, false),
      result: () => heap.f32(out, n * k).slice(),
      expected: (i, j) => dot(rows, (r) => values[r * n + i] * values[r * k + j]),
    };
  }

  /** One row of a stream: `product` with m = 1 on the panels and by the kernel of a stream. */
  row({ n, k }: Shape): Prepared {
    const weights = this.#values.subarray(0, n * k);
    const packed = packWide(weights, n, k);
    const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * (packed.length + n + k) + 1024) / 65536) });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(decodeBase64(KERNELS)), { env: { memory } });
    const gemm = exports.gemm as (...args: number[]) => void;
    const x = this.#values.subarray(this.#values.length - k);
    const [at, a] = [256, 256 + 4 * packed.length];
    const out = Math.ceil((a + 4 * k) / 16) * 16;
    new Float32Array(memory.buffer, at, packed.length).set(packed);
    new Float32Array(memory.buffer, a, k).set(x);
    return {
      flops: 2 * n * k,
      weightBytes: 4 * n * k,
      columns: n,
      run: () => gemm(out, n, a, k, at, 1, n, k, 0, 0, 1),
      result: () => new Float32Array(memory.buffer, out, n).slice(),
      expected: (_, j) => dot(k, (p) => x[p] * weights[j * k + p]),
    };
  }
}

function dot(terms: number, term: (p: number) => number): { value: number; size: number } {
  let [value, size] = [0, 0];
  for (let p = 0; p < terms; p++) {
    const each = term(p);
    value += each;
    size += Math.abs(each);
  }
  return { value, size };
}

/** Elements looked at beside the corners. */
const LOOKS = 60;

/**
 * Compare a product's corners and LOOKS more of its elements with float64.
 *
 * @throws E_BENCH_NUMBERS
 */
export function checkProduct(name: string, prepared: Prepared): void {
  prepared.run();
  const found = prepared.result();
  const { columns } = prepared;
  const last = found.length - 1;
  const looks = Array.from({ length: LOOKS }, (_, i) => Math.floor(unit(columns, i) * found.length));
  for (const index of [0, columns - 1, last - columns + 1, last, ...looks]) {
    const { value, size } = prepared.expected(Math.floor(index / columns), index % columns);
    // The comparison is this way round for NaN.
    if (!(Math.abs(found[index] - value) <= TOLERANCE * size)) {
      throw benchDisagrees(`${name}, element ${index},`, "float64", [value], [found[index]], TOLERANCE);
    }
  }
}
