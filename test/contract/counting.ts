/** Emitted programs with a matrix product that counts: what a run of the library asks of the machine, call by call. */
import { vi } from "vitest";
import { BASE64 as STRICT } from "../../src/runtime/generated/kernels-strict.js";
import { loadKernels } from "../../src/runtime/kernel-binary.js";
import type { Program } from "../../src/runtime/index.js";
import { Runtime } from "../../src/runtime/runtime.js";

export interface Count {
  /** Calls into emitted code: section, worker, workers. */
  readonly calls: { readonly section: string; readonly worker: number; readonly workers: number }[];
  /** Matrix products that emitted code asked for. */
  readonly products: { readonly m: number; readonly n: number; readonly k: number }[];
}

export const flopsOf = ({ products }: Count): number => products.reduce((sum, { m, n, k }) => sum + 2 * m * n * k, 0);

/**
 * Count what emitted code does while `work` runs, on `workers` workers one after the other. Programs that were loaded
 * before are not counted: use a cell definition that has not run yet.
 */
export function counting(workers: number, work: (count: Count) => void): Count {
  const count: Count = { calls: [], products: [] };
  const spy = vi.spyOn(Runtime.prototype, "load").mockImplementation(function (
    this: Runtime,
    bytes: Uint8Array,
  ): Program {
    const { memory, shared } = this.heap;
    const kernels = loadKernels({ strict: STRICT, relaxed: undefined }, memory, shared, false, [])!;
    const raw = kernels.exports["gemm"] as (...args: number[]) => void;
    const gemm = (...args: number[]): void => {
      // One product is asked for by every worker, each for its own rows: count it once.
      if (args.at(-2) === 0) count.products.push({ m: args[5], n: args[6], k: args[7] });
      raw(...args);
    };
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    const { exports } = new WebAssembly.Instance(module, { env: { memory, ...kernels.exports, gemm } });
    const run = (section: string, frame: number): void => {
      for (let worker = 0; worker < workers; worker++) {
        count.calls.push({ section, worker, workers });
        (exports[section] as (...args: number[]) => void)(frame, worker, workers);
      }
    };
    return { run } as unknown as Program;
  });
  try {
    work(count);
  } finally {
    spy.mockRestore();
  }
  return count;
}
