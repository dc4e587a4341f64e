import { describe, expect, it } from "vitest";
import { HiddenstateError } from "../../errors.js";
import { packedSize } from "../../runtime/kernels.js";
import { CELLS } from "../../nn/cells/index.js";
import { frameWords, writeFrame, type Frame } from "../frame.js";
import { ONE, type Plan } from "../plan-format.js";
import { planCell } from "../plan.js";
import { emitPlan } from "./emit-plan.js";
import { elmanPlan, everythingPlan, lstmPassPlan } from "./example-plans.js";
import { planParts } from "./parts.js";
import { packInto, runOracle, scalarGemm } from "./plan-oracle.js";

const GUARD = 64;

interface Setting {
  readonly lengths: readonly number[];
  readonly dims: Record<string, number>;
}

/** A memory of its own with the plan's buffers, filled from a fixed sequence of numbers in (−2, 2). */
function prepare(plan: Plan, { lengths, dims }: Setting): { memory: WebAssembly.Memory; frame: Frame; at: number } {
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
  const batch = lengths.length;
  const steps = Math.max(0, ...lengths) + 1; // the last step has no active row
  const active = Int32Array.from({ length: steps }, (_, s) => lengths.filter((length) => length > s).length);
  const offsets = Int32Array.from({ length: steps }, (_, s) => active.slice(0, s).reduce((a, n) => a + n, 0));
  const rows = active.reduce((a, n) => a + n, 0);
  let next = 1024;
  const take = (elements: number): number => {
    const at = next;
    next = (next + 4 * elements + GUARD + 15) & ~15;
    return at;
  };
  let seed = 12345;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 30 - 2;
  };
  const floats = new Float32Array(memory.buffer);
  const buffers = plan.buffers.map(({ kind, dim, blocks }) => {
    const count = { sequence: rows, history: batch + rows, carry: batch, scratch: batch, vector: 1, memory: 0 }[kind];
    const elements = count * blocks * dims[dim];
    const at = take(elements);
    for (let i = 0; i < elements; i++) floats[at / 4 + i] = random();
    return at;
  });
  const weights = plan.weights.map(({ blocks, rowDim, colDim, transposed }) => {
    const [inner, outer] = [blocks * dims[rowDim], dims[colDim]];
    const [n, k] = transposed ? [outer, inner] : [inner, outer];
    const at = take(packedSize(n, k));
    packInto(memory, at, n, k, random);
    return at;
  });
  const at = take(frameWords(plan, steps));
  const frame = { steps, batch, rows, active, offsets, dims, buffers, weights };
  writeFrame(plan, frame, new Int32Array(memory.buffer, at, frameWords(plan, steps)));
  return { memory, frame, at };
}

type Direction = "forward" | "backward";

/** All of memory after `plan` ran by emitted code on `workers` workers, one after the other (last first). */
function emitted(plan: Plan, setting: Setting, directions: readonly Direction[], workers: number): Int32Array {
  const { memory, at } = prepare(plan, setting);
  const module = new WebAssembly.Module(emitPlan(plan, { shared: true }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory, gemm: scalarGemm(memory) } });
  for (const direction of directions) {
    const run = exports[direction] as (frame: number, worker: number, workers: number) => void;
    for (let worker = workers - 1; worker >= 0; worker--) run(at, worker, workers);
  }
  return new Int32Array(memory.buffer);
}

function expected(plan: Plan, setting: Setting, directions: readonly Direction[]): Int32Array {
  const { memory, frame } = prepare(plan, setting);
  for (const direction of directions) runOracle(plan, frame, memory, direction);
  return new Int32Array(memory.buffer);
}

/** First few words that differ; a million words are too many for toEqual. */
function differences(a: Int32Array, b: Int32Array): string[] {
  const found: string[] = [];
  for (let i = 0; i < a.length && found.length < 4; i++) if (a[i] !== b[i]) found.push(`word ${i}: ${a[i]} ≠ ${b[i]}`);
  return found;
}

const RAGGED = [7, 7, 6, 4, 4, 4, 3, 2, 1, 1, 1, 1, 0];

const PLANS: [string, Plan, Direction[]][] = [
  ["elman by hand", elmanPlan, ["forward"]],
  ["everything by hand", everythingPlan, ["forward", "backward"]],
  ["lstm pass by hand", lstmPassPlan, ["forward"]],
  ...Object.values(CELLS).map((cell): [string, Plan, Direction[]] => [
    cell.name,
    planCell(cell),
    ["forward", "backward"],
  ]),
  ["lstm without training", planCell(CELLS["lstm"], "infer"), ["forward"]],
];

/** Sizes for every dim of a plan: a given hidden width, smaller and odd ones for the others. */
function sizes(plan: Plan, hidden: number): Record<string, number> {
  return Object.fromEntries(
    plan.dims.map((name, i) => [name, name === ONE ? 1 : name === "hidden" ? hidden : ((hidden + i) % 5) + 1]),
  );
}

describe.each(PLANS)("emitPlan: %s", (_, plan, directions) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 33])(
    "has the oracle's bits at width %i, on 1, 2 and 3 workers if rows keep to themselves",
    (hidden) => {
      const setting = { lengths: RAGGED, dims: sizes(plan, hidden) };
      const wanted = expected(plan, setting, directions);
      for (const workers of plan.crossRow ? [1] : [1, 2, 3]) {
        expect(differences(emitted(plan, setting, directions, workers), wanted), `${workers} workers`).toEqual([]);
      }
    },
  );

  it.each([
    ["one row, one step", [1]],
    ["one row, long", [9]],
    ["no rows at all", [0, 0]],
    ["five equal rows", [3, 3, 3, 3, 3]],
  ])("has the oracle's bits for %s", (_case, lengths) => {
    const setting = { lengths, dims: sizes(plan, 6) };
    const workers = plan.crossRow ? 1 : 2;
    expect(differences(emitted(plan, setting, directions, workers), expected(plan, setting, directions))).toEqual([]);
  });

  it("validates for both kinds of memory", () => {
    for (const shared of [false, true]) expect(WebAssembly.validate(emitPlan(plan, { shared }))).toBe(true);
  });
});

describe("emitPlan", () => {
  it("adds up more rows than a chain has in chains", () => {
    const plan = planCell(CELLS["batchNormLstm"]);
    const setting = { lengths: Array.from({ length: 600 }, (_, r) => (r < 520 ? 2 : 1)), dims: sizes(plan, 1) };
    const directions: Direction[] = ["forward", "backward"];
    expect(differences(emitted(plan, setting, directions, 1), expected(plan, setting, directions))).toEqual([]);
  });

  it("changes something", () => {
    const setting = { lengths: RAGGED, dims: { hidden: 5, input: 3 } };
    const before = new Int32Array(prepare(everythingPlan, setting).memory.buffer);
    expect(differences(emitted(everythingPlan, setting, ["forward"], 1), before)).not.toEqual([]);
  });

  it("tells a probe of every part, in order, and computes the same", () => {
    const setting = { lengths: [3, 1], dims: sizes(planCell(CELLS["lstm"]), 5) };
    const plan = planCell(CELLS["lstm"]);
    const { memory, at } = prepare(plan, setting);
    const module = new WebAssembly.Module(emitPlan(plan, { shared: true, probe: true }));
    const heard: string[] = [];
    const parts = planParts(plan);
    const tick = (part: number): void => void heard.push(`${parts[part].section} ${parts[part].work}`);
    const { exports } = new WebAssembly.Instance(module, { env: { memory, gemm: scalarGemm(memory), tick } });
    exports.forward(at, 0, 1);
    exports.backward(at, 0, 1);
    const step = (name: string): string[] =>
      parts.filter(({ section }) => section === name).map(({ work }) => `${name} ${work}`);
    // Steps of 2, 1 and 1 rows, and a last one of none.
    const [forward, backward] = [step("forward"), step("backward")];
    expect(heard).toEqual([
      ...step("hoist"),
      ...[forward, forward, forward].flat(),
      ...[backward, backward, backward].flat(),
      ...step("sink"),
    ]);
    expect(heard.length).toBeGreaterThan(10);
    const plain = expected(plan, setting, ["forward", "backward"]);
    expect(differences(new Int32Array(memory.buffer), plain)).toEqual([]);
  });

  it("imports nothing but memory and gemm where nobody listens", () => {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(emitPlan(elmanPlan, { shared: false })));
    expect(imports.map(({ name }) => name)).toEqual(["memory", "gemm"]);
  });

  it("refuses a slot that has no row outside the time loop", () => {
    const hoist = [{ matmuls: [], passes: everythingPlan.backward[0].passes }];
    expect(() => emitPlan({ ...everythingPlan, hoist }, { shared: false })).toThrow(HiddenstateError);
  });

  it("refuses a register read in a pass that does not compute it", () => {
    const [stage] = elmanPlan.forward;
    const broken = { ...stage, passes: [{ dim: "hidden", code: stage.passes[0].code.slice(1) }] };
    expect(() => emitPlan({ ...elmanPlan, forward: [broken] }, { shared: false })).toThrow(/register 0/);
  });
});
