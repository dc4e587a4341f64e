import { afterAll, describe, expect, it } from "vitest";
import { host } from "#host";
import { packedSize, type Kernels } from "./kernels.js";
import { hasRelaxedSimd } from "./probes.js";
import { Rng } from "./random.js";
import { describeReport } from "./report.js";
import { makeRuntime, runtime, start, startSync, type Runtime } from "./runtime.js";
import type { StartOptions } from "./start-options.js";

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "no error";
};

const made: Runtime[] = [];
afterAll(() => made.forEach((each) => each.stop()));
const make = (options?: StartOptions, shared?: boolean): Runtime => {
  const each = makeRuntime(options, shared);
  made.push(each);
  return each;
};

/** `n` normal numbers in the heap, the same for every runtime. */
function numbers({ heap }: Runtime, n: number, seed: number): number {
  const rng = new Rng(seed);
  const ptr = heap.alloc(4 * n);
  heap.f32(ptr, n).set(Float32Array.from({ length: n }, () => rng.normal()));
  return ptr;
}

/** out = a·Bᵀ with m × k and n × k operands. */
function product(of: Runtime, m: number, n: number, k: number): Float32Array {
  const kernels = of.kernels("f32");
  const [a, b] = [numbers(of, m * k, 1), numbers(of, n * k, 2)];
  const packed = of.heap.alloc(4 * packedSize(n, k));
  const out = of.heap.alloc(4 * m * n);
  kernels.pack(packed, b, n, k, k, 1);
  kernels.gemm(out, n, a, k, packed, m, n, k, false);
  return of.heap.f32(out, m * n).slice();
}

/** Σ_r a[r, i]·b[r, j] */
function transposedProduct(of: Runtime, rows: number, m: number, n: number): Float32Array {
  const [a, b, out] = [numbers(of, rows * m, 3), numbers(of, rows * n, 4), of.heap.alloc(4 * m * n)];
  of.kernels("f32").gemmTN(out, a, m, b, n, 0, rows, m, n, false);
  return of.heap.f32(out, m * n).slice();
}

function losses(of: Runtime, rows: number, cols: number): Float32Array {
  const [logits, loss, gradient] = [
    numbers(of, rows * cols, 5),
    of.heap.alloc(4 * rows),
    of.heap.alloc(4 * rows * cols),
  ];
  const target = of.heap.alloc(4 * rows);
  const rng = new Rng(6);
  of.heap.i32(target, rows).set(Int32Array.from({ length: rows }, () => rng.integer(cols)));
  of.kernels("f32").crossEntropy(loss, gradient, logits, target, rows, cols, -100, 1);
  return new Float32Array([...of.heap.f32(loss, rows), ...of.heap.f32(gradient, rows * cols)]);
}

describe("start", () => {
  it("refuses unknown options and values, naming the known ones", () => {
    const bad = (options: object): string => code(() => startSync(options));
    expect(bad({ thread: 2 })).toBe("E_OPTION");
    expect(() => startSync({ thread: 2 } as StartOptions)).toThrow(/Did you mean "threads"\?/);
    expect(() => startSync({ precision: "slow" as "fast" })).toThrow(/Known: strict, fast/);
    for (const threads of [0, -1, 1.5, 33, NaN, "2"]) expect(bad({ threads })).toBe("E_THREADS");
    expect(bad({ wasm: "no" })).toBe("E_VALUE");
    expect(bad({ wasm: false, threads: 2 })).toBe("E_OPTION_NEEDS");
    expect(bad({ wasm: false, precision: "fast" })).toBe("E_OPTION_NEEDS");
    expect(bad({ workerUrl: "worker.js" })).toBe("E_OPTION_NEEDS");
  });

  it("may be said again until memory is in use; after that only in agreement", async () => {
    expect(startSync({ threads: 1 }).threads).toBe(1);
    const second = startSync({ threads: 2, precision: "strict" });
    expect(runtime()).toBe(second);
    expect(await start()).toBe(second);
    second.heap.free(second.heap.alloc(8));
    expect(startSync({ precision: "strict" })).toBe(second);
    expect(await start({ threads: 2 })).toBe(second);
    expect(code(() => startSync({ threads: 1 }))).toBe("E_RUNTIME_STARTED");
    expect(() => startSync({ threads: 1 })).toThrow(/threads is 2, not 1.*before the first tensor/);
    await expect(start({ wasm: false })).rejects.toThrow(/wasm is true, not false/);
  });
});

describe("report", () => {
  it("says what runs and, where it is less than could be, why", () => {
    const plain = make({ wasm: false }).report();
    expect(plain).toMatchObject({ kernels: "reference", threads: 1, precision: "strict" });
    expect(describeReport(plain)).toBe(
      `plain TypeScript kernels on 1 thread (Node ${process.versions.node})\n` +
        "  wasm: false was asked for: kernels run in plain TypeScript on one thread, many times slower.",
    );
    const strict = make({ threads: 1 }).report();
    expect(strict).toMatchObject({ kernels: "wasm strict", threads: 1, reasons: [] });
    expect(describeReport(strict)).toBe(`wasm strict kernels on 1 thread (Node ${process.versions.node})`);
  });

  it("treats fast as a permission: relaxed where the engine has it, else strict with a word", () => {
    const { kernels, precision, reasons } = make({ threads: 1, precision: "fast" }).report();
    expect(precision).toBe("fast");
    if (hasRelaxedSimd()) expect([kernels, reasons]).toEqual(["wasm relaxed", []]);
    else
      expect([kernels, reasons.length, reasons[0]]).toEqual(["wasm strict", 1, expect.stringMatching(/relaxed SIMD/)]);
  });

  it("speaks up about threads: more than cores, fewer than cores, none without shared memory", () => {
    const cores = host.cores();
    expect(make({ threads: cores + 1 }).report().reasons).toEqual([expect.stringMatching(/fewer would be faster/)]);
    const byDefault = make();
    expect(byDefault.threads).toBe(Math.min(cores, 8));
    expect(byDefault.report().reasons.length).toBe(cores > 8 ? 1 : 0);
    const unshared = make({}, false).report();
    expect(unshared.threads).toBe(1);
    expect(unshared.reasons.length).toBe(cores > 1 ? 1 : 0);
  });
});

describe("kernel tables", () => {
  const sizes = [
    [64, 257, 129],
    [33, 128, 250],
    [5, 300, 1000],
  ] as const;

  it("give the same bits on 1, 2 and 3 threads, over shared and unshared memory", () => {
    const [one, two, three, unshared] = [
      make({ threads: 1 }),
      make({ threads: 2 }),
      make({ threads: 3 }),
      make({}, false),
    ];
    const jobs: ((of: Runtime) => Float32Array)[] = [
      ...sizes.map(
        ([m, n, k]) =>
          (of: Runtime) =>
            product(of, m, n, k),
      ),
      ...sizes.map(
        ([m, n, k]) =>
          (of: Runtime) =>
            transposedProduct(of, k, m, n),
      ),
      (of) => losses(of, 2001, 67),
    ];
    for (const job of jobs) {
      const expected = job(one);
      for (const other of [two, three, unshared]) expect(job(other)).toEqual(expected);
    }
    expect([one, unshared].map((each) => each.counters.forks)).toEqual([0, 0]);
    // One of the weights is large enough for its packing to be shared too.
    const forks = jobs.length + 1;
    expect([two, three].map((each) => each.counters.forks)).toEqual([forks, forks]);
  });

  it("agree with plain TypeScript within rounding", () => {
    const [wasm, plain] = [make({ threads: 2 }), make({ wasm: false })];
    for (const [m, n, k] of sizes) {
      const [ours, theirs] = [product(wasm, m, n, k), product(plain, m, n, k)];
      // A chain of k products of unit normals in f32: k · 2⁻²⁴ · √k in the worst of practice.
      const tolerance = k * Math.sqrt(k) * 2 ** -24;
      expect(Math.max(...ours.map((x, i) => Math.abs(x - theirs[i])))).toBeLessThan(tolerance);
    }
  });

  it("stay on one thread for small work and for single tiles", () => {
    const two = make({ threads: 2 });
    product(two, 8, 8, 8);
    expect(two.counters.forks).toBe(0);
    product(two, 4, 512, 512);
    // Packing its weight is work for two, the one tile of its rows is not.
    expect(two.counters.forks).toBe(1);
  });

  it("count packs and flops in both float types", () => {
    const one = make({ threads: 1 });
    product(one, 3, 5, 7);
    expect(one.counters).toMatchObject({ packs: 1, gemmFlops: 2 * 3 * 5 * 7 });
    const ptr = one.heap.alloc(4096);
    const kernels: Kernels = one.kernels("f64");
    kernels.pack(ptr, ptr + 2048, 2, 2, 2, 1);
    expect([kernels.dtype, kernels.bytes, one.counters.packs]).toEqual(["f64", 8, 2]);
  });

  it("pass operators and booleans across the border", () => {
    const one = make({ threads: 1 });
    const { heap } = one;
    const kernels = one.kernels("f32");
    const ptr = heap.alloc(64);
    heap.f32(ptr, 4).set([-4, 0, 1, 9]);
    kernels.unary("relu", ptr + 16, ptr, 4);
    expect([...heap.f32(ptr + 16, 4)]).toEqual([0, 0, 1, 9]);
    kernels.binary("max", ptr + 32, 1, 4, ptr, 4, 1, ptr + 8, 0, 0);
    expect([...heap.f32(ptr + 32, 4)]).toEqual([1, 1, 1, 9]);
    kernels.columnSum(ptr + 48, ptr, 1, 4, 1, false);
    kernels.columnSum(ptr + 48, ptr, 1, 4, 1, true);
    expect(heap.f32(ptr + 48, 1)[0]).toBe(12);
    expect(kernels.sum(ptr, 4)).toBe(6);
  });
});

describe("emitted code", () => {
  it("needs wasm kernels", () => {
    const plain = make({ wasm: false });
    expect(plain.canLoad).toBe(false);
    expect(code(() => plain.load(new Uint8Array()))).toBe("E_NO_WASM");
    expect(make({ threads: 1 }).canLoad).toBe(true);
  });
});
