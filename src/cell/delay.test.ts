/* oxlint-disable typescript/no-explicit-any -- written as JavaScript would be, past the types on purpose */
import { expect, it } from "vitest";
import { Recurrent } from "../nn/recurrent.js";
import { scope, Tensor } from "../tensor/index.js";
import { defineCell, delay, sum, type Expression } from "./index.js";

const cellOf = (step: (x: Expression, h: Expression) => Expression) =>
  defineCell({
    name: "late",
    reference: "this test",
    params: () => ({}),
    state: { h: "input" },
    step: ({ x, h }) => ({ h: step(x, h) }),
    output: ({ h }) => h,
  });

const outputs = (net: Recurrent, x: readonly number[], state?: any): number[] =>
  scope(() => net.forward(Tensor.from([...x], [x.length, 1, 1], { dtype: "f64" }), { state }).output.toArray());

it("gives what was, zero before the first step, and what it is told to start with", () => {
  const net = new Recurrent(
    cellOf((x) => delay(x, 2)),
    { inputSize: 1, hiddenSize: 1, dtype: "f64" },
  );
  expect(net.cell.states.map(({ name }) => name)).toEqual(["h", "delay1", "delay2"]);
  expect(outputs(net, [1, 2, 3, 4])).toEqual([0, 0, 1, 2]);
  const given = (value: number): Tensor => Tensor.from([value], [1, 1], { dtype: "f64" });
  const state = [{ h: given(9), delay1: given(7), delay2: given(8) }];
  expect(outputs(net, [1, 2, 3], state)).toEqual([8, 7, 1]);
});

it("delays what the step computes, and asks once for what it has", () => {
  const echo = cellOf((x, h) => x.add(delay(h.add(x)).mul(10)).add(delay(h.add(x)).mul(100)));
  expect(echo.states.map(({ name }) => name)).toEqual(["h", "delay1"]);
  const net = new Recurrent(echo, { inputSize: 1, hiddenSize: 1, dtype: "f64" });
  // h: 1; then 2 + 110·(0 + 1); then 3 + 110·(1 + 2).
  expect(outputs(net, [1, 2, 3])).toEqual([1, 112, 333]);
});

it("says what it cannot do, and where", () => {
  const line = /delay\.test\.ts:\d+:\d+/;
  for (const steps of [0, -1, 1.5, Number.NaN]) {
    expect(() => cellOf((x) => delay(x, steps))).toThrow(
      expect.objectContaining({ code: "E_NUMBER", message: expect.stringMatching(line) }),
    );
  }
  for (const wrong of [2, undefined, {}]) {
    expect(() => cellOf((x) => x.add(delay(wrong as any)))).toThrow(
      expect.objectContaining({ code: "E_OPERAND", message: expect.stringMatching(line) }),
    );
  }
  expect(() => cellOf((x) => x.add(delay(sum(x))))).toThrow(/delay needs a value with units/);
  const named = (): unknown =>
    defineCell({
      name: "named",
      reference: "this test",
      params: () => ({}),
      state: { delay1: "input" },
      step: ({ x }) => ({ delay1: x }),
      output: ({ delay1 }) => delay1,
    });
  expect(named).toThrow(expect.objectContaining({ code: "E_CELL" }));
});
