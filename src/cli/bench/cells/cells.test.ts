import { Command } from "commander";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { defineCell, inputWeight, linear, planCell, recurrentWeight } from "../../../cell/index.js";
import { CELLS } from "../../../nn/index.js";
import { startSync } from "../../../runtime/index.js";
import { REGULARISERS } from "../../../testing/regulariser-table.js";
import { defineBench } from "../../bench.js";
import { flopsOf, planBill } from "./plan-bill.js";
import { benchRegularisers, type RegularisersFound } from "./regularisers.js";
import { regularisersReport } from "./regularisers-report.js";
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
    expect(cellsCalled("gru", "lstm")).toEqual([CELLS.gru, CELLS.lstm]);
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

describe("bench cells --regularisers", () => {
  const cells = [CELLS.elman, CELLS.independentRnn, CELLS.lstm];
  const sizes = { T: 5, B: 4, I: 6, H: 8 };
  let found: RegularisersFound;
  beforeAll(() => {
    found = benchRegularisers({ cells, budgetS: 0.01, sizes });
  });

  it("times every regulariser on every cell that it fits, per gate marked as exempt", () => {
    for (const { name } of cells) {
      const cell = CELLS[name];
      const own = found.costs.filter((cost) => cost.cell === name);
      const fitting = REGULARISERS.filter(({ fits }) => fits(cell, 1) || fits(cell, 2));
      expect(own.map(({ regulariser }) => regulariser)).toEqual(fitting.map((one) => one.name));
      for (const { with_ms: dear, without_ms: plain, ratio } of own) {
        expect(Math.min(dear, plain)).toBeGreaterThan(0);
        expect(ratio).toBe(dear / plain);
      }
    }
    expect(new Set(found.costs.filter(({ exempt }) => exempt).map(({ regulariser }) => regulariser))).toEqual(
      new Set(["recurrent dropout, per gate", "variational input dropout, per gate"]),
    );
    expect([found.sizes, found.p]).toEqual([sizes, 0.3]);
  });

  it("prints a table with the dearest in its last line", () => {
    const at = (cell: string, regulariser: string, ratio: number, exempt = false) => {
      return { cell, regulariser, with_ms: ratio, without_ms: 1, ratio, exempt };
    };
    const costs = [at("lstm", "zoneout", 1.02), at("lstm", "per gate", 2, true), at("gru", "zoneout", 1.12)];
    const lines = regularisersReport({ ...found, costs }).split("\n");
    expect(lines.slice(0, 6).map((line) => line.trim().split(/ +/))).toEqual([
      ["cell", "a", "b"],
      ["lstm", "1.02", "2.00*"],
      ["gru", "1.12!", "–"],
      [""],
      ["a", "zoneout"],
      ["b", "per", "gate", "*"],
    ]);
    expect(lines.at(-1)).toBe("1 of 2 within 1.1; the worst is 1.12, zoneout of gru.");
    expect(regularisersReport({ ...found, costs: [costs[1]] })).toMatch(/\nNothing that the limit speaks of\.$/);
    const long = Object.values(CELLS).flatMap(({ name }) =>
      REGULARISERS.map((one) => at(name, one.name, 1.234, one.perGate)),
    );
    for (const line of regularisersReport({ ...found, costs: long }).split("\n")) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it("is asked for by a flag, which means nothing elsewhere", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const asked = (...words: string[]): void => {
      const command = new Command("bench").exitOverride().configureOutput({ writeErr: () => {} });
      defineBench(command);
      command.parse(words, { from: "user" });
    };
    try {
      asked("cells", "independentRnn", "--regularisers", "--json", "--budget", "0.001");
      const [[line]] = write.mock.calls;
      expect(JSON.parse(String(line))).toMatchObject({ peer: "hiddenstate", sizes: { H: 128, T: 50, B: 32 }, p: 0.3 });
    } finally {
      write.mockRestore();
    }
    expect(() => asked("matmul", "--regularisers")).toThrow(/--regularisers means nothing with matmul/);
    expect(() => asked("char-small", "{}", "more")).toThrow(/"more" means nothing with char-small/);
    expect(() => asked("cells", "gru", "lsmt", "--regularisers")).toThrow(/Did you mean "lstm"/);
  });
});
