/** How fast one core reads memory: the bound of a stream whose weights do not fit the caches. */
import { ModuleBuilder } from "../../runtime/emit/module.js";
import { OP, TYPE } from "../../runtime/emit/opcodes.js";
import { median } from "./measure.js";

const PAGE = 65536;
/** Independent loads in one turn: enough that nothing waits for the sum before it. */
const LANES = 16;
const TURN = LANES * 16;
/** How often reading and stepping take turns. */
const ROUNDS = 8;

/** A module whose `read(from, end)` reads every byte once, in turns of `TURN`, and stores a sum of them at `end`. */
function readerModule(): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder();
  builder.importMemory("env", "memory", { min: 1, shared: false });
  const code = builder.exportFunction("read", [TYPE.i32, TYPE.i32]);
  const [from, end] = [0, 1];
  const sums = Array.from({ length: LANES }, () => code.local(TYPE.v128));
  code.loop(() => {
    sums.forEach((sum, i) => {
      code
        .get(sum)
        .get(from)
        .access(OP.v128Load, 4, 16 * i)
        .op(OP.v128Xor)
        .set(sum);
    });
    code.get(from).i32(TURN).op(OP.i32Add).tee(from).get(end).op(OP.i32LtU).brIf(0);
  });
  code.get(end).get(sums[0]);
  for (const sum of sums.slice(1)) code.get(sum).op(OP.v128Xor);
  code.access(OP.v128Store, 4);
  return builder.finish();
}

/** A function that reads `bytes` of memory once, in whole turns. */
export function memoryReader(bytes: number): () => void {
  const whole = Math.ceil(bytes / TURN) * TURN;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(whole / PAGE) + 1 });
  new Uint8Array(memory.buffer).fill(1);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readerModule()), { env: { memory } });
  const read = instance.exports.read as (from: number, end: number) => void;
  return () => read(0, whole);
}

/**
 * GB/s at which one core reads `bytes` over and over, and at which `step` goes through as many: medians, measured in
 * turns, because neighbours take their share of the memory as they like.
 *
 * @param budgetS seconds to spend
 */
export function readBandwidth(bytes: number, step: () => unknown, budgetS = 2): { machine: number; step: number } {
  const read = memoryReader(bytes);
  // Small sizes go several times for one look at the clock, which costs as much as reading a few kilobytes.
  const repeats = Math.max(1, Math.round((1 << 20) / bytes));
  const times = { machine: [] as number[], step: [] as number[] };
  const stretch = (run: () => unknown, into: number[]): void => {
    const start = performance.now();
    // The first ones find the caches full of what was read before.
    for (let turn = 0; turn < 10 || performance.now() - start < (1000 * budgetS) / (2 * ROUNDS); turn++) {
      const before = performance.now();
      for (let i = 0; i < repeats; i++) run();
      if (turn >= 3) into.push((performance.now() - before) / repeats);
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    stretch(read, times.machine);
    stretch(step, times.step);
  }
  const rate = (ms: number[]): number => bytes / median(ms.sort((a, b) => a - b)) / 1e6;
  return { machine: rate(times.machine), step: rate(times.step) };
}
