import { afterEach, describe, expect, it } from "vitest";
import { host } from "#host";
import { CALL_KERNEL, COMPILE, CALL_PROGRAM } from "./control.js";
import { WORKER_SOURCE } from "./generated/worker.js";
import { Heap } from "./heap.js";
import { Pool, type PoolOptions } from "./pool.js";
import { Program } from "./program.js";
import { Team, type Counters } from "./team.js";

const sized = (bytes: readonly number[]): number[] => [bytes.length, ...bytes];
const section = (id: number, ...content: number[][]): number[] => [id, ...sized(content.flat())];
const named = (name: string): number[] => sized(Array.from(name, (letter) => letter.charCodeAt(0)));

/** A module of functions (base, worker, workers) over the shared memory `env.memory`. */
function moduleOf(functions: Record<string, number[]>): Uint8Array<ArrayBuffer> {
  const names = Object.keys(functions);
  return new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0]),
    ...section(2, [1], named("env"), named("memory"), [2, 3, 1, 0x80, 0x80, 4]),
    ...section(
      3,
      [names.length],
      names.map(() => 0),
    ),
    ...section(7, [names.length], ...names.map((name, index) => [...named(name), 0, index])),
    ...section(10, [names.length], ...names.map((name) => sized([0, ...functions[name], 0x0b]))),
  ]);
}

const address = [0x20, 0, 0x20, 1, 0x41, 6, 0x74, 0x6a]; // base + (worker << 6)
/** Adds `workers` to the word of this worker. */
const mark = [...address, ...address, 0x28, 2, 0, 0x20, 2, 0x6a, 0x36, 2, 0];
/** Traps in every worker but the main thread. */
const trap = [0x20, 1, 0x04, 0x40, 0x00, 0x0b];
/** Never returns in a worker. */
const hang = [0x20, 1, 0x04, 0x40, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b];
const TINY = moduleOf({ mark, trap, hang });

const pools: Pool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.stop();
});

function setUp(threads: number, extra: Partial<PoolOptions> = {}) {
  const heap = new Heap({ shared: true });
  const kernels = new WebAssembly.Module(TINY);
  const { exports } = new WebAssembly.Instance(kernels, { env: { memory: heap.memory } });
  const options = { heap, kernels, host, threads, source: WORKER_SOURCE, ...extra };
  const start = (): Pool => {
    const pool = Pool.startSync(options);
    pools.push(pool);
    return pool;
  };
  const base = heap.alloc(64 * threads);
  heap.u8(base, 64 * threads).fill(0);
  const marks = (): number[] => Array.from({ length: threads }, (_, worker) => heap.i32(base + 64 * worker, 1)[0]);
  return { heap, kernels, exports, options, start, base, marks };
}

describe("pool", () => {
  it("runs a job once in every worker, with its number and their count", () => {
    for (const threads of [2, 3]) {
      const { exports, start, base, marks } = setUp(threads);
      start().run({ kind: CALL_KERNEL, index: 0, args: [base] }, () => exports.mark(base, 0, threads));
      expect(marks()).toEqual(Array(threads).fill(threads));
    }
  });

  it("joins a thousand forks, asleep workers included", async () => {
    const { exports, start, base, marks } = setUp(2);
    const pool = start();
    for (let i = 0; i < 1000; i++) {
      pool.run({ kind: CALL_KERNEL, index: 0, args: [base] }, () => exports.mark(base, 0, 2));
      // Seen by the main thread as soon as run returns.
      expect(marks()[1]).toBe(2 * (i + 1));
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect(marks()).toEqual([2000, 2000]);
  });

  it("surfaces a trap in a worker as an error, and works on", () => {
    const { exports, start, base, marks } = setUp(2);
    const pool = start();
    expect(() => pool.run({ kind: CALL_KERNEL, index: 1, args: [base] }, () => {})).toThrow(
      /Thread 1 failed.*RuntimeError: unreachable/,
    );
    expect(() => pool.run({ kind: CALL_KERNEL, index: 77, args: [base] }, () => {})).toThrow(
      /Thread 1 failed.*TypeError/,
    );
    pool.run({ kind: CALL_KERNEL, index: 0, args: [base] }, () => exports.mark(base, 0, 2));
    expect(marks()).toEqual([2, 2]);
  });

  it("waits for the workers even if the main thread's share fails", () => {
    const { start, base, marks } = setUp(2);
    const pool = start();
    const own = (): void => {
      throw new Error("own share");
    };
    expect(() => pool.run({ kind: CALL_KERNEL, index: 0, args: [base] }, own)).toThrow("own share");
    expect(marks()).toEqual([0, 2]);
  });

  it("gives up on a worker that never answers, and says so ever after", () => {
    const { start, base } = setUp(2, { joinLimitMs: 200 });
    const pool = start();
    expect(() => pool.run({ kind: CALL_KERNEL, index: 2, args: [base] }, () => {})).toThrow(/1 of 1 workers/);
    expect(() => pool.run({ kind: CALL_KERNEL, index: 0, args: [base] }, () => {})).toThrow(/pool is lost/);
  });

  it("says so when workers cannot start", () => {
    const { options } = setUp(2, { source: "throw new Error('broken worker');", startLimitMs: 300 });
    expect(() => Pool.startSync(options)).toThrow(/the worker could not be started/);
  });

  it("compiles modules in the workers, above memory grown after they started", () => {
    const { heap, exports, start, base, marks } = setUp(2);
    const pool = start();
    heap.alloc(heap.stats().capacityBytes);
    const bytes = moduleOf({ mark });
    const at = heap.alloc(bytes.length);
    heap.u8(at, bytes.length).set(bytes);
    pool.run({ kind: COMPILE, program: 5, args: [at, bytes.length] }, () => {});
    pool.run({ kind: CALL_PROGRAM, program: 5, index: 0, args: [base] }, () => exports.mark(base, 0, 2));
    expect(marks()).toEqual([2, 2]);
    expect(() => pool.run({ kind: CALL_PROGRAM, program: 6, index: 0, args: [base] }, () => {})).toThrow(/TypeError/);
    heap.u8(at, bytes.length).fill(0);
    expect(() => pool.run({ kind: COMPILE, program: 6, args: [at, bytes.length] }, () => {})).toThrow(/CompileError/);
  });
});

describe("program", () => {
  function setUpTeam(threads: number) {
    const parts = setUp(threads);
    const counters: Counters = { forks: 0, programCalls: 0, packs: 0, gemmFlops: 0 };
    const reasons: string[] = [];
    const binary = { module: parts.kernels, exports: parts.exports, relaxed: false };
    const team = new Team(parts.heap, binary, threads, parts.start, counters, reasons);
    const program = new Program(moduleOf({ mark, trap }), { memory: parts.heap.memory }, team);
    return { ...parts, team, program, counters, reasons };
  }

  it("stays on one thread while the work is small, and starts no worker for it", () => {
    const { program, base, marks, counters } = setUpTeam(2);
    program.run("mark", base, 1000);
    expect(marks()).toEqual([1, 0]);
    expect(counters).toMatchObject({ programCalls: 1, forks: 0 });
    expect(pools).toHaveLength(0);
  });

  it("runs large work on all, compiling once", () => {
    const { program, base, marks, counters, heap } = setUpTeam(2);
    const before = heap.stats().persistentBytes;
    program.run("mark", base, 1e9);
    program.run("mark", base, 1e9);
    expect(marks()).toEqual([4, 4]);
    expect(counters).toMatchObject({ programCalls: 2, forks: 3 });
    expect(heap.stats().persistentBytes).toBe(before);
    program.dispose();
    expect(() => program.run("mark", base, 1e9)).toThrow(/no section "mark"/);
  });

  it("lists its sections when asked for another, and refuses what is no module", () => {
    const { program, base, team, heap } = setUpTeam(2);
    expect(program.sections).toEqual(["mark", "trap"]);
    expect(() => program.run("marc", base, 0)).toThrow(/Did you mean "mark"\? Known: mark, trap/);
    expect(() => new Program(new Uint8Array(8), { memory: heap.memory }, team)).toThrow(/refuses the emitted module/);
  });

  it("does everything on one thread if the workers cannot start, with the reason", () => {
    const { heap, kernels, exports, base, marks } = setUp(2);
    const reasons: string[] = [];
    const counters: Counters = { forks: 0, programCalls: 0, packs: 0, gemmFlops: 0 };
    const fail = (): Pool => {
      throw new Error("no threads today");
    };
    const team = new Team(heap, { module: kernels, exports, relaxed: false }, 2, fail, counters, reasons);
    new Program(moduleOf({ mark }), { memory: heap.memory }, team).run("mark", base, 1e9);
    expect(marks()).toEqual([1, 0]);
    expect(team.threads).toBe(1);
    expect(reasons).toEqual(["One thread runs: no threads today"]);
  });
});
