/** The streams say in TypeScript what they say in Python, and the measure sees what it must see. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { errorOf, type Golden, load } from "./golden.js";
import { integers, positions, project, seedOf, uniform, unit } from "./streams.js";

const stored = JSON.parse(readFileSync(new URL("./data/streams.json", import.meta.url), "utf8")) as {
  seed: Record<string, number>;
  uniform: Record<string, number[]>;
  integers: Record<string, number[]>;
  positions: Record<string, number[]>;
  projection: Record<string, number[]>;
};

describe("streams", () => {
  test("seeds, numbers, integers and positions are those of streams.py", () => {
    for (const [name, seed] of Object.entries(stored.seed)) expect(seedOf(name)).toBe(seed);
    expect([...uniform("x", 8)]).toEqual(stored.uniform["x"]);
    expect([...uniform("lstm-01/bias_hh_l2", 8, 0.3)]).toEqual(stored.uniform["lstm-01/bias_hh_l2"]);
    expect([...integers("x", 12, 65)]).toEqual(stored.integers["x"]);
    for (const [n, at] of Object.entries(stored.positions)) expect(positions(Number(n), at.length)).toEqual(at);
    const seed = seedOf("projection/3");
    expect(stored.projection["3"].map((_, i) => 2 * unit(seed, i) - 1)).toEqual(stored.projection["3"]);
  });
});

describe("the measure", () => {
  const values = Float64Array.from(uniform("measured", 5000));
  const golden: Golden = {
    shape: [50, 100],
    max: Math.max(...values.map(Math.abs)),
    sample: positions(5000, 96).map((i) => values[i]),
    projections: [0, 1, 2, 3].map((k) => project(k, values).sum),
  };
  const changed = (change: (copy: Float64Array) => void): number => {
    const copy = values.slice();
    change(copy);
    return errorOf(copy, golden);
  };

  test("is 0 for the same numbers and refuses another size", () => {
    expect(errorOf(values, golden)).toBe(0);
    expect(() => errorOf(values.subarray(1), golden)).toThrow("4999 values for golden shape [50, 100]");
  });

  test("sees a single wrong element where nothing is sampled, a wrong row, an exchange and a NaN", () => {
    const sampled = new Set(positions(5000, 96));
    const unsampled = [...values.keys()].filter((i) => !sampled.has(i));
    expect(changed((copy) => (copy[unsampled[1234]] += 0.01))).toBeGreaterThan(1e-5);
    expect(changed((copy) => copy.fill(0, 300, 400))).toBeGreaterThan(1e-2);
    expect(changed((copy) => copy.subarray(200, 300).reverse())).toBeGreaterThan(1e-3);
    expect(changed((copy) => (copy[unsampled[7]] = NaN))).toBeNaN();
  });

  test("of noise is near the noise: neither hides it nor blows it up", () => {
    const noise = uniform("noise", 5000, 1e-5);
    const error = changed((copy) => copy.forEach((_, i) => (copy[i] += noise[i])));
    expect(error).toBeGreaterThan(0.5e-5);
    expect(error).toBeLessThan(2e-5);
  });
});

describe("the golden folder", () => {
  const cells = ["rnn_tanh", "rnn_relu", "lstm", "gru"];

  test("covers every cell with 1–3 layers, with and without lengths and initial state, and the extremes", () => {
    for (const cell of cells) {
      const cases = load<{ layers: number; state: boolean; lengths: number[] | null } & Sizes>(cell);
      const combinations = new Set(cases.map((c) => `${c.layers} ${c.state} ${c.lengths === null}`));
      expect(combinations.size, cell).toBe(12);
      const range = (pick: (c: Sizes) => number): number[] => [
        Math.min(...cases.map(pick)),
        Math.max(...cases.map(pick)),
      ];
      expect([range((c) => c.T), range((c) => c.B), range((c) => c.H)], cell).toEqual([
        [1, 200],
        [1, 33],
        [1, 257],
      ]);
    }
  });

  test("stays under 5 MB", () => {
    const folder = new URL("./data/", import.meta.url);
    const bytes = readdirSync(folder).map((name) => statSync(new URL(name, folder)).size);
    expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(5_000_000);
  });
});

interface Sizes {
  T: number;
  B: number;
  H: number;
}
