/** What this machine could do at best, measured while the steps are. */
import { packedSize, runtime } from "../../../runtime/index.js";
import { uniform } from "../numbers.js";
import { memoryReader } from "../read-bandwidth.js";

/** The best that was seen so far. */
export interface Ceilings {
  /** GFLOP/s of the packed product on all threads. */
  readonly matmulGflops: number;
  /** GB/s that one thread reads from memory. */
  readonly readGbs: number;
  /** GB/s that one thread copies, reading and writing counted. */
  readonly copyGbs: number;
}

/** Rows of a thread, columns, depth: operands that the caches hold, tiles and panels without a rest. */
const SHAPES = [
  [64, 128, 128],
  [128, 128, 256],
  [64, 256, 256],
] as const;
const LARGEST = 256;
/** More than any cache of a core. */
const MEMORY_BYTES = 64 << 20;

/** How fast the packed product runs at best, seen in bursts. */
export class ProductCeiling {
  readonly #threads = runtime().threads;
  readonly #operands: number;
  /** GFLOP/s of the quickest product so far, on all threads. */
  best = 0;

  constructor() {
    const { heap } = runtime();
    const elements = LARGEST * LARGEST + 2 * this.#rows(128) * LARGEST;
    this.#operands = heap.alloc(4 * elements);
    // Denormal numbers are slow: operands are like those of a network.
    heap.f32(this.#operands, elements).set(uniform("ceiling", elements, 1));
  }

  /** Rows of a product that gives every thread `rows`; forks are worth their while only for large ones. */
  #rows(rows: number): number {
    return rows * (this.#threads === 1 ? 1 : 8 * this.#threads);
  }

  /** Measure for about `ms` milliseconds. */
  burst(ms: number): void {
    const kernels = runtime().kernels("f32");
    for (const [m, n, k] of SHAPES) {
      const rows = this.#rows(m);
      const [packed, a] = [this.#operands, this.#operands + 4 * packedSize(n, k)];
      const out = a + 4 * rows * k;
      const repeats = Math.max(1, Math.round(2e7 / (2 * rows * n * k)));
      const best = quickest(ms / SHAPES.length, () => {
        for (let i = 0; i < repeats; i++) kernels.gemm(out, n, a, k, packed, rows, n, k, false);
      });
      this.best = Math.max(this.best, (2 * rows * n * k * repeats) / best / 1e6);
    }
  }

  /** Give the memory back. */
  end(): void {
    runtime().heap.free(this.#operands);
  }
}

/** Measures all ceilings in bursts, so that they see the same neighbours as the steps between them. */
export class CeilingMeter {
  readonly #product = new ProductCeiling();
  readonly #copied: number;
  readonly #read = memoryReader(MEMORY_BYTES);
  #readRate = 0;
  #copyRate = 0;

  constructor() {
    const { heap } = runtime();
    this.#copied = heap.alloc(MEMORY_BYTES);
    heap.u8(this.#copied, MEMORY_BYTES).fill(1);
  }

  /** Measure for about `ms` milliseconds in all. */
  burst(ms: number): void {
    this.#product.burst(ms / 2);
    this.#readRate = Math.max(this.#readRate, MEMORY_BYTES / quickest(ms / 4, this.#read) / 1e6);
    const half = MEMORY_BYTES / 2;
    const copy = (): void =>
      runtime()
        .kernels("f32")
        .copy(this.#copied + half, this.#copied, half / 4);
    this.#copyRate = Math.max(this.#copyRate, MEMORY_BYTES / quickest(ms / 4, copy) / 1e6);
  }

  get best(): Ceilings {
    return { matmulGflops: this.#product.best, readGbs: this.#readRate, copyGbs: this.#copyRate };
  }

  /** Give the memory back. */
  end(): void {
    this.#product.end();
    runtime().heap.free(this.#copied);
  }
}

/** Milliseconds of the quickest run within about `ms`, after one that warms up. */
export function quickest(ms: number, run: () => void): number {
  run();
  let best = Infinity;
  const start = performance.now();
  do {
    const before = performance.now();
    run();
    best = Math.min(best, performance.now() - before);
  } while (performance.now() - start < ms);
  return best;
}
