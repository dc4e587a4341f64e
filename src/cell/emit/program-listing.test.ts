import { describe, expect, it } from "vitest";
import { CELLS } from "../../nn/cells/index.js";
import { ONE, type Plan, type Stage } from "../plan-format.js";
import { planCell } from "../plan.js";
import { emitPlan } from "./emit-plan.js";
import { elmanPlan, everythingPlan, lstmPassPlan } from "./example-plans.js";
import { listProgram } from "./program-listing.js";

/** What the plan says: a vector loop and a loop of single elements per pass, each touching what the pass touches. */
function planned({ buffers }: Plan, stages: readonly Stage[]): { columns: number; loads: number; stores: number }[] {
  return stages.flatMap(({ columnMeans = [], passes }) => [
    // A mean over rows: a loop that adds rows up and one that hands the result to every row.
    ...columnMeans.flatMap(() =>
      ([4, 1] as const).flatMap((columns) => [
        { columns, loads: 1, stores: 0 },
        { columns, loads: 0, stores: 1 },
      ]),
    ),
    ...passes.flatMap(({ dim, code }) => {
      if (dim === ONE) return [];
      // A number per row is read once, before the columns.
      const loads = code.filter((i) => i.op === "load" && buffers[i.slot.buffer].dim !== ONE).length;
      const stores = code.filter(({ op }) => op === "store").length;
      return [
        { columns: 4, loads, stores },
        { columns: 1, loads, stores },
      ];
    }),
  ]);
}

describe("listProgram", () => {
  it.each<[string, Plan]>([
    ["elman", elmanPlan],
    ["everything", everythingPlan],
    ["lstm pass", lstmPassPlan],
    ...Object.values(CELLS).map((cell): [string, Plan] => [cell.name, planCell(cell)]),
  ])("finds the plan's loads and stores per element in the emitted %s, and no others", (_, plan) => {
    for (const shared of [false, true]) {
      const listing = listProgram(emitPlan(plan, { shared }));
      expect(listing["forward"]).toEqual(planned(plan, [...plan.hoist, ...plan.forward]));
      if (plan.mode === "train") expect(listing["backward"]).toEqual(planned(plan, [...plan.backward, ...plan.sink]));
    }
  });

  it("counts: an LSTM step reads nine and writes seven numbers per element", () => {
    expect(listProgram(emitPlan(lstmPassPlan, { shared: false }))["forward"][0]).toEqual({
      columns: 4,
      loads: 9,
      stores: 7,
    });
  });
});
