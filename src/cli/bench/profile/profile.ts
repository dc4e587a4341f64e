/** `bench WORKLOAD --profile`: where the time of a step goes, beside what the machine could do at best. */
import { runtime } from "../../../runtime/index.js";
import type { MeasureOptions } from "../measure.js";
import { CeilingMeter, type Ceilings } from "./ceilings.js";
import { type Entry, type Group, meanStep } from "./ledger.js";
import type { Watched } from "./observe.js";

/** One row of the table. */
export interface ProfileRow {
  /** What ran. */
  readonly phase: Group;
  /** Which layer and stage, or what of everything else; absent where the phase says it all. */
  readonly detail?: string;
  readonly ms: number;
  /** Of the step, 0 … 1. */
  readonly share: number;
  /** Products: rate and share of the matmul ceiling. */
  readonly gflops?: number;
  /** What is bound by memory: rate of operands and results. */
  readonly gb_s?: number;
  /** 0 … 1 of the ceiling of its kind. Above 1 where the caches hold what the memory ceiling was measured without. */
  readonly of_ceiling?: number;
}

/** A profile of one workload. */
export interface Profile {
  readonly rows: readonly ProfileRow[];
  /** Milliseconds of a step: with the probe, which the rows sum to, and without it. */
  readonly profiled_ms: number;
  readonly unprofiled_ms: number;
  readonly steps: number;
  /** Processor time of the steps over their time and threads: well below 1, others had the processor meanwhile. */
  readonly processor: number;
  readonly ceilings: Ceilings;
  /** GFLOP of matrix products that a step computes, the rate that the unprofiled step makes of them, its share of the ceiling. */
  readonly gflop: number;
  readonly gflops: number;
  readonly of_ceiling: number;
  /** The same of what the model's equations ask for: products of equal rows, which need computing once, count each time. */
  readonly model_gflop: number;
  readonly model_gflops: number;
  readonly model_of_ceiling: number;
}

/** Steps in one stretch of either kind. */
const STRETCH = 4;
/** Share of the steps that count, the quickest. */
const COUNTED = 0.25;
/** Milliseconds of one burst of ceilings. */
const BURST = 60;

/**
 * Measure a step with and without the probe and the ceilings between them, in turns.
 *
 * Neighbours only ever add time: of each kind the quickest quarter of the steps counts, and of the ceilings the best.
 */
export function profile({ bench, booked, flops }: Watched, { budgetS = 5 }: MeasureOptions = {}): Profile {
  const meter = new CeilingMeter();
  const plain: number[] = [];
  const steps: ReturnType<Watched["booked"]>[] = [];
  const { threads } = runtime();
  const used = { wall: 0, processor: 0 };
  try {
    bench.run();
    booked();
    const start = performance.now();
    do {
      meter.burst(BURST);
      const [wall, processor] = [performance.now(), process.cpuUsage()];
      for (let i = 0; i < STRETCH; i++) {
        const before = performance.now();
        bench.run();
        plain.push(performance.now() - before);
      }
      for (let i = 0; i < STRETCH; i++) steps.push(booked());
      const { user, system } = process.cpuUsage(processor);
      used.wall += performance.now() - wall;
      used.processor += (user + system) / 1000;
    } while (performance.now() - start < 1000 * budgetS);
    meter.burst(BURST);
  } finally {
    meter.end();
  }
  steps.sort((a, b) => a.ms - b.ms);
  plain.sort((a, b) => a - b);
  const step = meanStep(steps.slice(0, Math.ceil(steps.length * COUNTED)));
  const quick = plain.slice(0, Math.ceil(plain.length * COUNTED));
  const unprofiled = quick.reduce((sum, ms) => sum + ms, 0) / quick.length;
  const busy = used.processor / (used.wall * threads);
  return { ...summary(step, unprofiled, meter.best, threads, flops), steps: steps.length, processor: busy };
}

/** The table of a mean step. `threads` is by how much passes over memory may outdo one core, `asked` the flops of the equations. */
export function summary(
  { ms, entries }: { readonly ms: number; readonly entries: readonly Entry[] },
  unprofiled: number,
  ceilings: Ceilings,
  threads: number,
  asked: number,
): Omit<Profile, "steps" | "processor"> {
  const gflop = entries.reduce((sum, { flops }) => sum + flops, 0) / 1e9;
  const [gflops, modelGflops] = [gflop, asked / 1e9].map((each) => each / (unprofiled / 1000));
  return {
    rows: entries.map((entry) => rowOf(entry, ms, ceilings, threads)),
    profiled_ms: ms,
    unprofiled_ms: unprofiled,
    ceilings,
    gflop,
    gflops,
    of_ceiling: gflops / ceilings.matmulGflops,
    model_gflop: asked / 1e9,
    model_gflops: modelGflops,
    model_of_ceiling: modelGflops / ceilings.matmulGflops,
  };
}

/** Passes that several threads share; the other passes over memory run on one. */
const SHARED: readonly Group[] = ["element-wise program", "element-wise program, backward", "loss"];

function rowOf(entry: Entry, total: number, ceilings: Ceilings, threads: number): ProfileRow {
  const { group, detail, ms, flops, read, written } = entry;
  const named = { phase: group, ...(detail === "" ? {} : { detail }), ms, share: ms / total };
  if (flops > 0) {
    const gflops = flops / 1e6 / ms;
    return { ...named, gflops, of_ceiling: gflops / ceilings.matmulGflops };
  }
  const bytes = read + written;
  if (bytes === 0 || group === "everything else") return named;
  const rate = bytes / 1e6 / ms;
  // What hardly writes is held to the speed of reading.
  const ceiling = written < 0.1 * read ? ceilings.readGbs : ceilings.copyGbs;
  return { ...named, gb_s: rate, of_ceiling: rate / (ceiling * (SHARED.includes(group) ? threads : 1)) };
}
