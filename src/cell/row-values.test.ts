/* oxlint-disable typescript/no-explicit-any -- written as JavaScript would be, past the types on purpose */
import { describe, expect, it } from "vitest";
import { Recurrent } from "../nn/recurrent.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import {
  defineCell,
  eachGate,
  inputWeight,
  layerNorm,
  linear,
  mean,
  rmsNorm,
  rowMax,
  size,
  softmax,
  sum,
  type Expression,
  type Gated,
} from "./index.js";

const X = [0.5, -2, 3, 0.25, 1];

/** What a step makes of one row of numbers; gates p and q are the row, and the row times 2. */
function value(word: (x: Expression, gates: Gated<"p" | "q">) => Expression, x = X, dtype: "f32" | "f64" = "f64") {
  const cell = defineCell({
    name: "one",
    reference: "this test",
    gates: ["p", "q"],
    params: ({ input, gates }) => ({ W: inputWeight(gates(input), input) }),
    state: { h: "input" },
    step: ({ x: row, p }) => ({ h: word(row, linear(row, p.W)) }),
    output: ({ h }) => h,
  });
  const n = x.length;
  const net = new Recurrent(cell, { inputSize: n, hiddenSize: 1, dtype });
  const [W] = net.parameters();
  W.set(Array.from({ length: 2 * n * n }, (_, i) => (Math.floor(i / n) % n === i % n ? 1 + Math.floor(i / n / n) : 0)));
  return scope(() => noGrad(() => net.forward(Tensor.from(x, [1, 1, n], { dtype })).output.toArray()));
}
const every = (number: number, n = X.length): number[] => Array.from({ length: n }, () => number);
const close = (got: readonly number[], expected: readonly number[], digits = 12): void => {
  expect(got).toHaveLength(expected.length);
  got.forEach((number, i) => expect(number).toBeCloseTo(expected[i], digits));
};
const average = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
const normed = (list: readonly number[], eps: number): number[] => {
  const centre = average(list);
  const variance = average(list.map((v) => (v - centre) ** 2));
  return list.map((v) => (v - centre) / Math.sqrt(variance + eps));
};

describe("numbers per row", () => {
  it("are sums, means, maxima and sizes, and meet rows again", () => {
    close(
      value((x) => x.mul(0).add(sum(x))),
      every(2.75),
    );
    close(
      value((x) => x.sub(mean(x))),
      X.map((v) => v - 0.55),
    );
    close(
      value((x) => rowMax(x).sub(x)),
      X.map((v) => 3 - v),
    );
    close(
      value((x) => x.mul(size(x))),
      X.map((v) => 5 * v),
    );
    close(
      value((x) => x.neg().sub(rowMax(x.neg()))),
      X.map((v) => -v - 2),
    );
  });

  it("of gates are those of all their units", () => {
    close(
      value((x, gates) => x.mul(sum(gates))),
      X.map((v) => v * 8.25),
    );
    close(
      value((x, gates) => x.mul(mean(gates))),
      X.map((v) => v * 0.825),
    );
    close(
      value((x, gates) => x.mul(rowMax(gates))),
      X.map((v) => v * 6),
    );
    close(
      value((x, gates) => x.mul(size(gates))),
      X.map((v) => v * 10),
    );
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 33])("have every unit in them, %i wide, in emitted code too", (n) => {
    const x = Array.from({ length: n }, (_, i) => ((i * 7) % 5) - 1.5);
    for (const dtype of ["f32", "f64"] as const) {
      close(
        value((row) => row.mul(0).add(sum(row)), x, dtype),
        every(average(x) * n, n),
        4,
      );
      close(
        value((row) => row.mul(0).add(rowMax(row)), x, dtype),
        every(Math.max(...x), n),
        6,
      );
      close(
        value((row) => row.mul(0).add(size(row)), x, dtype),
        every(n, n),
        6,
      );
    }
  });
});

describe("normalisation", () => {
  it("layerNorm is the definition, over one row or over all gates together", () => {
    close(
      value((x) => layerNorm(x)),
      normed(X, 1e-5),
    );
    close(
      value((x) => layerNorm(x, { gain: x, bias: x.neg(), eps: 0.5 })),
      normed(X, 0.5).map((v, i) => v * X[i] - X[i]),
    );
    const both = normed([...X, ...X.map((v) => 2 * v)], 1e-5);
    close(
      value((_x, gates) => layerNorm(gates).q),
      both.slice(5),
    );
    close(
      value((_x, gates) => layerNorm(gates, { gain: gates, bias: gates, eps: 1e-3 }).p),
      normed([...X, ...X.map((v) => 2 * v)], 1e-3)
        .slice(0, 5)
        .map((v, i) => v * X[i] + X[i]),
    );
  });

  it("gate by gate it is another thing", () => {
    close(
      value((_x, gates) => eachGate(gates, (gate) => layerNorm(gate, { eps: 0.1 })).q),
      normed(
        X.map((v) => 2 * v),
        0.1,
      ),
    );
  });

  it("rmsNorm keeps the mean", () => {
    const root = Math.sqrt(average(X.map((v) => v * v)) + 1e-5);
    close(
      value((x) => rmsNorm(x)),
      X.map((v) => v / root),
    );
    close(
      value((x) => rmsNorm(x, { gain: x, bias: x })),
      X.map((v) => (v * v) / root + v),
    );
  });

  it("softmax sums to one and does not overflow", () => {
    const powers = X.map((v) => Math.exp(v));
    const total = powers.reduce((a, b) => a + b, 0);
    close(
      value(softmax),
      powers.map((v) => v / total),
    );
    close(
      value((x) => softmax(x.mul(1000))),
      [0, 0, 1, 0, 0],
    );
  });
});

describe("words that need units", () => {
  const line = /row-values\.test\.ts:\d+:\d+/;
  it.each<[string, (x: any, gates: any) => any]>([
    ["sum", (x) => x.add(sum(sum(x)))],
    ["mean", (x) => x.add(mean(x.mul(0)))],
    ["rowMax", (x) => x.add(rowMax(2 as any))],
    ["size", (x) => x.add(size({} as any))],
    ["sum", (x) => x.add(sum({ a: x, b: 1 } as any))],
    ["sum", (x) => x.add(sum(undefined as any))],
  ])("%s says so, and the line", (op, word) => {
    const wrong = (): unknown => value(word);
    expect(wrong).toThrow(expect.objectContaining({ code: "E_OPERAND", message: expect.stringMatching(line) }));
    expect(wrong).toThrow(new RegExp(op === "mean" ? "sum" : op));
  });
});
