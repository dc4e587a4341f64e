import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { dropout, scope, Tensor } from "../tensor/index.js";
import { Linear, LSTM, monteCarlo } from "./index.js";

const x = Tensor.from(
  Float32Array.from({ length: 6 * 2 * 3 }, (_, i) => ((i * 7) % 11) / 11 - 0.5),
  [6, 2, 3],
);

describe("monteCarlo", () => {
  it("is the mean and the deviation of the network's own draws", () => {
    const net = new LSTM({ inputSize: 3, hiddenSize: 5, layers: 2, recurrentDropout: 0.3, dropout: 0.5 });
    const head = new Linear({ inputSize: 5, outputSize: 2 });
    const run = (rng: Rng): Tensor => head.forward(net.forward(x, { rng }).output.select(0, 5));
    const rng = new Rng(4);
    const [mean, std] = scope(() => {
      const summary = monteCarlo(20, rng, run);
      expect([summary.mean.shape, summary.std.shape, summary.mean.requiresGrad]).toEqual([[2, 2], [2, 2], false]);
      return [summary.mean.toArray(), summary.std.toArray()];
    });
    const draws = Array.from({ length: 20 }, (_, i) => scope(() => run(rng.split(i)).toArray()));
    mean.forEach((value, k) => {
      const own = draws.map((draw) => draw[k]);
      const centre = own.reduce((a, b) => a + b) / 20;
      expect(value).toBeCloseTo(centre, 6);
      expect(std[k]).toBeCloseTo(Math.sqrt(own.reduce((sum, v) => sum + (v - centre) ** 2, 0) / 19), 6);
      expect(std[k]).toBeGreaterThan(0);
    });
    const again = monteCarlo(20, new Rng(4), run);
    expect(again.mean.toArray()).toEqual(mean);
    expect(net.parameters().every(({ grad }) => grad === null)).toBe(true);
  });

  it("finds what is known: dropout of ones at p has mean 1 and deviation √(p / (1 − p))", () => {
    const [p, samples, n] = [0.25, 400, 50];
    const ones = Tensor.ones([n], "f64");
    const { mean, std } = monteCarlo(samples, new Rng(1), (rng) => dropout(ones, { p, rng }));
    expect(mean.dtype).toBe("f64");
    const average = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
    const known = Math.sqrt(p / (1 - p));
    // Of 20,000 draws: five standard errors of the mean; a deviation of deviations is smaller still.
    expect(Math.abs(average(mean.toArray()) - 1)).toBeLessThan((5 * known) / Math.sqrt(samples * n));
    expect(Math.abs(average(std.toArray()) - known)).toBeLessThan(0.02);
  });

  it("of a network that drops nothing deviates by nothing, and keeps small deviations of large means", () => {
    const net = new LSTM({ inputSize: 3, hiddenSize: 5 });
    const { mean, std } = monteCarlo(3, new Rng(1), (rng) => net.forward(x, { rng }).output);
    expect(mean.toArray()).toEqual(net.forward(x).output.toArray());
    expect(Math.max(...std.toArray())).toBe(0);
    let draw = 0;
    const offset = 2 ** 40;
    const far = monteCarlo(2, new Rng(1), () => Tensor.from([offset + draw++], [1], { dtype: "f64" }));
    expect(far.std.item()).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it("refuses a single draw, and draws of different shapes", () => {
    for (const samples of [1, 0, 2.5, Number.NaN]) {
      expect(() => monteCarlo(samples, new Rng(1), () => x)).toThrow(
        expect.objectContaining({ code: "E_NUMBER", message: expect.stringContaining("samples") }),
      );
    }
    let draw = 1;
    expect(() => monteCarlo(2, new Rng(1), () => Tensor.zeros([draw++]))).toThrow(/draw 1/);
  });
});
