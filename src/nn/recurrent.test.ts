import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/gradcheck.js";
import { CELLS, Recurrent } from "./index.js";

const random = (rng: Rng, shape: number[]): Tensor =>
  Tensor.from(Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()), shape, {
    dtype: "f64",
    requiresGrad: true,
  });

describe.each(Object.values(CELLS))("Recurrent($name)", (cell) => {
  it.each([
    { lengths: undefined, bidirectional: false, layers: 1 },
    { lengths: [2, 4, 0], bidirectional: true, layers: 2 },
  ])("agrees with finite differences: %o", ({ lengths, bidirectional, layers }) => {
    const rng = new Rng(7);
    const net = new Recurrent(cell, { inputSize: 3, hiddenSize: 5, layers, bidirectional, dtype: "f64" }, rng);
    const x = random(rng, [4, 3, 3]);
    const states = Array.from({ length: layers * (bidirectional ? 2 : 1) }, () =>
      Object.fromEntries(cell.states.map(({ name }) => [name, random(rng, [3, 5])])),
    );
    const weights = random(rng, [4, 3, bidirectional ? 10 : 5]);
    const loss = (): Tensor => {
      const { output, state } = net.forward(x, { state: states, lengths });
      let total = output.mul(weights).sum();
      for (const record of state) for (const value of Object.values(record)) total = total.add(value.square().sum());
      return total;
    };
    gradcheck(loss, [x, ...states.flatMap((s) => Object.values(s)), ...net.parameters()]);
    expect(true).toBe(true);
  });
});
