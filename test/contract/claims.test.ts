// What the documents claim about the work that is done, counted.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { planCell, type CellDefinition, type Plan } from "../../src/cell/index.js";
import { emitPlan } from "../../src/cell/emit/index.js";
import { ONE } from "../../src/cell/plan-format.js";
import { listProgram } from "../../src/cell/emit/program-listing.js";
import { CELLS } from "../../src/nn/index.js";
import { runtime, startSync } from "../../src/runtime/index.js";
import { TILE } from "../../src/runtime/kernels.js";
import { Team } from "../../src/runtime/team.js";
import { inferCase, makeBatch, makeNetwork, runCase, type CaseSizes } from "../../src/testing/contract-case.js";
import { withoutComments } from "../../scripts/layers.mjs";
import { counting, flopsOf } from "./counting.js";
import { USER_CELLS } from "./user-cells.js";

const machine = startSync({ threads: 2 });
const cells = Object.values(CELLS);

/** How far the counters move while `work` runs. */
function spent(work: () => void): { forks: number; programCalls: number; packs: number } {
  const before = { ...machine.counters };
  work();
  const { forks, programCalls, packs } = machine.counters;
  return {
    forks: forks - before.forks,
    programCalls: programCalls - before.programCalls,
    packs: packs - before.packs,
  };
}

const train = (cell: CellDefinition, sizes: CaseSizes): void => {
  const net = makeNetwork(cell, sizes, "f32");
  runCase(net, makeBatch(net, sizes));
};

/** The same definition under a new identity: its programs are loaded anew. */
const fresh = (cell: CellDefinition): CellDefinition => ({ ...cell });

describe.each(cells)("$name", (cell) => {
  const stack = { B: 6, I: 3, H: 5, layers: 3, bidirectional: true };

  it("is one call into emitted code per layer, direction and pass, however long the sequences are", () => {
    for (const T of [1, 2, 40]) {
      const sizes = { T, ...stack };
      const net = makeNetwork(cell, sizes, "f32");
      const batch = makeBatch(net, sizes);
      expect(spent(() => inferCase(net, batch)).programCalls).toBe(6);
      expect(spent(() => runCase(net, batch)).programCalls).toBe(12);
    }
  });

  it("is one call per worker", () => {
    const sizes = { T: 9, B: 9, I: 3, H: 5 };
    const own = fresh(cell);
    const { calls } = counting(3, () => train(own, sizes));
    const passes = [0, 1, 2].map((worker) =>
      calls.filter((call) => call.worker === worker).map(({ section }) => section),
    );
    // makeBatch runs one step to learn the widths.
    for (const sections of passes) expect(sections).toEqual(["forward", "forward", "backward"]);
  });

  it("forks as often for 48 steps as for 8", () => {
    const sizes = { B: 36, I: 80, H: 80 };
    // Workers compile; forward and backward themselves are worth a fork.
    expect(spent(() => train(cell, { T: 8, ...sizes })).forks).toBeGreaterThanOrEqual(2);
    // How much work a job is decides whether it is shared; here every job with rows to deal is, so that forks count jobs.
    const shared = vi.spyOn(Team.prototype, "worthForking").mockImplementation((_, rows = Infinity) => rows > TILE);
    train(cell, { T: 1, ...sizes }); // workers compile what was too small for them
    const [short, long] = [8, 48].map((T) => spent(() => train(cell, { T, ...sizes })));
    shared.mockRestore();
    expect(long.forks).toBe(short.forks);
    expect(short.forks).toBeGreaterThanOrEqual(2);
  });

  it("packs its weights once per pass, not per step", () => {
    const [short, long] = [2, 30].map((T) => spent(() => train(cell, { T, ...stack })));
    expect(long.packs).toBe(short.packs);
    const net = makeNetwork(cell, { T: 1, ...stack }, "f32");
    const batch = makeBatch(net, { T: 1, ...stack });
    expect(spent(() => inferCase(net, batch)).packs).toBe(6 * planCell(cell, "infer").weights.length);
    expect(spent(() => runCase(net, batch)).packs).toBe(6 * planCell(cell, "train").weights.length);
  });

  it("multiplies rows that exist, not padding", () => {
    const [B, T] = [9, 12];
    const lengths = [12, 0, 1, 7, 7, 3, 12, 2, 5];
    const sum = lengths.reduce((a, b) => a + b);
    const run = (ends?: readonly number[]) => {
      const sizes = { T, B, I: 3, H: 5, lengths: ends };
      const own = fresh(cell);
      const net = makeNetwork(own, sizes, "f32");
      const batch = makeBatch(net, sizes);
      return counting(1, () => runCase(net, batch));
    };
    const [ragged, full] = [run(lengths), run()];
    expect(flopsOf(ragged) * T * B).toBe(flopsOf(full) * sum);
    expect(flopsOf(full)).toBe(expectedFlops(planCell(cell), T * B, { input: 3, hidden: 5, output: 6 }));
    expect(Math.max(...ragged.products.map(({ m }) => m))).toBeLessThanOrEqual(sum);
  });

  it("makes each weight's gradient in one product after the loop", () => {
    const kernels = runtime().kernels("f32");
    const products = vi.spyOn(kernels, "gemmTN");
    for (const T of [1, 7]) {
      products.mockClear();
      train(cell, { T, B: 5, I: 3, H: 5 });
      expect(products.mock.calls.length).toBe(planCell(cell).gradients.filter(({ kind }) => kind === "weight").length);
    }
    products.mockRestore();
  });
});

/** 2·rows·N·K over all products of both passes. */
function expectedFlops(plan: Plan, rows: number, dims: Record<string, number>): number {
  const stages = [...plan.hoist, ...plan.forward, ...plan.backward, ...plan.sink];
  return stages
    .flatMap(({ matmuls }) => matmuls)
    .map(({ weight }) => plan.weights[weight])
    .reduce((sum, { blocks, rowDim, colDim }) => sum + 2 * rows * blocks * dims[rowDim] * dims[colDim], 0);
}

it("a program whose rows look at each other has no second thread, however large", () => {
  const shared = vi.spyOn(Team.prototype, "worthForking").mockReturnValue(true);
  const programs = vi.spyOn(Team.prototype, "callProgram");
  const calls = cells.flatMap((cell) => {
    programs.mockClear();
    const net = makeNetwork(cell, { T: 2, B: 36, I: 8, H: 8 }, "f32");
    runCase(net, makeBatch(net, { T: 2, B: 36, I: 8, H: 8 }));
    return cell.crossRow === programs.mock.calls.length > 0 ? [cell.name] : [];
  });
  shared.mockRestore();
  programs.mockRestore();
  expect(calls).toEqual([]);
  expect(cells.some(({ crossRow }) => crossRow)).toBe(true);
});

it.each(USER_CELLS)("$name: emitted loops load and store what the plan says, element by element", (cell) => {
  for (const mode of ["train", "infer"] as const) {
    const plan = planCell(cell, mode);
    const listing = listProgram(emitPlan(plan, { shared: true }));
    const planned = (stages: Plan["forward"]) =>
      stages.flatMap(({ passes }) =>
        passes.flatMap(({ dim, code }) => {
          if (dim === ONE) return [];
          // A number per row is read once, before the columns.
          const loads = code.filter((i) => i.op === "load" && plan.buffers[i.slot.buffer].dim !== ONE).length;
          const stores = code.filter(({ op }) => op === "store").length;
          return [4, 1].map((columns) => ({ columns, loads, stores }));
        }),
      );
    expect(listing["forward"]).toEqual(planned([...plan.hoist, ...plan.forward]));
    if (mode === "train") expect(listing["backward"]).toEqual(planned([...plan.backward, ...plan.sink]));
  }
});

describe("no recurrence is written twice", () => {
  const files = (room: string): string[] =>
    readdirSync(`src/${room}`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => `src/${room}/${file}`);
  const named = new RegExp(Object.keys(CELLS).join("|"), "i");
  // Names, shortcuts and networks with a cell of their own for users, and plans written by hand to test the emitter with.
  const MAY_NAME =
    /src\/nn\/cells\/|src\/nn\/(index|irnn|recurrent-classes|word-characters)\.ts|src\/nn\/decoder\/|example-plans\.ts/;

  it("what runs cells names none of them", () => {
    const rooms = ["runtime", "tensor", "cell", "nn", "testing", "train", "stream"].flatMap(files);
    const kernels = readdirSync("kernels").filter((file) => file.endsWith(".ts"));
    const all = [...rooms, ...kernels.map((file) => `kernels/${file}`)];
    const offenders = all
      .filter((file) => !MAY_NAME.test(file) && !file.includes("/generated/"))
      .filter((file) => named.test(withoutComments(readFileSync(file, "utf8")) as string));
    expect(offenders).toEqual([]);
    expect(all.length).toBeGreaterThan(80);
  });

  it("a cell is its equations: no loop, no branch, no index", () => {
    for (const file of files("nn/cells").filter((name) => !name.endsWith("index.ts"))) {
      expect(withoutComments(readFileSync(file, "utf8")), file).not.toMatch(
        /\b(for|while|if|switch)\s*\(|\[\w+\s*[+-]/,
      );
    }
  });
});
