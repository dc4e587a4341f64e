import { beforeAll, describe, expect, it } from "vitest";
import { defineCell, inputWeight, linear, planCell, recurrentWeight } from "../../../cell/index.js";
import { CELLS } from "../../../nn/index.js";
import { startSync } from "../../../runtime/index.js";
import { flopsOf, planBill } from "./plan-bill.js";
import { cellsReport } from "./report.js";
import { benchCells, cellsCalled, type CellsFound } from "./run.js";

startSync({ threads: 1, precision: "strict" });

describe("the bill of a plan", () => {
  const [T, B, I, H] = [7, 5, 3, 4];
  const bill = planBill(planCell(CELLS.lstm, "train"), { batch: B, steps: T, dims: { input: I, hidden: H } });

  it("has every product of the LSTM: forward, backward, of the input, and of both weights", () => {
    const flops = bill.products.reduce((sum, product) => sum + flopsOf(product), 0);
    expect(flops).toBe(3 * 2 * T * B * 4 * H * (I + H));
    expect(bill.products.filter(({ kind }) => kind === "columnSum")).toEqual([
      { kind: "columnSum", rows: T * B, n: 4 * H, times: 1 },
    ]);
    expect(bill.products.filter(({ kind }) => kind === "pack")).toHaveLength(4);
  });

  it("has its activations: three sigmoids, a tanh for the gate and one for the cell", () => {
    expect(bill.operations).toMatchObject({ sigmoid: 3 * T * B * H, tanh: 2 * T * B * H, exp: 0, log: 0, div: 0 });
    expect(bill.operations.cheap).toBeGreaterThan(20 * T * B * H);
  });

  it("tells the bytes of a step from those of a sequence", () => {
    // Products with W_hh are scratch: written by the product, loaded by the pass, four blocks.
    expect(bill.nearBytes).toBeGreaterThanOrEqual(4 * 4 * T * B * H);
    expect(bill.farBytes).toBeGreaterThanOrEqual(4 * (4 + 4 + 2 + 1) * T * B * H);
    const twice = planBill(planCell(CELLS.lstm, "train"), { batch: B, steps: 2 * T, dims: { input: I, hidden: H } });
    expect([twice.nearBytes, twice.farBytes]).toEqual([2 * bill.nearBytes, 2 * bill.farBytes]);
  });
});

describe("bench cells", () => {
  let found: CellsFound;
  beforeAll(() => {
    const cells = [CELLS.elman, CELLS.gruResetBefore, CELLS.lstm];
    found = benchCells({ cells, budgetS: 0.01, sizes: { T: 10, B: 8, I: 16, H: 32 } });
  });

  it("predicts something of everything, and measures about that", () => {
    for (const { cell, measured_ms: measured, predicted, ratio } of found.lines) {
      const { products, operations, bytes, total } = predicted;
      for (const part of [products, operations, bytes]) expect(part, cell).toBeGreaterThan(0);
      expect(total).toBeCloseTo(products + operations + bytes, 9);
      expect(ratio).toBeCloseTo(measured / total, 9);
      // So small a layer is mostly JavaScript.
      expect(ratio).toBeGreaterThan(0.3);
    }
    expect(found.note).toMatch(/^wasm strict kernels on 1 thread \(/);
    const { cheap, tanh, sigmoid, near, far } = found.rates;
    expect(cheap).toBeGreaterThan(0);
    expect(Math.min(tanh, sigmoid)).toBeGreaterThan(2 * cheap);
    expect(Math.min(near, far)).toBeGreaterThan(0.5);
  });

  it("prints a table that marks what is over the limit", () => {
    const [line] = found.lines;
    const note = 'wasm strict kernels on 1 thread (Node 20.20.2). Precision "fast" was asked for.';
    const over = cellsReport({ ...found, note, lines: [line, { ...line, cell: "slow", ratio: 1.31 }] });
    expect(over).toMatch(/^slow .* 1\.31 .*!$/m);
    expect(over).toMatch(/^wasm strict kernels on 1 thread \(Node 20.20.2\)\.\nPrecision "fast" was asked for\.$/m);
    expect(over).toMatch(/^[01] of 2 within 1\.3/m);
    for (const text of over.split("\n")) expect(text.length).toBeLessThanOrEqual(100);
  });

  it("is asked for all cells or one", () => {
    expect(cellsCalled()).toEqual(Object.values(CELLS));
    expect(cellsCalled("gru")).toEqual([CELLS.gru]);
    expect(() => cellsCalled("lsmt")).toThrow(/Did you mean "lstm"/);
    expect(() => cellsCalled("irnn")).toThrow(/the cell elmanRelu/);
  });

  it("does not time a cell whose float32 is not its float64", () => {
    const ill = defineCell({
      name: "ill",
      reference: "",
      params: ({ input, hidden }) => ({ W: inputWeight(hidden, input), U: recurrentWeight(hidden, hidden) }),
      state: { h: "hidden" },
      // 1e8 + a − 1e8: in float32 nothing is left of a.
      step: ({ x, h, p }) => ({ h: linear(x, p.W).add(linear(h, p.U)).add(1e8).sub(1e8) }),
      output: ({ h }) => h,
    });
    expect(() => benchCells({ cells: [ill], budgetS: 0.01 })).toThrow(/float64 definition gives/);
  });
});
