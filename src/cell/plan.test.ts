import { describe, expect, it } from "vitest";
import {
  CELLS,
  elman,
  elmanRelu,
  gru,
  gruResetBefore,
  jordan,
  layerNormLstm,
  lstm,
  minLstm,
  peepholeLstm,
} from "../nn/cells/index.js";
import type { CellDefinition } from "./define.js";
import { matmulFlops } from "./executor.js";
import { planCell } from "./plan.js";
import { ONE, type Plan, type Slot, type Stage } from "./plan-format.js";

const weightsOf = (plan: Plan, stages: readonly Stage[]): string[] =>
  stages.flatMap(({ matmuls }) => matmuls.map(({ weight }) => plan.weights[weight].param));
const bufferNames = (plan: Plan, kind: Plan["buffers"][number]["kind"]): string[] =>
  plan.buffers.filter((buffer) => buffer.kind === kind).map(({ name }) => name);
const stagesWithProducts = (stages: readonly Stage[]): number =>
  stages.filter(({ matmuls }) => matmuls.length > 0).length;

describe("hoisting and stages", () => {
  it.each<[CellDefinition, number]>([
    [elman, 1],
    [lstm, 1],
    [gru, 1],
    [gruResetBefore, 2],
    [jordan, 2],
  ])("$name: the input's product once before the loop, then %i stages a step", (cell, stages) => {
    for (const mode of ["train", "infer"] as const) {
      const plan = planCell(cell, mode);
      expect(weightsOf(plan, plan.hoist)).toEqual(["weight_ih"]);
      expect(weightsOf(plan, plan.forward)).not.toContain("weight_ih");
      expect(stagesWithProducts(plan.forward)).toBe(stages);
      expect(plan.forward).toHaveLength(stages);
    }
  });

  it.each(Object.values(CELLS))(
    "$name: what is multiplied before the loop is multiplied after it on the way back",
    (cell) => {
      const plan = planCell(cell);
      const hoisted = weightsOf(plan, plan.hoist);
      expect(hoisted.length > 0).toBe(cell !== CELLS["mogrifierLstm5"]);
      expect(weightsOf(plan, plan.sink).toSorted()).toEqual(hoisted.toSorted());
      for (const weight of hoisted) expect(weightsOf(plan, plan.backward)).not.toContain(weight);
    },
  );
});

describe("gradients", () => {
  it.each(Object.values(CELLS))("$name: one product per linear map, one sum per vector", (cell) => {
    const { gradients } = planCell(cell);
    const weights = gradients.filter(({ kind }) => kind === "weight");
    // A cell may multiply two parts of a weight by different things.
    expect(weights).toHaveLength(cell.trace.graph.nodes.filter(({ kind }) => kind === "linear").length);
    const written = new Set(gradients.map(({ param }) => param));
    expect([...written].sort()).toEqual(Object.keys(cell.params).sort());
  });

  it("biases that enter side by side are summed from the same rows", () => {
    const sources = planCell(lstm).gradients.flatMap((g) => (g.kind === "vector" ? [g.source] : []));
    expect(sources).toHaveLength(2);
    expect(sources[0]).toEqual(sources[1]);
  });
});

describe("memory", () => {
  it.each([elman, elmanRelu, gru, gruResetBefore, jordan, lstm, peepholeLstm, minLstm])(
    "$name: no value of the forward step waits in memory for a later pass",
    (cell) => {
      for (const mode of ["train", "infer"] as const) {
        expect(bufferNames(planCell(cell, mode), "scratch").join()).not.toContain("forward.spill");
      }
    },
  );

  it.each([elman, elmanRelu, jordan, lstm])("$name: nor does one of the backward step", (cell) => {
    expect(bufferNames(planCell(cell), "scratch").join()).not.toContain("spill");
  });

  // z⊙dh waits for the product that it is added to; where r comes before the product, so does r⊙d(r⊙h).
  it.each([
    [gru, 1],
    [gruResetBefore, 2],
  ])("$name: what the running gradient adds to a product waits for it, and nothing else", (cell, waiting) => {
    expect(bufferNames(planCell(cell), "scratch").filter((name) => name.includes("spill"))).toHaveLength(waiting);
  });

  it("lstm: four gates and then their gradients live in the hoisted rows; tanh(c) alone has rows of its own", () => {
    const plan = planCell(lstm);
    expect(plan.buffers.filter(({ kind }) => kind === "sequence").map(({ name, blocks }) => [name, blocks])).toEqual([
      ["x", 1],
      ["hoisted.weight_ih", 4],
      ["saved.tanh", 1],
      ["d.output", 1],
      ["d.x", 1],
    ]);
  });

  it("layerNormLstm: of a normalisation, two numbers a row are kept beside what was normalised", () => {
    const plan = planCell(layerNormLstm);
    const rows = plan.buffers.filter(({ kind, dim }) => kind === "sequence" && dim === "hidden");
    // The products with x and h, four gates and tanh; three gradients; and c waits in its own history.
    const saved = rows.filter(({ name }) => name.startsWith("saved") || name.startsWith("hoisted"));
    expect(saved.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(4 + 4 + 4 + 1);
    expect(plan.buffers.filter(({ kind, dim }) => kind === "sequence" && dim === ONE)).toHaveLength(6);
  });

  it("layerNormLstm: five passes a step forwards and three backwards, without a row between them", () => {
    const plan = planCell(layerNormLstm);
    for (const [stages, passes] of [
      [plan.forward, 5],
      [plan.backward, 3],
    ] as const) {
      expect(stages.flatMap((stage) => stage.passes).filter(({ dim }) => dim !== ONE)).toHaveLength(passes);
    }
  });

  it("infer keeps only what comes out: no gradients, no backward, no saved rows", () => {
    const plan = planCell(lstm, "infer");
    expect(plan).toMatchObject({ backward: [], sink: [], gradients: [], mode: "infer" });
    expect(plan.bindings).toMatchObject({ dOutput: null, dInputs: [] });
    expect(bufferNames(plan, "sequence")).toEqual(["x", "hoisted.weight_ih"]);
    expect(plan.weights.every(({ transposed }) => !transposed)).toBe(true);
  });
});

describe.each(Object.values(CELLS))("the plan of $name", (cell) => {
  const plan = planCell(cell);
  const sections = [plan.hoist, plan.forward, plan.backward, plan.sink];

  it("is made once and is plain JSON", () => {
    expect(planCell(cell)).toBe(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it("names only buffers, blocks, weights and widths that exist", () => {
    const slot = ({ buffer, block }: Slot): void => expect(block).toBeLessThan(plan.buffers[buffer].blocks);
    for (const { matmuls, passes } of sections.flat()) {
      for (const { out, a, weight } of matmuls) {
        slot(out);
        slot(a);
        expect(plan.weights[weight]).toBeDefined();
      }
      for (const { dim, code } of passes) {
        expect(plan.dims).toContain(dim);
        for (const instruction of code) if ("slot" in instruction) slot(instruction.slot);
      }
    }
  });

  it("writes every register once, before it is read, and loads before it stores", () => {
    for (const { passes } of sections.flat()) {
      const written = new Set<number>();
      for (const { code } of passes) {
        let stored = false;
        for (const i of code) {
          const reads =
            i.op === "store"
              ? [i.from]
              : ["a", "b", "c"].flatMap((k) => (k in i ? [(i as unknown as Record<string, number>)[k]] : []));
          for (const register of reads) expect(written.has(register)).toBe(true);
          if (i.op === "store") stored = true;
          else {
            expect(stored).toBe(false);
            expect(written.has(i.to)).toBe(false);
            written.add(i.to);
          }
        }
      }
    }
  });

  it("costs twice as many flops for twice as many rows", () => {
    const dims = { input: 3, hidden: 5, output: 4 };
    for (const direction of ["forward", "backward"] as const) {
      const flops = matmulFlops(plan, direction, { rows: 10, dims });
      expect(flops).toBeGreaterThan(0);
      expect(matmulFlops(plan, direction, { rows: 20, dims })).toBe(2 * flops);
    }
  });
});
