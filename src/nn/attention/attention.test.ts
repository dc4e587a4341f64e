import { describe, expect, test } from "vitest";
import { explain, planCell, type CellDefinition } from "../../cell/index.js";
import { cellContract } from "../../testing/index.js";
import { elman, gru, layerNormLstm, lstm } from "../cells/index.js";
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
