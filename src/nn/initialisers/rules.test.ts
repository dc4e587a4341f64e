import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/index.js";
import { type Shape } from "../../tensor/index.js";
import { departure } from "./departure.js";
import { orthogonalFused, orthogonalPerGate } from "./orthogonal.js";
import { chrono } from "./chrono.js";
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  type Initialiser,
  inverseRootHidden,
  lecunNormal,
  lecunUniform,
  normal,
  sparse,
  uniform,
} from "./rules.js";

const numbers = (rule: Initialiser, shape: Shape, gates = 1, seed = 1): number[] =>
  Array.from(rule({ shape, gates, hidden: 25 }, new Rng(seed)));
const variance = (values: number[]): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;
const largest = (values: number[]): number => Math.max(...values.map(Math.abs));

describe("distributions", () => {
  const [R, C] = [240, 50];
  // An estimate of a variance from 12,000 numbers is off by σ²·√(2/12000) = 1.3 % (normal) or less: five of these.
  const near = 0.065;

  test.each([
    ["uniform", uniform(0.3), 0.3 ** 2 / 3],
    ["normal", normal(0.3), 0.3 ** 2],
    ["inverseRootHidden", inverseRootHidden, 1 / 25 / 3],
    ["glorotUniform", glorotUniform(), 2 / (R + C)],
    ["glorotUniform per gate", glorotUniform({ per: "gate" }), 2 / (R / 4 + C)],
    ["glorotNormal, gain 3", glorotNormal({ gain: 3 }), 18 / (R + C)],
    ["glorotNormal truncated", glorotNormal({ truncated: true }), 2 / (R + C)],
    ["heUniform", heUniform(), 2 / C],
    ["heNormal", heNormal(), 2 / C],
    ["heNormal, out", heNormal({ fan: "out" }), 2 / R],
    ["heNormal, out per gate, gain 1", heNormal({ fan: "out", per: "gate", gain: 1 }), 1 / (R / 4)],
    ["lecunUniform", lecunUniform(), 1 / C],
    ["lecunNormal truncated", lecunNormal({ truncated: true }), 1 / C],
    ["sparse", sparse({ sparsity: 0.75, std: 2 }), 4 / 4],
  ])("%s has its variance and mean 0", (_, rule, expected) => {
    const values = numbers(rule, [R, C], 4);
    expect(values.length).toBe(R * C);
    // Zeros widen the spread of a square: the sparse estimate rests on a quarter of the numbers.
    expect(Math.abs(variance(values) / expected - 1)).toBeLessThan(2.5 * near);
    expect(Math.abs(values.reduce((a, b) => a + b) / values.length)).toBeLessThan(5 * Math.sqrt(expected / (R * C)));
  });

  test("uniform rules keep within their bound and reach for it; truncated ones within two deviations", () => {
    const bound = Math.sqrt(6 / (R + C));
    const [glorot, lecun] = [glorotUniform(), lecunNormal({ truncated: true })].map((rule) => numbers(rule, [R, C], 4));
    expect(largest(glorot)).toBeLessThanOrEqual(bound);
    expect(largest(glorot)).toBeGreaterThan(0.999 * bound);
    const cut = 2 / Math.sqrt(C) / 0.87962566;
    expect(largest(lecun)).toBeLessThan(cut);
    expect(largest(lecun)).toBeGreaterThan(0.98 * cut);
  });

  test("sparse leaves the asked-for number of elements in every column", () => {
    const values = numbers(sparse({ sparsity: 0.3 }), [7, 9]);
    for (let c = 0; c < 9; c++) {
      const column = values.filter((_, i) => i % 9 === c);
      expect(column.filter((v) => v === 0).length).toBe(3);
    }
    const places = (c: number): string =>
      values
        .flatMap((v, i) => (i % 9 === c && v === 0 ? [i] : []))
        .map((i) => (i - c) / 9)
        .join();
    expect(new Set(Array.from({ length: 9 }, (_, c) => places(c))).size).toBeGreaterThan(3);
  });

  test("identity fills the block of every gate, also of rectangles", () => {
    expect(numbers(identity(), [2, 2])).toEqual([1, 0, 0, 1]);
    expect(numbers(identity(0.5), [4, 2], 2)).toEqual([0.5, 0, 0, 0.5, 0.5, 0, 0, 0.5]);
    expect(numbers(identity(), [3, 2])).toEqual([1, 0, 0, 1, 0, 0]);
  });

  test("refuse what they cannot fill or mean", () => {
    for (const rule of [
      glorotUniform(),
      heNormal(),
      lecunUniform(),
      sparse({ sparsity: 0.5 }),
      identity(),
      orthogonalFused(),
      orthogonalPerGate(),
    ]) {
      expect(() => numbers(rule, [4])).toThrow(/fills matrices only; received a parameter of shape \[4\]/);
    }
    expect(() => uniform(-1)).toThrow(/bound/);
    expect(() => normal(-1)).toThrow(/std/);
    expect(() => numbers(glorotUniform({ gain: -1 }), [2, 2])).toThrow(/gain/);
    expect(() => sparse({ sparsity: 1.1 })).toThrow(/sparsity must be a share/);
    expect(() => chrono({ max: 1.5 })).toThrow(/max must be a number from 2/);
    expect(() => chrono({ max: 9, min: 0 })).toThrow(/min/);
  });
});

describe("orthogonal", () => {
  test.each([
    [1, 1],
    [7, 7],
    [33, 12],
    [12, 33],
    [64, 64],
  ])("[%i, %i] has orthonormal columns or rows", (rows, cols) => {
    expect(departure(numbers(orthogonalFused(), [rows, cols]), rows, cols)).toBeLessThan(1e-13);
    const scaled = numbers(orthogonalFused(3), [rows, cols]).map((v) => v / 3);
    expect(departure(scaled, rows, cols)).toBeLessThan(1e-13);
  });

  test("fused and per gate are different things", () => {
    const [fused, perGate] = [orthogonalFused(), orthogonalPerGate()].map((rule) => numbers(rule, [48, 12], 4));
    const block = (values: number[], g: number): number[] => values.slice(g * 144, (g + 1) * 144);
    expect(departure(fused, 48, 12)).toBeLessThan(1e-13);
    expect(departure(perGate, 48, 12)).toBeGreaterThan(1);
    for (let g = 0; g < 4; g++) {
      expect(departure(block(perGate, g), 12, 12)).toBeLessThan(1e-13);
      expect(departure(block(fused, g), 12, 12)).toBeGreaterThan(0.1);
    }
    expect(block(perGate, 0)).not.toEqual(block(perGate, 1));
  });

  test("directions are uniform: elements have mean 0 and variance 1/n, and determinants both signs", () => {
    const n = 5;
    const draws = Array.from({ length: 2000 }, (_, i) => numbers(orthogonalFused(), [n, n], 1, i));
    for (let e = 0; e < n * n; e++) {
      const values = draws.map((q) => q[e]);
      // Var(q²) = 2(n−1)/(n²(n+2)) = 0.0457: standard deviations 0.01 and 0.0048; five of them.
      expect(Math.abs(values.reduce((a, b) => a + b) / 2000)).toBeLessThan(0.05);
      expect(Math.abs(variance(values) - 1 / n)).toBeLessThan(0.024);
    }
    const two = Array.from({ length: 200 }, (_, i) => numbers(orthogonalFused(), [2, 2], 1, i));
    const reflections = two.filter(([a, b, c, d]) => a * d - b * c < 0).length;
    expect(reflections).toBeGreaterThan(60);
    expect(reflections).toBeLessThan(140);
  });
});
