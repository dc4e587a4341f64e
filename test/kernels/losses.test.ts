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
  read,
  reset,
} from "./harness.js";

beforeEach(reset);

const IGNORE = -100;

describe.each(builds)("$name", ({ raw }) => {
  it("sum and sumSquares keep float64", () => {
    for (const n of [0, ...SIZES, 255, 256, 257, 1000]) {
      reset();
      const a = noise(n, 1000);
      for (const name of ["sum", "sumSquares"] as const) {
        const want = definition[name](a, n);
        // One error of float64 per addition, against the sum of magnitudes.
        expect(Math.abs(raw[name]!(a, n) - want), `${name} of ${n}`).toBeLessThanOrEqual(1e-13 * (1e6 * n + 1));
      }
      expectCanaries();
    }
  });

  it("softmax and logSoftmax", () => {
    for (const rows of [0, 1, 3, 6]) {
      for (const cols of [...SIZES, 1000]) {
        for (const scale of [1, 30]) {
          reset();
          const n = rows * cols;
          const [a, got, want] = [noise(n, scale), noise(n), noise(n)];
          for (const name of ["softmax", "logSoftmax"] as const) {
            raw[name]!(got, a, rows, cols);
            definition[name](want, a, rows, cols);
            expectClose(read(got, n), read(want, n), 1e-6, `${name} ${rows} × ${cols}`);
          }
          const before = read(got, n);
          const inPlace = floats(read(a, n));
          raw["logSoftmax"]!(inPlace, inPlace, rows, cols);
          expectSame(read(inPlace, n), before, "in place");
          expectCanaries();
        }
      }
    }
  });

  it("softmax where a row holds infinities or NaN", () => {
    for (const row of [
      [-Infinity, 1, 2],
      [-Infinity, -Infinity, 3, 4, 5],
      [NaN, 1, 2, 3, 4],
      [Infinity, 1],
      [1e38, -1e38],
    ]) {
      const [a, got, want] = [floats(row), noise(row.length), noise(row.length)];
      for (const name of ["softmax", "logSoftmax"] as const) {
        raw[name]!(got, a, 1, row.length);
        definition[name](want, a, 1, row.length);
        expectClose(read(got, row.length), read(want, row.length), 1e-6, `${name} of ${row.join()}`);
      }
    }
  });

  it("crossEntropy: loss, gradient, ignored rows, in place, any number of workers", () => {
    for (const rows of [0, 1, 3, 4, 5, 9, 14]) {
      for (const cols of [...SIZES, 500]) {
        for (const scale of [1, 40]) {
          reset();
          const n = rows * cols;
          const logits = noise(n, scale);
          const target = ints(Array.from({ length: rows }, (_, r) => (r % 4 === 2 ? IGNORE : (r * 7) % cols)));
          const [loss, d, lossWant, dWant, alone] = [noise(rows), noise(n), noise(rows), noise(n), noise(rows)];
          raw["crossEntropy"]!(loss, d, logits, target, rows, cols, IGNORE, 1, 0, 1);
          definition.crossEntropy(lossWant, dWant, logits, target, rows, cols, IGNORE, 1);
          expectClose(read(loss, rows), read(lossWant, rows), 1e-6, `loss ${rows} × ${cols}`);
          expectClose(read(d, n), read(dWant, n), 1e-6, `gradient ${rows} × ${cols}`);
          raw["crossEntropy"]!(alone, 0, logits, target, rows, cols, IGNORE, 1, 0, 1);
          expectSame(read(alone, rows), read(loss, rows), "loss without gradient");
          for (const workers of [2, 3]) {
            const [shared, inPlace] = [noise(rows), floats(read(logits, n))];
            deal(raw["crossEntropy"]!, workers, shared, inPlace, inPlace, target, rows, cols, IGNORE, 1);
            expectSame(read(shared, rows), read(loss, rows), `loss, ${workers} workers`);
            expectSame(read(inPlace, n), read(d, n), `gradient in place, ${workers} workers`);
          }
          expectCanaries();
        }
      }
    }
  });

  it("crossEntropy keeps the digits of a confident row", () => {
    const [loss, d] = [noise(1), noise(2)];
    raw["crossEntropy"]!(loss, d, floats([18, 0]), ints([0]), 1, 2, IGNORE, 1, 0, 1);
    const tail = Math.log1p(Math.exp(-18));
    expect(Math.abs(read(loss, 1)[0]! / tail - 1)).toBeLessThan(1e-6);
    expect(Math.abs(read(d, 2)[0]! / -tail - 1)).toBeLessThan(1e-6);
  });

  it("dropoutMask has the bits of the definition", () => {
    for (const rows of [0, 1, 5]) {
      for (const cols of SIZES) {
        reset();
        const index = ints(Array.from({ length: rows }, (_, r) => r * 1000 + 3));
        const [got, want] = [noise(rows * cols), noise(rows * cols)];
        for (const p of [0, 0.2, 0.5, 0.999, 1]) {
          for (const [k0, k1, at] of [
            [1, 2, 0],
            [0xdeadbeef, 0xfffffffe, index],
          ] as const) {
            raw["dropoutMask"]!(got, rows, cols, k0, k1, p, at);
            definition.dropoutMask(want, rows, cols, k0, k1, p, at);
            expectSame(read(got, rows * cols), read(want, rows * cols), `${rows} × ${cols}, p ${p}`);
          }
        }
        expectCanaries();
      }
    }
  });
});
