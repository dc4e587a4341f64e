import { describe, expect, it } from "vitest";
import { Recurrent } from "../nn/recurrent.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/gradcheck.js";
import {
  clip,
  defineCell,
  hardSigmoid,
  hardTanh,
  leakyRelu,
  modRelu,
  sign,
  softplus,
  softsign,
  type Expression,
} from "./index.js";

const X = [-50, -4, -1.5, -0.3, 0, 0.2, 1.1, 2.7, 40];
const SMOOTH = X.filter((x) => Math.abs(x) > 0.01);

const cellOf = (f: (x: Expression) => Expression) =>
  defineCell({
    name: "one",
    reference: "this test",
    params: () => ({}),
    state: { h: "input" },
    step: ({ x }) => ({ h: f(x) }),
    output: ({ h }) => h,
  });

const inside = (v: number, low: number, high: number): number => Math.min(Math.max(v, low), high);

describe.each<[string, (x: Expression) => Expression, (x: number) => number]>([
  ["clip", (x) => clip(x, -0.5, 2), (v) => inside(v, -0.5, 2)],
  ["hardTanh", hardTanh, (v) => inside(v, -1, 1)],
  ["hardSigmoid of Keras 3", (x) => hardSigmoid(x, "keras3"), (v) => inside(v / 6 + 0.5, 0, 1)],
  ["hardSigmoid of Keras 2", (x) => hardSigmoid(x, "keras2"), (v) => inside(v / 5 + 0.5, 0, 1)],
  ["hardSigmoid of ONNX", (x) => hardSigmoid(x, "onnx"), (v) => inside(v / 5 + 0.5, 0, 1)],
  ["softplus", softplus, (v) => (v > 30 ? v : Math.log1p(Math.exp(v)))],
  ["softsign", softsign, (v) => v / (1 + Math.abs(v))],
  ["leakyRelu", (x) => leakyRelu(x, 0.1), (v) => (v > 0 ? v : 0.1 * v)],
  ["sign", sign, Math.sign],
  ["modRelu", (x) => modRelu(x, -0.4), (v) => Math.sign(v) * Math.max(Math.abs(v) - 0.4, 0)],
])("%s", (_, word, f) => {
  const net = (n: number, dtype: "f32" | "f64") => new Recurrent(cellOf(word), { inputSize: n, hiddenSize: 1, dtype });

  it.each(["f32", "f64"] as const)("has its values in %s", (dtype) => {
    const got = scope(() =>
      noGrad(() =>
        net(X.length, dtype)
          .forward(Tensor.from(X, [1, 1, X.length], { dtype }))
          .output.toArray(),
      ),
    );
    X.forEach((x, i) => expect(got[i], `at ${x}`).toBeCloseTo(f(x), dtype === "f32" ? 5 : 12));
  });

  it("has the derivative of its values", () => {
    const x = Tensor.from(SMOOTH, [1, 1, SMOOTH.length], { dtype: "f64", requiresGrad: true });
    const run = net(SMOOTH.length, "f64");
    gradcheck(() => run.forward(x).output.mul(run.forward(x).output.add(1)).sum(), [x], { tolerance: 1e-6 });
  });
});

it("softplus has slope ½ at 0, and numbers as far out as there are any", () => {
  const x = Tensor.from([-0, 0, 1e6, -1e6, 3e38, -3e38], [1, 1, 6], { requiresGrad: true });
  scope(() => {
    const { output } = new Recurrent(cellOf(softplus), { inputSize: 6, hiddenSize: 1 }).forward(x);
    output.sum().backward();
    const big = Math.fround(3e38);
    const [first, second, ...rest] = output.toArray();
    expect([first, second]).toEqual([expect.closeTo(Math.LN2, 6), expect.closeTo(Math.LN2, 6)]);
    expect(rest).toEqual([1e6, 0, big, 0]);
    expect(x.grad!.toArray()).toEqual([0.5, 0.5, 1, 0, 1, 0]);
  });
});

it("a hard sigmoid is somebody's", () => {
  for (const definition of [undefined, "keras", "toString"]) {
    const wrong = (): unknown => cellOf((x) => hardSigmoid(x, definition as "onnx"));
    expect(wrong).toThrow(expect.objectContaining({ code: "E_VALUE", message: expect.stringContaining("keras3") }));
  }
});
