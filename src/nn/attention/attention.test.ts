import { describe, expect, test } from "vitest";
import { explain, planCell, type CellDefinition } from "../../cell/index.js";
import { Rng } from "../../runtime/index.js";
import { scope, Tensor } from "../../tensor/index.js";
import { cellContract } from "../../testing/index.js";
import { CELLS, elman, gru, layerNormLstm, lstm, mogrifierLstm, quasiRnn } from "../cells/index.js";
import { Recurrent } from "../recurrent.js";
import { withBahdanau, withLuong } from "./index.js";

const FORMS: readonly CellDefinition[] = [
  withBahdanau(gru),
  withBahdanau(lstm, { coverage: true }),
  withLuong(lstm),
  withLuong(gru, { score: "dot", inputFeeding: false }),
  withLuong(elman, { score: "concat" }),
  withLuong(lstm, { score: "concat", coverage: true }),
  withBahdanau(layerNormLstm),
  withBahdanau(quasiRnn(3)),
  withLuong(mogrifierLstm(2)),
];

describe.each(FORMS.map((cell) => [cell.name, cell] as const))("%s", (_, cell) => {
  for (const { name, run } of cellContract(cell)) {
    const curved =
      name.startsWith("second") && cell.trace.graph.nodes.some((n) => n.kind === "call" && n.op === "additive");
    test.skipIf(curved)(name, run);
  }

  test("is one plan of JSON, which explain prints", () => {
    const plan = planCell(cell);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(plan.forward.some(({ calls = [] }) => calls.length > 0)).toBe(true);
    expect(explain(cell)).toMatch(/mix\(.*\) over input\.values/);
  });
});

test("what enters beside an x that is read otherwise than through matrices enters x itself", () => {
  const names = (cell: CellDefinition): string[] =>
    Object.keys(cell.params).filter((name) => /(?<!combine)_(context|feed)$/.test(name));
  expect(names(withBahdanau(gru))).toEqual(["weight_ih_context"]);
  expect(names(withBahdanau(quasiRnn(2)))).toEqual(["weight_context"]);
  expect(names(withLuong(mogrifierLstm(2)))).toEqual(["weight_feed"]);
  expect(names(withLuong(mogrifierLstm(2), { inputFeeding: false }))).toEqual([]);
});

test.each([quasiRnn(3), mogrifierLstm(2)])("$name with nothing beside x is $name", (cell) => {
  scope(() => {
    const sizes = { inputSize: 3, hiddenSize: 4, dtype: "f64" } as const;
    const plain = new Recurrent(cell, sizes, new Rng(1));
    const around = new Recurrent(withBahdanau(cell), { ...sizes, widths: { attention: 2, context: 2 } }, new Rng(2));
    const zero = around.stack[0].parameters["weight_context"];
    around.loadStateDict({
      ...around.stateDict(),
      ...plain.stateDict(),
      weight_context_l0: Tensor.zeros(zero.shape, "f64").toArray(),
    });
    const rng = new Rng(3);
    const normal = (shape: number[]): Tensor =>
      Tensor.from(
        Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()),
        shape,
        { dtype: "f64" },
      );
    const x = normal([5, 3, 3]);
    const memory = { keys: normal([3, 4, 2]), values: normal([3, 4, 2]), valid: Tensor.ones([3, 4], "f64") };
    const [a, b] = [plain.forward(x), around.forward(x, { inputs: memory })];
    expect(b.output.toArray()).toEqual(a.output.toArray());
  });
});

test.each(Object.values(CELLS))("$name takes attention of both schedules", (cell) => {
  for (const around of [withBahdanau(cell), withLuong(cell)]) {
    const net = new Recurrent(around, { inputSize: 3, hiddenSize: 4, widths: { context: 2 } });
    expect(net.stack[0].dims).toMatchObject({ input: 3, hidden: 4, context: 2 });
    expect(planCell(around).forward.some(({ calls = [] }) => calls.length > 0)).toBe(true);
  }
});

test("a cell with inputs of its own is not written into another one", () => {
  for (const around of [withBahdanau, withLuong]) {
    expect(() => around(withLuong(gru))).toThrow(
      expect.objectContaining({ code: "E_CELL", message: expect.stringContaining("inputs of its own: valid, values") }),
    );
  }
});
