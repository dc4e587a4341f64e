/** The same work in a fresh runtime with a given number of threads: modules are loaded anew, so nothing is shared. */
import { vi } from "vitest";
import type { CaseSizes, Outcome } from "../../src/testing/contract-case.js";
import type { Numbers } from "../../src/testing/contract-numbers.js";
import { full } from "./register.js";

export interface ThreadRun {
  readonly threads: number;
  /** Every number that came out, by cell, sizes and name. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** Cases that were large enough for a fork. */
  readonly forked: number;
  readonly cases: number;
}

/** Ragged, odd and large enough for a fork. */
export const THREAD_SIZES: readonly CaseSizes[] = [
  { T: 24, B: 33, I: 65, H: 65, layers: 2, bidirectional: true, lengths: ragged(24, 33) },
  { T: 90, B: 9, I: 47, H: 47 },
  { T: 30, B: 6, I: 103, H: 101, lengths: [30, 0, 30, 11, 29, 1] },
];

export async function runWithThreads(threads: number, sizes = THREAD_SIZES): Promise<ThreadRun> {
  vi.resetModules();
  const { Rng, startSync } = await import("../../src/runtime/index.js");
  const { CELLS, Recurrent } = await import("../../src/nn/index.js");
  const { makeBatch, makeNetwork, runCase, scattered } = await import("../../src/testing/contract-case.js");
  const { regularisersOf } = await import("../../src/testing/regulariser-contract.js");
  const { USER_CELLS } = await import("./user-cells.js");
  const machine = startSync({ threads });
  const numbers = new Map<string, Float64Array>();
  let [forked, cases] = [0, 0];
  const run = (name: string, work: () => Outcome): void => {
    const before = machine.counters.forks;
    for (const [key, value] of flatten(work())) numbers.set(`${name}: ${key}`, value.data);
    cases++;
    if (machine.counters.forks > before) forked++;
  };
  // Every day: a stack of both directions for one cell, the other sizes for all of them, one for a few of users'.
  const own = Object.values(CELLS).map((cell, i) => ({ cell, list: full || i === 0 ? sizes : sizes.slice(1) }));
  const users = (full ? USER_CELLS : USER_CELLS.slice(0, 4)).map((cell) => ({ cell, list: sizes.slice(1, 2) }));
  for (const { cell, list } of [...own, ...users]) {
    list.forEach((at, i) => {
      const net = makeNetwork(cell, at, "f32");
      run(`${cell.name} ${i}`, () => runCase(net, makeBatch(net, at)));
    });
  }
  const [T, B, I, H] = [30, 33, 17, 49];
  const lengths = ragged(T, B);
  for (const cell of Object.values(CELLS).slice(full ? 0 : -2)) {
    const inside = { dropout: 0.2, ...regularisersOf(cell).options.first };
    const net = scattered(new Recurrent(cell, { inputSize: I, hiddenSize: H, layers: 2, ...inside }), 5);
    run(`${cell.name} with dropout and zoneout`, () =>
      runCase(net, makeBatch(net, { T, B, I, H, lengths }), new Rng(9)),
    );
  }
  machine.stop();
  return { threads, numbers, forked, cases };
}

function* flatten(outcome: Outcome): IterableIterator<[string, Numbers]> {
  yield ["output", outcome.output];
  yield ["dx", outcome.dx];
  for (const [name, value] of Object.entries(outcome.dParameters)) yield [`d ${name}`, value];
  for (const kind of ["final", "dState"] as const) {
    for (const [i, record] of outcome[kind].entries()) {
      for (const [name, value] of Object.entries(record)) yield [`${kind} ${i}.${name}`, value];
    }
  }
}

function ragged(T: number, B: number): number[] {
  return Array.from({ length: B }, (_, row) => (row * 7 + 3) % (T + 1));
}
