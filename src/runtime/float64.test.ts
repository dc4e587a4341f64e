import { describe, expect, it } from "vitest";
import { cos, exp, expm1, log, log1p, pow, sigmoid, sin, tanh } from "./float64.js";
import { Rng } from "./random.js";

const words = new BigInt64Array(1);
const double = new Float64Array(words.buffer);

/** Distance in representable doubles; 0 for two NaN. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  const order = (x: number): bigint => {
    double[0] = x;
    return words[0] < 0n ? -(words[0] & 0x7fffffffffffffffn) : words[0];
  };
  const distance = order(a) - order(b);
  return Number(distance < 0n ? -distance : distance);
}

/** The largest distance between two functions over `count` points. */
function worst(ours: (x: number) => number, theirs: (x: number) => number, points: Iterable<number>): number {
  let most = 0;
  for (const x of points) {
    const distance = ulps(ours(x), theirs(x));
    if (distance > most) most = distance;
  }
  return most;
}

function* uniform(from: number, to: number, count = 20000): Generator<number> {
  const rng = new Rng(7);
  for (let i = 0; i < count; i++) yield from + (to - from) * rng.uniform();
}

/** Both signs, every magnitude between 2^from and 2^to equally often. */
function* magnitudes(from: number, to: number, count = 20000): Generator<number> {
  const rng = new Rng(8);
  for (let i = 0; i < count; i++) {
    const size = (1 + rng.uniform()) * 2 ** Math.floor(from + (to - from) * rng.uniform());
    yield i % 2 === 0 ? size : -size;
  }
}

const positive = function* (from: number, to: number): Generator<number> {
  for (const x of magnitudes(from, to)) yield Math.abs(x);
};

const SPECIAL = [0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 1e-310, 1, -1, 2, -2, 0.5, 1.7976931348623157e308];

// Math.* is within 1 ulp itself where the tests run, hence one more than our own bound.
describe("float64", () => {
  it("exp", () => {
    expect(worst(exp, Math.exp, uniform(-745, 710))).toBeLessThanOrEqual(1);
    expect(worst(exp, Math.exp, magnitudes(-60, 9))).toBeLessThanOrEqual(1);
    expect(worst(exp, Math.exp, SPECIAL)).toBeLessThanOrEqual(1);
    expect([exp(710), exp(-746), exp(709.7827128933839)]).toEqual([Infinity, 0, Math.exp(709.7827128933839)]);
  });

  it("expm1", () => {
    expect(worst(expm1, Math.expm1, uniform(-60, 710))).toBeLessThanOrEqual(1);
    expect(worst(expm1, Math.expm1, uniform(-2, 2))).toBeLessThanOrEqual(1);
    expect(worst(expm1, Math.expm1, magnitudes(-1000, 9))).toBeLessThanOrEqual(1);
    expect(worst(expm1, Math.expm1, SPECIAL)).toBe(0);
  });

  it("log", () => {
    expect(worst(log, Math.log, positive(-1074, 1023))).toBeLessThanOrEqual(1);
    expect(worst(log, Math.log, uniform(0.4, 2.1))).toBeLessThanOrEqual(1);
    expect(worst(log, Math.log, uniform(1 - 1e-6, 1 + 1e-6))).toBeLessThanOrEqual(1);
    expect(worst(log, Math.log, SPECIAL)).toBe(0);
  });

  it("log1p", () => {
    expect(worst(log1p, Math.log1p, positive(-1000, 1023))).toBeLessThanOrEqual(1);
    expect(worst(log1p, Math.log1p, uniform(-1, 2))).toBeLessThanOrEqual(1);
    expect(worst(log1p, Math.log1p, magnitudes(-100, -1))).toBeLessThanOrEqual(1);
    expect(worst(log1p, Math.log1p, SPECIAL)).toBe(0);
  });

  it("tanh", () => {
    expect(worst(tanh, Math.tanh, uniform(-25, 25))).toBeLessThanOrEqual(2);
    expect(worst(tanh, Math.tanh, magnitudes(-1000, 10))).toBeLessThanOrEqual(2);
    expect(worst(tanh, Math.tanh, SPECIAL)).toBe(0);
    for (const x of uniform(-30, 30)) expect(Math.abs(tanh(x))).toBeLessThanOrEqual(1);
  });

  it("sigmoid, relative to its own size on both sides", () => {
    // The oracle's quotient has three roundings of its own.
    const theirs = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
    expect(worst(sigmoid, theirs, uniform(-740, 60))).toBeLessThanOrEqual(2);
    expect([sigmoid(0), sigmoid(Infinity), sigmoid(-Infinity), sigmoid(NaN)]).toEqual([0.5, 1, 0, NaN]);
  });

  it("sin and cos, at any size of the argument", () => {
    for (const [ours, theirs] of [
      [sin, Math.sin],
      [cos, Math.cos],
    ] as const) {
      expect(worst(ours, theirs, uniform(-10, 10))).toBeLessThanOrEqual(1);
      expect(worst(ours, theirs, magnitudes(-60, 40))).toBeLessThanOrEqual(1);
      expect(worst(ours, theirs, magnitudes(40, 1023, 500))).toBeLessThanOrEqual(1);
      const nearZeros = Array.from({ length: 2000 }, (_, n) => n * 318 * (Math.PI / 2));
      expect(worst(ours, theirs, nearZeros)).toBeLessThanOrEqual(1);
      expect(worst(ours, theirs, SPECIAL)).toBe(0);
    }
  });

  it("pow", () => {
    const rng = new Rng(9);
    let most = 0;
    for (const x of positive(-300, 300)) {
      const y = (rng.uniform() - 0.5) * 6;
      most = Math.max(most, ulps(pow(x, y), x ** y));
    }
    for (const x of uniform(0.9, 1.1)) {
      const y = (rng.uniform() - 0.5) * 12000;
      most = Math.max(most, ulps(pow(x, y), x ** y));
    }
    expect(most).toBeLessThanOrEqual(1);
  });

  it("pow of Adam's constants, and JavaScript's special cases", () => {
    for (const beta of [0.9, 0.999, 0.98, 0.5]) {
      for (let step = 1; step < 20000; step += 7) expect(ulps(pow(beta, step), beta ** step)).toBeLessThanOrEqual(1);
    }
    const exponents = [...SPECIAL, 3, -3, 1e10, -1e10, 2 ** 53, 2 ** 53 - 1, 1 / 3];
    for (const x of [...SPECIAL, 1 + 1e-9, 1 - 1e-9, -3]) {
      for (const y of exponents) expect([x, y, ulps(pow(x, y), x ** y) <= 1]).toEqual([x, y, true]);
    }
  });

  it("gives the same bits as when it was written", () => {
    const digest = (f: (x: number) => number): string => {
      let hash = 0n;
      for (const x of magnitudes(-8, 5, 3000)) {
        double[0] = f(x);
        hash = BigInt.asUintN(64, hash * 31n + words[0]);
      }
      return hash.toString(16);
    };
    expect([exp, (x: number) => log(Math.abs(x)), tanh, sigmoid, sin, cos, (x: number) => pow(2, x)].map(digest))
      .toMatchInlineSnapshot(`
        [
          "9bf9362b84659ed4",
          "b71542007fd689c7",
          "2797d5c07ca986a9",
          "c1487f89b48b3b61",
          "3be32a2a8e0acf09",
          "eaef81cf30af3932",
          "c370930672499520",
        ]
      `);
  });
});
