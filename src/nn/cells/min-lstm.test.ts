// What minLstm keeps is a quotient of two gates that may both be too small for a number.
import { describe, expect, it } from "vitest";
import { scope, Tensor } from "../../tensor/index.js";
import { gradcheck } from "../../testing/index.js";
import { Recurrent } from "../recurrent.js";
import { minLstm } from "./index.js";

/** One unit whose gates and candidate are x + (f, i, 1), from h. */
function unit(f: number, i: number, h: number, dtype: "f32" | "f64") {
  const net = new Recurrent(minLstm, { inputSize: 1, hiddenSize: 1, dtype });
  const [weight, bias] = net.parameters();
  weight.set([1, 1, 1]);
  bias.set([f, i, 1]);
  const x = Tensor.from([0], [1, 1, 1], { dtype, requiresGrad: true });
  const state = [{ h: Tensor.from([h], [1, 1], { dtype }) }];
  return { net, x, run: () => net.forward(x, { state }).output };
}

const sigma = (a: number): number => 1 / (1 + Math.exp(-a));
const FAR = [-1e6, -1e3, -104, 104, 1e3, 1e6];
const PAIRS = FAR.flatMap((f) => FAR.map((i) => [f, i] as const));

describe("minLstm", () => {
  it.each([
    [0, 0],
    [0.3, -1.2],
    [-4, 2.5],
    [9, -9],
    [-20, -21],
  ])("is (f⊙h + i⊙h̃) / (f + i) at gates of %f and %f", (f, i) => {
    const [h, next] = [-2, 1.5];
    const expected = (sigma(f) * h + sigma(i) * next) / (sigma(f) + sigma(i));
    expect(scope(() => unit(f, i, h, "f64").run().item())).toBeCloseTo(expected, 12);
    expect(scope(() => unit(f, i, h, "f32").run().item())).toBeCloseTo(expected, 5);
  });

  it.each(PAIRS)("has its limit and finite gradients at gates of %f and %f", (f, i) => {
    const { net, x, run } = unit(f, i, -2, "f32");
    scope(() => {
      const output = run();
      output.sum().backward();
      // Closed gates are as their exponentials: the larger one has it all; open ones are both 1.
      const [u, v] = [Math.min(f, 0), Math.min(i, 0)];
      const keep = u === v ? 0.5 : u > v ? 1 : 0;
      expect(output.item()).toBeCloseTo(-2 * keep + 1.5 * (1 - keep), 5);
      for (const leaf of [x, ...net.parameters()]) expect(leaf.grad!.toArray().every(Number.isFinite)).toBe(true);
    });
  });

  it.each([
    [0, 0],
    [0.3, -1.2],
    [-104, -104],
    [-104, -103],
    [-1e3, -1e3],
    [1e3, -1],
    [-1e6, -1e6],
    [1e6, 1e6],
  ])("has the gradients of its values at gates of %f and %f", (f, i) => {
    const { net, x, run } = unit(f, i, -2, "f64");
    gradcheck(() => run().square().sum(), [x, ...net.parameters()], { tolerance: 1e-4 });
  });
});
