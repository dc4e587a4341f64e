import { describe, expect, test } from "vitest";
import { elman, gruResetBefore, lstm, minGru, quasiRnn, Recurrent, simpleRecurrentUnit } from "../../nn/index.js";
import { Tensor } from "../../tensor/index.js";
import { defineCell, inputWeight, linear, recurrentVector, sigmoid, tanh } from "../index.js";
import { explain } from "../explain.js";
import { planCell } from "../plan.js";
import { recurrentDropout, updateDropout, zoneout, zoneoutExpectation } from "./index.js";

const products = (cell: Parameters<typeof planCell>[0]): string[] =>
  planCell(cell).forward.flatMap(({ matmuls }) =>
    matmuls.map(({ weight }) => {
      const { param, firstBlock, blocks } = planCell(cell).weights[weight];
      return `${param} ${firstBlock}+${blocks}`;
    }),
  );

describe("a rewrite", () => {
  test("is made once per cell and choice, so that plans and programs are", () => {
    expect(recurrentDropout(lstm)).toBe(recurrentDropout(lstm, "tied"));
    expect(recurrentDropout(lstm, "perGate")).not.toBe(recurrentDropout(lstm));
    expect(zoneout(lstm, ["h", "c"])).toBe(zoneout(lstm, ["h", "c"]));
    expect(zoneoutExpectation(lstm, { c: 0.5 })).toBe(zoneoutExpectation(lstm, { c: 0.5 }));
    expect(zoneoutExpectation(lstm, { c: 0.5 })).not.toBe(zoneoutExpectation(lstm, { c: 0.4 }));
    expect(planCell(zoneout(lstm, ["c"]))).toBe(planCell(zoneout(lstm, ["c"])));
  });

  test("leaves the cell as it was, and keeps parameters, states and gates", () => {
    const before = JSON.stringify(lstm.trace);
    const cell = updateDropout(zoneout(recurrentDropout(lstm), ["h", "c"]));
    expect(JSON.stringify(lstm.trace)).toBe(before);
    expect(lstm.inputs).toEqual([]);
    expect(cell).toMatchObject({ params: lstm.params, states: lstm.states, gates: lstm.gates, forgetGate: "f" });
    expect(cell.inputs).toEqual([
      { name: "recurrent_mask_hidden", dim: "hidden", per: "sequence" },
      { name: "zoneout_mask_h", dim: "hidden", per: "step" },
      { name: "zoneout_mask_c", dim: "hidden", per: "step" },
      { name: "update_mask", dim: "hidden", per: "step" },
    ]);
    expect(explain(cell)).toContain("inputs beside x: recurrent_mask_hidden [hidden] per sequence, zoneout_mask_h");
  });

  test("drops with one product for all gates, or with one for each", () => {
    expect(products(recurrentDropout(lstm))).toEqual(["weight_hh 0+4"]);
    expect(products(recurrentDropout(lstm, "perGate"))).toEqual([0, 1, 2, 3].map((k) => `weight_hh ${k}+1`));
    expect(recurrentDropout(lstm, "perGate").inputs.map(({ name }) => name)).toEqual(
      ["i", "f", "g", "o"].map((gate) => `recurrent_mask_hidden_${gate}`),
    );
    // What the second product of this cell sees, r ⊙ h, goes through the same mask.
    expect(recurrentDropout(gruResetBefore).inputs).toHaveLength(1);
    expect(products(recurrentDropout(gruResetBefore))).toEqual(["weight_hh 0+2", "weight_hh 2+1"]);
  });

  test("drops what a vector on the state sees, gate by gate where it has gates", () => {
    const cell = defineCell({
      name: "diagonal",
      reference: "none",
      gates: ["f", "n"],
      params: ({ input, hidden, gates }) => ({
        W: inputWeight(gates(hidden), input),
        u: recurrentVector(gates(hidden)),
        v: recurrentVector(hidden),
      }),
      state: { h: "hidden" },
      step: ({ x, p, h }) => {
        const a = linear(x, p.W);
        return { h: sigmoid(a.f.add(p.u.f.mul(h))).mul(tanh(a.n.add(h.mul(p.u.n).mul(p.v)))) };
      },
      output: ({ h }) => h,
    });
    const names = (masks?: "perGate"): string[] => recurrentDropout(cell, masks).inputs.map(({ name }) => name);
    expect(names()).toEqual(["recurrent_mask_hidden"]);
    expect(names("perGate").sort()).toEqual(["", "_f", "_n"].map((gate) => `recurrent_mask_hidden${gate}`));
  });

  test("of states alone adds no product and no stage", () => {
    const [plain, zoned] = [lstm, zoneout(lstm, ["h", "c"])].map((cell) => planCell(cell));
    expect([zoned.forward.length, zoned.backward.length]).toEqual([plain.forward.length, plain.backward.length]);
    expect(products(zoneout(lstm, ["h", "c"]))).toEqual(products(lstm));
  });

  test("lets hoisted products be hoisted", () => {
    const [plain, dropped] = [simpleRecurrentUnit, updateDropout(simpleRecurrentUnit)].map((cell) => planCell(cell));
    expect(dropped.hoist.flatMap(({ matmuls }) => matmuls)).toHaveLength(
      plain.hoist.flatMap(({ matmuls }) => matmuls).length,
    );
  });
});

describe("zoneout", () => {
  const run = (masks: { h: number; c: number }): { h: number[]; c: number[]; output: number[] } => {
    const net = new Recurrent(zoneout(lstm, ["h", "c"]), { inputSize: 2, hiddenSize: 3, dtype: "f64" });
    const state = [{ h: Tensor.full([1, 3], 0.3, "f64"), c: Tensor.full([1, 3], 0.7, "f64") }];
    const mask = (value: number): Tensor => Tensor.full([1, 1, 3], value, "f64");
    const inputs = { zoneout_mask_h: mask(masks.h), zoneout_mask_c: mask(masks.c) };
    const { output, state: final } = net.forward(Tensor.full([1, 1, 2], 0.5, "f64"), { state, inputs });
    return { h: final[0].h.toArray(), c: final[0].c.toArray(), output: output.toArray() };
  };

  test("makes h from the fresh c, then mixes both independently; the output is the mixed h", () => {
    const plain = run({ h: 1, c: 1 });
    expect(run({ h: 1, c: 0 })).toEqual({ ...plain, c: [0.7, 0.7, 0.7] });
    expect(run({ h: 0, c: 1 })).toEqual({ h: [0.3, 0.3, 0.3], c: plain.c, output: [0.3, 0.3, 0.3] });
    expect(run({ h: 2.5, c: -1 })).toEqual(plain);
  });

  test("knows the states that a cell declares, and no others", () => {
    const error = expect.objectContaining({ code: "E_STATE" });
    expect(() => zoneout(lstm, ["z"])).toThrow(error);
    expect(() => zoneoutExpectation(elman, { c: 0.5 })).toThrow(/expected state one of h, received c/);
    expect(() => zoneout(quasiRnn(2), ["delay1"])).toThrow(error);
  });
});

test("a regulariser is applied once", () => {
  const error = expect.objectContaining({ code: "E_REGULARISER", message: expect.stringMatching(/has one already/) });
  expect(() => recurrentDropout(recurrentDropout(lstm))).toThrow(error);
  expect(() => new Recurrent(zoneout(lstm, ["c"]), { inputSize: 1, hiddenSize: 1, zoneout: 0.5 })).toThrow(error);
  expect(zoneout(zoneout(lstm, ["c"]), ["h"]).inputs).toHaveLength(2);
});

test("a cell without what is to be dropped is refused in words", () => {
  const error = expect.objectContaining({ code: "E_REGULARISER" });
  expect(() => recurrentDropout(minGru)).toThrow(error);
  expect(() => updateDropout(elman)).toThrow(error);
  expect(() => updateDropout(elman)).toThrow(/update dropout of elman.*names no candidate/);
});
