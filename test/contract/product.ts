/** Registers the product with vitest: a seeded sample every day, all of it with FULL=1. */
import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { CELLS } from "../../src/nn/index.js";
import { startSync } from "../../src/runtime/index.js";
import { matmul, scope, Tensor } from "../../src/tensor/index.js";
import { holdsAt } from "./product-checks.js";
import type { Tally } from "./product-gradients.js";
import { DIRECTIONS, LAYERS, pointsOf, sampleOf, type Point } from "./product-points.js";
import { full } from "./register.js";

/** Points of each cell in a sample. */
const SAMPLE = 3;
/** `PART=2/3`: of all points every third, from the second on; a busy machine takes them in several runs. */
const [PART, PARTS] = (process.env["PART"] ?? "1/1").split("/").map(Number);
/** Failures of a test that are told at length. */
const TOLD = 5;

/** Every `of`-th cell from the `part`-th on. */
export function registerProduct(part: number, of: number): void {
  const tally: Tally = { points: 0, numbers: 0, differences: 0, kinks: 0, redrawn: 0 };
  const seed = Number(process.env["SEED"] ?? 1);

  beforeAll(startThreads);

  // After every test, so that a run that is cut short has counted what it did.
  afterEach(() => {
    if (!full) return;
    mkdirSync(".cache/product", { recursive: true });
    writeFileSync(`.cache/product/${part}.json`, JSON.stringify(tally));
  });

  Object.keys(CELLS).forEach((name, i) => {
    if (i % of !== part) return;
    const points = pointsOf(name);
    describe(name, () => {
      if (!full) {
        it(`holds its promises at a sample of ${points.length} points`, () => check(sampleOf(points, SAMPLE, seed)));
        return;
      }
      for (const directions of DIRECTIONS) {
        for (const layers of LAYERS) {
          const stack = points.filter((point) => point.directions === directions && point.layers === layers);
          const here = stack.filter((_, at) => at % PARTS === PART - 1);
          it(`holds its promises: ${directions}, layers ${layers}, ${here.length} points`, () => check(here), 600_000);
        }
      }
    });
  });

  function check(points: readonly Point[]): void {
    const broken: string[] = [];
    for (const point of points) {
      try {
        holdsAt(point, tally);
      } catch (error) {
        broken.push(
          (error as { code?: string }).code === "E_CONTRACT"
            ? (error as Error).message
            : String((error as Error).stack),
        );
      }
    }
    const more = broken.length > TOLD ? [`and ${broken.length - TOLD} more points`] : [];
    expect([...broken.slice(0, TOLD), ...more].join("\n")).toBe("");
    expect(points.length).toBeGreaterThan(0);
  }
}

/** Two threads start with the first job that is worth it; from then on a point says how many it runs on. */
export function startThreads(): void {
  const machine = startSync({ threads: 2 });
  expect(machine.canLoad).toBe(true);
  scope(() => void matmul(Tensor.zeros([256, 256]), Tensor.zeros([256, 256])));
  expect(machine.counters.forks).toBeGreaterThan(0);
}
