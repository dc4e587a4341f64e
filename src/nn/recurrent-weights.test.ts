import { describe, expect, it } from "vitest";
import { gradcheck } from "../testing/index.js";
import { mul, Parameter, Tensor } from "../tensor/index.js";
import { Rng } from "../runtime/index.js";
import { elman, LSTM, lstm, Recurrent } from "./index.js";

const OPTIONS = { inputSize: 3, hiddenSize: 5, layers: 2, bidirectional: true } as const;
const LENGTHS = [4, 2, 0];
const normal = (seed: number, shape: number[], dtype: "f32" | "f64" = "f32"): Parameter => {
  const rng = new Rng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return new Parameter(
    shape,
    Float64Array.from({ length: size }, () => rng.normal()),
    { dtype },
  );
};
const code = (name: string) => expect.objectContaining({ code: name });

describe("weights that stand in for parameters during a call", () => {
  it("compute what a network with those parameters computes, layer by layer and direction by direction", () => {
    const [given, loaded] = [new LSTM(OPTIONS), new LSTM(OPTIONS)];
    const weights = { weight_hh_l0_reverse: normal(1, [20, 5]), weight_ih_l1: normal(2, [20, 10]) };
    for (const [name, value] of Object.entries(weights)) loaded.stateDict()[name].set(value.data());
    const x = normal(3, [4, 3, 3]);
    const mine = given.forward(x, { weights, lengths: LENGTHS });
    const theirs = loaded.forward(x, { lengths: LENGTHS });
    expect(mine.output.toArray()).toEqual(theirs.output.toArray());
    expect(mine.output.toArray()).not.toEqual(given.forward(x, { lengths: LENGTHS }).output.toArray());

    mine.output.backward({ gradient: normal(4, [4, 3, 10]) });
    theirs.output.backward({ gradient: normal(4, [4, 3, 10]) });
    for (const [name, parameter] of given.namedParameters()) {
      const standIn = weights[name as keyof typeof weights];
      expect((standIn ?? parameter).grad?.toArray()).toEqual(loaded.stateDict()[name].grad?.toArray());
      if (standIn !== undefined) expect(parameter.grad).toBeNull();
    }
  });

  it("let gradients through to what they were computed from", () => {
    const net = new Recurrent(elman, { inputSize: 2, hiddenSize: 3, dtype: "f64" }, new Rng(1));
    const x = normal(2, [5, 2, 2], "f64");
    const mask = Tensor.from([1, 0, 1, 1, 1, 0, 0.5, 1, 1], [3, 3], { dtype: "f64" });
    gradcheck((w) => net.forward(x, { weights: { weight_hh_l0: mul(w, mask) } }).output, [normal(3, [3, 3], "f64")]);
  });

  it.each<[string, string, Record<string, Tensor>]>([
    ["E_OPTION", "weight_hh_l2", { weight_hh_l2: normal(1, [20, 5]) }],
    ["E_SHAPE", "weights.weight_hh_l0", { weight_hh_l0: normal(1, [5, 20]) }],
    ["E_DTYPE", "weights.bias_hh_l1_reverse", { bias_hh_l1_reverse: normal(1, [20], "f64") }],
  ])("%s names %s", (error, name, weights) => {
    const run = () => new Recurrent(lstm, OPTIONS).forward(normal(1, [4, 3, 3]), { weights });
    expect(run).toThrow(code(error));
    expect(run).toThrow(name);
  });
});
