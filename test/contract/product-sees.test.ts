/* oxlint-disable typescript/no-explicit-any -- private parts are broken on purpose */
// The product must be able to fail: what is broken on purpose is found, with the cell, the point and the numbers.
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { planCell } from "../../src/cell/index.js";
import { UNARY_RULES } from "../../src/cell/rules.js";
import { CELLS } from "../../src/nn/index.js";
import { runtime } from "../../src/runtime/index.js";
import { Team } from "../../src/runtime/team.js";
import { REGULARISERS } from "../../src/testing/regulariser-table.js";
import { holdsAt } from "./product-checks.js";
import type { Tally } from "./product-gradients.js";
import { DIRECTIONS, LAYERS, pointsOf, ROWS, sampleOf, type Point } from "./product-points.js";
import { startThreads } from "./product.js";

beforeAll(startThreads);

let restore: (() => void)[] = [];
afterEach(() => {
  for (const undo of restore.toReversed()) undo();
  restore = [];
});

function sabotage<T extends object>(target: T, change: (original: T) => Partial<T>): void {
  const original = { ...target };
  Object.assign(target, change(original));
  restore.push(() => Object.assign(target, original));
}

/** A point of a cell under an identity of its own: its plans are made anew. */
function pointOf(name: string, wanted: Partial<Point>): Point {
  const found = pointsOf(name, { ...CELLS[name] }).find((point) =>
    Object.entries(wanted).every(([key, value]) => point[key as keyof Point] === value),
  );
  expect(found).toBeDefined();
  return found!;
}

const tally = (): Tally => ({ points: 0, numbers: 0, differences: 0, kinks: 0, redrawn: 0 });
const failure = (point: Point): string => {
  try {
    holdsAt(point, tally());
    return "nothing";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("the points", () => {
  it("are the whole product, each regulariser of the table on its own among them", () => {
    for (const name of Object.keys(CELLS)) {
      const points = pointsOf(name);
      for (const directions of DIRECTIONS) {
        for (const layers of LAYERS) {
          for (const rows of ROWS) {
            const here = points.filter((p) => p.directions === directions && p.layers === layers && p.rows === rows);
            // Each on its own; nothing, one of each kind, the last of each kind, and some of them.
            const expected = REGULARISERS.filter(({ fits }) => fits(CELLS[name], layers)).length + 4;
            expect(here, `${name} ${directions} ${layers} ${rows}`).toHaveLength(expected);
          }
        }
      }
      const alone = new Set(points.filter(({ dropped }) => dropped.length === 1).map(({ setting }) => setting));
      const fitting = REGULARISERS.filter(({ fits }) => fits(CELLS[name], 3)).map((one) => one.name);
      expect([...alone]).toEqual(expect.arrayContaining(fitting));
      expect(points.filter(({ dropped }) => dropped.length === 0)).toHaveLength(30);
      expect(new Set(points.map(({ seed }) => seed)).size).toBe(points.length);
    }
    const lstm = pointsOf("lstm");
    expect(REGULARISERS.every(({ fits }) => fits(CELLS["lstm"], 2))).toBe(true);
    expect(lstm.filter(({ dropped }) => dropped.length > 2).length).toBeGreaterThan(30);
  });

  it("are sampled by a seed", () => {
    const points = pointsOf("gru");
    expect(sampleOf(points, 5, 1)).toEqual(sampleOf(points, 5, 1));
    expect(sampleOf(points, 5, 1)).not.toEqual(sampleOf(points, 5, 2));
  });
});

describe("a point", () => {
  it("that is sound holds, and is counted", () => {
    const counted = tally();
    holdsAt(pointOf("gru", { rows: "reset", layers: 2, setting: "zoneout" }), counted);
    expect(counted).toMatchObject({ points: 1 });
    expect(counted.numbers).toBeGreaterThan(2000);
    expect(counted.differences).toBeGreaterThanOrEqual(3 * 9);
  });

  it("of a cell whose rows look at each other runs on one thread, and says so", () => {
    const point = pointOf("batchNormLstm", { rows: "mask", layers: 1, setting: "nothing" });
    expect(failure(point)).toBe("nothing");
    // A cell that does less than it says: planned for threads, and called one for a single one.
    const cell = { ...CELLS["lstm"] };
    for (const mode of ["train", "infer"] as const) planCell(cell, mode);
    const shared = { ...pointOf("lstm", { rows: "full", layers: 1, setting: "nothing" }), cell };
    expect(failure({ ...shared, cell: Object.assign(cell, { crossRow: true }) })).toMatch(
      /two threads = one .*: 2 calls of programs were shared out/,
    );
  });

  it("sees an interpreter that is not the emitted code", () => {
    sabotage(runtime().kernels("f64"), ({ gemm }) => ({
      gemm: (out, ldo, a, lda, packed, m, n, k, accumulate) => {
        gemm(out, ldo, a, lda, packed, m, n, k, accumulate);
        for (let i = 0; i < m; i++) runtime().heap.f64(out + 8 * i * ldo, 1)[0] *= 1.001;
      },
    }));
    expect(
      failure(pointOf("gru", { directions: "both directions", layers: 2, rows: "mask", setting: "nothing" })),
    ).toMatch(
      /^cellContract\("gru"\): float32 = float64 \(both directions, layers 2, mask, dropping nothing, T \d, B \d, I \d, H \d, seed \d+\): .* is off by [\d.e-]+ of its largest number, allowed [\d.e-]+\.$/,
    );
  });

  it("sees a thread that does not do its share", () => {
    vi.spyOn(Team.prototype, "callProgram").mockImplementation((_program, _index, _args, own) => own());
    restore.push(() => vi.restoreAllMocks());
    expect(failure(pointOf("lstm", { rows: "full", setting: "nothing" }))).toMatch(/two threads = one \(one direction/);
  });

  it("sees masks that belong to a place in memory instead of a sequence", () => {
    for (const dtype of ["f32", "f64"] as const)
      sabotage(runtime().kernels(dtype), ({ dropoutMask, gatherRows }) => {
        let drawn = { mask: 0, again: (_mask: number, _rows: number): void => {} };
        return {
          dropoutMask: (mask, rows, cols, k0, k1, p) => {
            drawn = { mask, again: (other, n) => dropoutMask(other, n, cols, k0, k1, p, 0) };
            drawn.again(mask, rows);
          },
          // A mask for each sequence, spread over its rows.
          gatherRows: (out, table, index, rows, width) =>
            table === drawn.mask ? drawn.again(out, rows) : gatherRows(out, table, index, rows, width),
        };
      });
    expect(failure(pointOf("gru", { rows: "mask", setting: "variational input dropout" }))).toMatch(
      /a row = the row alone, f32 .*row \d: /,
    );
  });

  it("sees a wrong derivative", () => {
    sabotage(UNARY_RULES as any, ({ tanh: right }) => ({
      tanh: (g: any, d: any, a: any, y: any) => g.binary("mul", g.constant(1.001), right(g, d, a, y)),
    }));
    expect(failure(pointOf("gru", { rows: "lengths", setting: "one of each kind" }))).toMatch(
      /gradients = differences .*direction \d: analytic .*, measured /s,
    );
  });

  it("sees a regulariser that at p = 1 leaves something", () => {
    const zoneout = REGULARISERS.find(({ name }) => name === "zoneout")!;
    sabotage(zoneout as any, ({ options }) => ({ options: (cell: any, p: number) => options(cell, 0.7 * p) }));
    expect(failure(pointOf("lstm", { rows: "full", setting: "zoneout" }))).toMatch(/zoneout: p = 1, f32 .*final state/);
  });

  it("sees a regulariser that does something at p = 0", () => {
    const update = REGULARISERS.find(({ name }) => name === "update dropout per step")!;
    sabotage(update as any, ({ options }) => ({ options: (cell: any, p: number) => options(cell, p + 0.01) }));
    expect(failure(pointOf("lstm", { rows: "full", setting: update.name }))).toMatch(/p = 0 is nothing, f32/);
  });
});
