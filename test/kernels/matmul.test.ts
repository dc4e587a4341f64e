import { beforeEach, describe, expect, it } from "vitest";
import {
  SIZES,
  builds,
  deal,
  definition,
  expectCanaries,
  expectClose,
  expectSame,
  floats,
  ints,
  noise,
  packedNoise,
  packedSize,
  random,
  read,
  reset,
  scratch,
} from "./harness.js";

beforeEach(reset);

/** Every size of m against odd n and k, and every n and k against a few m. */
const SHAPES: [m: number, n: number, k: number][] = [
  ...SIZES.flatMap((m): [number, number, number][] => [
    [m, 33, 9],
    [m, 65, 31],
    [m, 8, 129],
  ]),
  ...SIZES.flatMap((n): [number, number, number][] => [
    [1, n, 33],
    [2, n, 7],
    [3, n, 5],
    [6, n, 4],
    [9, n, 65],
  ]),
  ...SIZES.flatMap((k): [number, number, number][] => [
    [1, 33, k],
    [5, 9, k],
    [7, 17, k],
  ]),
];

it("builds are there to be tested", () => {
  expect(builds.map((build) => build.name)).toContain("strict");
});

describe.each(builds)("$name", ({ name, raw }) => {
  it("pack lays out panels, padded with zeros", () => {
    for (const n of SIZES) {
      for (const k of SIZES) {
        reset();
        for (const [strideN, strideK] of [
          [k, 1],
          [1, n],
          [k + 3, 1],
          [1, n + 5],
          [2 * k, 2],
        ] as const) {
          const src = noise(n * k * 2 + 8 * (n + k));
          const got = noise(packedSize(n, k));
          const want = noise(packedSize(n, k));
          raw["pack"]!(got, src, n, k, strideN, strideK);
          definition.pack(want, src, n, k, strideN, strideK);
          expectSame(
            read(got, packedSize(n, k)),
            read(want, packedSize(n, k)),
            `n ${n}, k ${k}, ${strideN}, ${strideK}`,
          );
        }
        expectCanaries();
      }
    }
  });

  it("gemm agrees with the definition, leading dimensions and accumulation included", () => {
    for (const [m, n, k] of SHAPES) {
      reset();
      const { packed } = packedNoise(n, k);
      for (const [ldo, lda, accumulate] of [
        [n, k, 0],
        [n + 3, k + 2, 1],
      ] as const) {
        const a = noise(m * lda);
        const start = random(m * ldo);
        const got = floats(start);
        const want = floats(start);
        raw["gemm"]!(got, ldo, a, lda, packed, m, n, k, accumulate, 0, 1);
        definition.gemm(want, ldo, a, lda, packed, m, n, k, accumulate === 1);
        expectClose(read(got, m * ldo), read(want, m * ldo), 2e-6, `${m} × ${n} × ${k}, accumulate ${accumulate}`);
        // What lies between the rows of a wider matrix is not the kernel's.
        for (let i = 0; i < m; i++) {
          const gap = [got / 4 + i * ldo + n, ldo - n] as const;
          expectSame(read(gap[0] * 4, gap[1]), start.slice(i * ldo + n, (i + 1) * ldo), `gap after row ${i}`);
        }
      }
      expectCanaries();
    }
  });

  it("gemm gives a row the same bits in any batch and on any number of workers", () => {
    for (const [m, n, k] of SHAPES) {
      reset();
      const { packed } = packedNoise(n, k);
      const a = noise(m * k);
      const whole = noise(m * n);
      raw["gemm"]!(whole, n, a, k, packed, m, n, k, 0, 0, 1);
      const rowByRow = noise(m * n);
      for (let i = 0; i < m; i++) {
        raw["gemm"]!(rowByRow + i * n * 4, n, a + i * k * 4, k, packed, 1, n, k, 0, 0, 1);
      }
      expectSame(read(rowByRow, m * n), read(whole, m * n), `${m} × ${n} × ${k}, row by row`);
      for (const workers of [2, 3]) {
        const shared = noise(m * n);
        deal(raw["gemm"]!, workers, shared, n, a, k, packed, m, n, k, 0);
        expectSame(read(shared, m * n), read(whole, m * n), `${m} × ${n} × ${k}, ${workers} workers`);
      }
    }
  });

  it.runIf(name === "strict")("gemm is one chain of multiply, round, add, round", () => {
    for (const [m, n, k] of SHAPES) {
      reset();
      const { b, packed } = packedNoise(n, k);
      const a = random(m * k);
      const out = noise(m * n);
      raw["gemm"]!(out, n, floats(a), k, packed, m, n, k, 0, 0, 1);
      const want = new Float32Array(m * n);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let p = 0; p < k; p++) sum = Math.fround(sum + Math.fround(a[i * k + p]! * b[j * k + p]!));
          want[i * n + j] = sum;
        }
      }
      expectSame(read(out, m * n), want, `${m} × ${n} × ${k}`);
    }
  });

  it("gemm keeps its bits where rows outgrow a cache block", () => {
    const [m, n, k] = [203, 9, 1500];
    const { packed } = packedNoise(n, k);
    const a = noise(m * k);
    const whole = noise(m * n);
    const want = noise(m * n);
    raw["gemm"]!(whole, n, a, k, packed, m, n, k, 0, 0, 1);
    definition.gemm(want, n, a, k, packed, m, n, k, false);
    expectClose(read(whole, m * n), read(want, m * n), 1e-5, "blocked");
    const shared = noise(m * n);
    deal(raw["gemm"]!, 3, shared, n, a, k, packed, m, n, k, 0);
    expectSame(read(shared, m * n), read(whole, m * n), "three workers");
    expectCanaries();
  });

  it("gemm goes on with its chains where k outgrows a stretch", () => {
    for (const [m, n, k] of [
      [11, 21, 1030],
      [8, 3, 513],
      [4, 13, 2000],
    ] as const) {
      reset();
      const { packed } = packedNoise(n, k);
      const a = noise(m * k);
      const start = random(m * n);
      const alone = floats(start);
      for (let i = 0; i < m; i++) raw["gemm"]!(alone + i * n * 4, n, a + i * k * 4, k, packed, 1, n, k, 0, 0, 1);
      for (const workers of [1, 2]) {
        const [whole, added] = [floats(start), floats(start)];
        deal(raw["gemm"]!, workers, whole, n, a, k, packed, m, n, k, 0);
        expectSame(read(whole, m * n), read(alone, m * n), `${m} × ${n} × ${k}`);
        deal(raw["gemm"]!, workers, added, n, a, k, packed, m, n, k, 1);
        const sums = read(alone, m * n).map((x, i) => Math.fround(start[i]! + x));
        expectSame(read(added, m * n), sums, `${m} × ${n} × ${k}, added`);
      }
      expectCanaries();
    }
  });

  it("gemmBias is gemm and then one addition", () => {
    for (const [m, n, k] of [...SHAPES, [11, 21, 1030] as const, [5, 9, 0] as const]) {
      reset();
      const { packed } = packedNoise(n, k);
      const [a, plain, got, want] = [noise(m * k), noise(m * n), noise(m * n), noise(m * n)];
      const addends = random(n);
      const bias = floats(addends);
      raw["gemm"]!(plain, n, a, k, packed, m, n, k, 0, 0, 1);
      raw["gemmBias"]!(got, n, a, k, packed, m, n, k, bias, 0, 1);
      const sums = read(plain, m * n).map((x, i) => Math.fround(x + addends[i % n]!));
      expectSame(read(got, m * n), sums, `${m} × ${n} × ${k}`);
      definition.gemmBias(want, n, a, k, packed, m, n, k, bias);
      expectClose(read(got, m * n), read(want, m * n), 1e-5, `${m} × ${n} × ${k}`);
      const shared = noise(m * n);
      deal(raw["gemmBias"]!, 2, shared, n, a, k, packed, m, n, k, bias);
      expectSame(read(shared, m * n), sums, `${m} × ${n} × ${k}, two workers`);
      expectCanaries();
    }
  });

  const ROWS = [1, 2, 3, 5, 64, 255, 256, 257, 515];
  const OUTS: [m: number, n: number][] = [
    ...SIZES.map((m): [number, number] => [m, 13]),
    ...SIZES.map((n): [number, number] => [6, n]),
    // Several groups of tiles, rests of two, three and six columns, and more columns than are copied at once.
    [70, 10],
    [133, 14],
    [37, 3],
    [9, 271],
  ];

  it("gemmTN agrees with the definition, through maps, leading dimensions and accumulation", () => {
    for (const rows of ROWS) {
      for (const [m, n] of OUTS) {
        reset();
        const [lda, ldb] = [m + 3, n + 1];
        const a = noise(rows * lda);
        const b = noise((rows + 4) * ldb);
        const map = ints(Array.from({ length: rows }, (_, r) => (r * 7) % (rows + 4)));
        for (const accumulate of [0, 1]) {
          for (const at of [0, map]) {
            const start = random(m * n);
            const got = floats(start);
            const want = floats(start);
            raw["gemmTN"]!(got, a, lda, b, ldb, at, rows, m, n, accumulate, scratch, 0, 1);
            definition.gemmTN(want, a, lda, b, ldb, at, rows, m, n, accumulate === 1);
            expectClose(read(got, m * n), read(want, m * n), 4e-6, `${rows} rows, ${m} × ${n}, map ${at !== 0}`);
            for (const workers of [2, 3]) {
              const shared = floats(start);
              deal(raw["gemmTN"]!, workers, shared, a, lda, b, ldb, at, rows, m, n, accumulate, scratch);
              expectSame(read(shared, m * n), read(got, m * n), `${rows} rows, ${m} × ${n}, ${workers} workers`);
            }
          }
        }
        expectCanaries();
      }
    }
  });

  it.runIf(name === "strict")("gemmTN is a chain per block of 256 rows, blocks added in order", () => {
    const [rows, m, n] = [600, 5, 11];
    const a = random(rows * m);
    const b = random(rows * n);
    const out = noise(m * n);
    raw["gemmTN"]!(out, floats(a), m, floats(b), n, 0, rows, m, n, 0, scratch, 0, 1);
    const want = new Float32Array(m * n);
    for (let i = 0; i < m * n; i++) {
      for (let start = 0; start < rows; start += 256) {
        let sum = 0;
        for (let r = start; r < Math.min(rows, start + 256); r++) {
          sum = Math.fround(sum + Math.fround(a[r * m + Math.floor(i / n)]! * b[r * n + (i % n)]!));
        }
        want[i] = start === 0 ? sum : Math.fround(want[i]! + sum);
      }
    }
    expectSame(read(out, m * n), want, "chain");
  });

  it("columnSum is a float32 chain per block of 256 rows", () => {
    for (const rows of ROWS) {
      for (const n of SIZES) {
        reset();
        const lda = n + 2;
        const a = random(rows * lda);
        for (const accumulate of [0, 1]) {
          const start = random(n);
          const got = floats(start);
          raw["columnSum"]!(got, floats(a), lda, rows, n, accumulate);
          const want = start.slice();
          for (let j = 0; j < n; j++) {
            for (let block = 0; block < rows; block += 256) {
              let sum = 0;
              for (let r = block; r < Math.min(rows, block + 256); r++) sum = Math.fround(sum + a[r * lda + j]!);
              want[j] = block === 0 && accumulate === 0 ? sum : Math.fround(want[j]! + sum);
            }
          }
          expectSame(read(got, n), want, `${rows} rows, ${n} columns`);
          const defined = floats(start);
          definition.columnSum(defined, floats(a), lda, rows, n, accumulate === 1);
          expectClose(read(got, n), read(defined, n), 4e-6, `${rows} rows, ${n} columns`);
        }
        expectCanaries();
      }
    }
  });

  it("empty sums are zero or leave what is there", () => {
    const { packed } = packedNoise(5, 3);
    const a = noise(16);
    for (const accumulate of [0, 1]) {
      const start = random(15);
      const want = accumulate === 1 ? start : new Float32Array(15);
      const product = floats(start);
      raw["gemm"]!(product, 5, a, 3, packed, 3, 5, 0, accumulate, 0, 1);
      expectSame(read(product, 15), want, "gemm without k");
      const transposed = floats(start);
      deal(raw["gemmTN"]!, 2, transposed, a, 3, a, 5, 0, 0, 3, 5, accumulate, scratch);
      expectSame(read(transposed, 15), want, "gemmTN without rows");
      const columns = floats(start);
      raw["columnSum"]!(columns, a, 15, 0, 15, accumulate);
      expectSame(read(columns, 15), want, "columnSum without rows");
      for (const sizes of [
        [0, 5, 3],
        [3, 0, 3],
      ] as const) {
        const out = floats(start);
        raw["gemm"]!(out, 5, a, 3, packed, ...sizes, accumulate, 0, 1);
        expectSame(read(out, 15), start, "gemm without rows or columns");
      }
    }
    expectCanaries();
  });
});
