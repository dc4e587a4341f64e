import { describe, expect, test } from "vitest";
import { explain, planCell, type CellDefinition } from "../../cell/index.js";
import { cellContract } from "../../testing/index.js";
import { elman, gru, layerNormLstm, lstm, mogrifierLstm, quasiRnn } from "../cells/index.js";
import { deepCell } from "../deep-cell.js";
import { withBahdanau, withLuong } from "./index.js";

const FORMS: readonly CellDefinition[] = [
  withBahdanau(gru),
  withBahdanau(lstm, { coverage: true }),
  withLuong(lstm),
  withLuong(gru, { score: "dot", inputFeeding: false }),
  withLuong(elman, { score: "concat" }),
  withLuong(lstm, { score: "concat", coverage: true }),
  withBahdanau(layerNormLstm),
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

test("a cell that cannot be written into another one is refused in words that say why", () => {
  const refused = (run: () => unknown, words: string): void =>
    expect(run).toThrow(expect.objectContaining({ code: "E_CELL", message: expect.stringContaining(words) }));
  for (const around of [withBahdanau, withLuong]) {
    refused(() => around(quasiRnn(2)), "looks at earlier values");
    refused(() => around(mogrifierLstm(2)), "otherwise than through a matrix");
  }
  refused(() => deepCell(quasiRnn(2), 2), "looks at earlier values");
  expect(withLuong(mogrifierLstm(2), { inputFeeding: false }).states.map(({ name }) => name)).toContain("attended");
});
