import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { add, concat, mul, scope, sub, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import { gru, type Merge, Recurrent } from "./index.js";

const [T, B, I, H] = [4, 3, 2, 3];
const LENGTHS = [4, 0, 2];
const normal = (seed: number, shape: number[], dtype: "f32" | "f64" = "f32"): Tensor => {
  const rng = new Rng(seed);
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return Tensor.from(values, shape, { dtype, requiresGrad: true });
};
const OPTIONS = { inputSize: I, hiddenSize: H, layers: 2, bidirectional: true } as const;
const wide = (f: Tensor, r: Tensor): Tensor => concat([f, sub(f, r), mul(f, r)], 1);
const code = (name: string) => expect.objectContaining({ code: name });

describe.each<[string, Merge, number, (f: Tensor, r: Tensor) => Tensor]>([
  ["concat", "concat", 2 * H, (f, r) => concat([f, r], 2)],
  ["sum", "sum", H, add],
  ["mean", "mean", H, (f, r) => add(f, r).mul(0.5)],
  ["product", "product", H, mul],
  ["a function", wide, 3 * H, (f, r) => concat([f, sub(f, r), mul(f, r)], 2)],
])("merge %s", (_, merge, width, byHand) => {
  it("is that of two one-way layers, layer by layer, to the bit", () => {
    const net = new Recurrent(gru, { ...OPTIONS, merge }, new Rng(1));
    expect(net.outputWidth).toBe(width);
    expect(net.stateDict()["weight_ih_l1"].shape).toEqual([3 * H, width]);
    const x = normal(2, [T, B, I]);
    scope(() => {
      let layer = x;
      for (let k = 0; k < 2; k++) {
        const [f, r] = [false, true].map((reverse) => {
          const one = new Recurrent(gru, { inputSize: layer.shape[2], hiddenSize: H, reverse }, new Rng(9));
          for (const [name, value] of one.namedParameters()) {
            value.set(net.stateDict()[name.replace("_l0", `_l${k}${reverse ? "_reverse" : ""}`)].data());
          }
          return one.forward(layer, { lengths: LENGTHS }).output;
        });
        layer = byHand(f, r);
      }
      expect(net.forward(x, { lengths: LENGTHS }).output.toArray()).toEqual(layer.toArray());
    });
  });

  it("has exact gradients", () => {
    const net = new Recurrent(gru, { ...OPTIONS, merge, dtype: "f64" }, new Rng(1));
    const x = normal(2, [T, B, I], "f64");
    gradcheck(() => net.forward(x, { lengths: LENGTHS }).output, [x, ...net.parameters()], { directions: 3 });
  });
});

describe("options", () => {
  it("with a name become JSON and back; with a function they say that they do not", () => {
    const { options } = new Recurrent(gru, { ...OPTIONS, merge: "sum" });
    expect(JSON.parse(JSON.stringify(options))).toMatchObject({ merge: "sum", bidirectional: true });
    const own = new Recurrent(gru, { ...OPTIONS, merge: wide });
    expect(() => JSON.stringify({ model: own.options })).toThrow(code("E_OPTION"));
    expect(JSON.parse(JSON.stringify({ ...own.options, merge: undefined }))).not.toHaveProperty("merge");
  });

  it.each<[string, object]>([
    ["E_OPTION_NEEDS", { merge: "sum", bidirectional: false }],
    ["E_VALUE", { merge: "max" }],
    ["E_MERGE", { merge: () => 3 }],
    ["E_MERGE", { merge: (f: Tensor) => f.sum() }],
    ["E_MERGE", { merge: (f: Tensor) => f.slice(0, 1) }],
  ])("%s for %o", (name, given) => {
    expect(() => new Recurrent(gru, { ...OPTIONS, ...given } as never)).toThrow(code(name));
  });
});
