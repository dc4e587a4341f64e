import { beforeEach, describe, expect, it } from "vitest";
import { BINARY_OPS, UNARY_OPS } from "../../src/runtime/kernels.js";
import {
  SIZES,
  builds,
  definition,
  expectCanaries,
  expectClose,
  expectSame,
  floats,
  ints,
  noise,
  random,
  read,
  reset,
} from "./harness.js";

beforeEach(reset);

const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-40, -1e-40, 3e38, -3e38, 0.5, 88, -104];

describe.each(builds)("$name", ({ raw }) => {
  it.each(UNARY_OPS.map((op, index) => ({ op, index })))("unary $op and its gradient", ({ op, index }) => {
    for (const n of [0, ...SIZES]) {
      reset();
      const positive = op === "log" || op === "sqrt";
      const a = floats(random(n, 4).map((x) => (positive ? Math.abs(x) + 0.1 : x)));
      const [got, want, dy, da, dWant] = [noise(n), noise(n), noise(n), noise(n), noise(n)];
      raw["unary"]!(index, got, a, n);
      definition.unary(op, want, a, n);
      expectClose(read(got, n), read(want, n), 3e-7, `${op} of ${n}`);
      raw["unaryGrad"]!(index, da, dy, a, want, n);
      definition.unaryGrad(op, dWant, dy, a, want, n);
      expectClose(read(da, n), read(dWant, n), 3e-7, `gradient of ${op}, ${n}`);
      expectCanaries();
    }
  });

  it.each(UNARY_OPS.map((op, index) => ({ op, index })))(
    "unary $op of infinities, NaN and denormals",
    ({ op, index }) => {
      const n = SPECIAL.length;
      const [a, got, want] = [floats(SPECIAL), noise(n), noise(n)];
      raw["unary"]!(index, got, a, n);
      definition.unary(op, want, a, n);
      const [g, w] = [read(got, n), read(want, n)];
      for (let i = 0; i < n; i++) {
        const close =
          Object.is(g[i], w[i]) || g[i] === w[i] || Math.abs(g[i]! - w[i]!) <= 4e-7 * Math.abs(w[i]!) + 2e-45;
        expect(close, `${op}(${SPECIAL[i]}) is ${g[i]}, the definition says ${w[i]}`).toBe(true);
      }
    },
  );

  /** Strides of an operand: dense, row of a matrix, column, scalar, one row again and again, transposed. */
  const strides = (rows: number, cols: number): [row: number, col: number][] => [
    [cols, 1],
    [cols + 3, 1],
    [0, 1],
    [1, 0],
    [0, 0],
    [1, rows],
    [2 * cols, 2],
  ];

  it.each(BINARY_OPS.map((op, index) => ({ op, index })))("binary $op under every broadcast", ({ op, index }) => {
    for (const [rows, cols] of [
      [1, 1],
      [1, 5],
      [4, 1],
      [3, 4],
      [2, 7],
      [5, 9],
      [3, 33],
    ] as const) {
      reset();
      const room = 2 * (rows + 1) * (cols + 3) + rows * cols;
      // Whole numbers, so that some are equal.
      const [a, b] = [floats(random(room, 3).map(Math.round)), floats(random(room, 3).map(Math.round))];
      const [got, want] = [noise(rows * cols), noise(rows * cols)];
      for (const [aRow, aCol] of strides(rows, cols)) {
        for (const [bRow, bCol] of strides(rows, cols)) {
          raw["binary"]!(index, got, rows, cols, a, aRow, aCol, b, bRow, bCol);
          definition.binary(op, want, rows, cols, a, aRow, aCol, b, bRow, bCol);
          const what = `${op} ${rows} × ${cols}, strides ${aRow},${aCol} and ${bRow},${bCol}`;
          expectSame(read(got, rows * cols), read(want, rows * cols), what);
        }
      }
      expectCanaries();
    }
  });

  it.each(BINARY_OPS.map((op, index) => ({ op, index })))(
    "binary $op of infinities, NaN and signed zeros",
    ({ op, index }) => {
      const n = SPECIAL.length;
      const [a, got, want] = [floats(SPECIAL), noise(n * n), noise(n * n)];
      raw["binary"]!(index, got, n, n, a, 1, 0, a, 0, 1);
      definition.binary(op, want, n, n, a, 1, 0, a, 0, 1);
      expectSame(read(got, n * n), read(want, n * n), op);
    },
  );

  it("fill, copy, axpy, scale", () => {
    for (const n of [0, ...SIZES]) {
      reset();
      const [a, start] = [noise(n), random(n)];
      const [got, want] = [floats(start), floats(start)];
      raw["axpy"]!(got, 0.3, a, n);
      definition.axpy(want, 0.3, a, n);
      expectClose(read(got, n), read(want, n), 3e-7, `axpy ${n}`);
      raw["scale"]!(got, -1.7, a, n);
      definition.scale(want, -1.7, a, n);
      expectClose(read(got, n), read(want, n), 3e-7, `scale ${n}`);
      raw["copy"]!(got, a, n);
      expectSame(read(got, n), read(a, n), `copy ${n}`);
      raw["fill"]!(got, 0.1, n);
      expectSame(read(got, n), new Float32Array(n).fill(0.1), `fill ${n}`);
      expectCanaries();
    }
  });

  it("copyColumns, gatherRows, scatterAddRows", () => {
    for (const rows of [0, 1, 3, 8]) {
      for (const width of [0, ...SIZES, 300]) {
        reset();
        const height = 6;
        const index = ints(Array.from({ length: rows }, (_, r) => ((r * 5) % (height + 1)) - 1));
        const [table, a] = [noise(height * width), noise(rows * width)];
        const [got, want] = [noise(rows * width), noise(rows * width)];
        raw["gatherRows"]!(got, table, index, rows, width);
        definition.gatherRows(want, table, index, rows, width);
        expectSame(read(got, rows * width), read(want, rows * width), `gather ${rows} × ${width}`);

        const start = random(height * width);
        const [sum, sumWant] = [floats(start), floats(start)];
        raw["scatterAddRows"]!(sum, a, index, rows, width);
        definition.scatterAddRows(sumWant, a, index, rows, width);
        expectSame(read(sum, height * width), read(sumWant, height * width), `scatter ${rows} × ${width}`);

        for (const [ldo, lda] of [
          [width, width],
          [width + 5, width + 2],
          [width, width + 1],
        ] as const) {
          const before = random(rows * ldo);
          const [out, outWant, from] = [floats(before), floats(before), noise(rows * lda)];
          raw["copyColumns"]!(out, ldo, from, lda, rows, width);
          definition.copyColumns(outWant, ldo, from, lda, rows, width);
          expectSame(read(out, rows * ldo), read(outWant, rows * ldo), `columns ${rows} × ${width}`);
        }
        expectCanaries();
      }
    }
  });
});
