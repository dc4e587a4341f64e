/** `bench matmul`: how fast products of all sizes are, beside the best that the machine does in the same run. */
import { startSync, type Precision } from "../../../runtime/index.js";
import { noteOf } from "../note.js";
import { ProductCeiling, quickest } from "../profile/ceilings.js";
import { checkProduct, type Form, Operands, type Prepared, type Shape, STEPS } from "./forms.js";

/** What to sweep over. */
export interface SweepRequest {
  /** Every size, not a selection of them. */
  readonly full?: boolean;
  readonly threads?: number;
  readonly precision?: Precision;
  /** Seconds of timing in all, default 10, and 40 for a full sweep. */
  readonly budgetS?: number;
  /** The sizes themselves; default as `full` says. */
  readonly sizes?: Sizes;
}

export interface Sizes {
  readonly m: readonly number[];
  readonly n: readonly number[];
  readonly k: readonly number[];
}

/** One product of the sweep. */
export interface SweepPoint extends Shape {
  readonly form: Form;
  readonly gflops: number;
  /** GB/s at which the weights are read; for `row`. */
  readonly gb_s?: number;
  /** 0 … 1 of the ceiling. */
  readonly of_ceiling: number;
}

export interface Sweep {
  /** Kernels, threads and host, and why not those that were asked for. */
  readonly note: string;
  readonly threads: number;
  readonly ceiling_gflops: number;
  readonly points: readonly SweepPoint[];
}

export const FULL: Sizes = {
  m: [1, 2, 3, 4, 5, 7, 8, 16, 20, 31, 32, 50, 64, 100],
  n: [8, 65, 100, 127, 128, 130, 200, 256, 512, 1024, 2048],
  k: [8, 33, 64, 65, 128, 200, 256, 512],
};
const SELECTED: Sizes = {
  m: [1, 3, 4, 16, 20, 31, 32, 50, 64],
  n: [8, 100, 127, 128, 200, 512, 1024],
  k: [33, 64, 65, 128, 256, 512],
};

/** How often the whole sweep is gone through: neighbours who come and go hit a size once. */
const ROUNDS = 5;
/** Sizes are visited this far apart, so that who disturbs does not hit a whole group of them; a prime above their number. */
const STRIDE = 7919;
/** Sizes between two looks at the ceiling. */
const STRETCH = 40;

/**
 * Check every product against float64, then time all of them, several times over; the quickest counts.
 *
 * @throws E_BENCH_NUMBERS before anything is timed; the errors of `startSync`
 */
export function sweep(request: SweepRequest): Sweep {
  const { full = false, threads = 1, precision = "strict", sizes = full ? FULL : SELECTED } = request;
  const machine = startSync({ threads, precision });
  const { budgetS = full ? 40 : 10 } = request;
  const shapes = sizes.m.flatMap((m) => sizes.n.flatMap((n) => sizes.k.map((k): Shape => ({ m, n, k }))));
  const rows = sizes.n.flatMap((n) => sizes.k.map((k): Shape => ({ m: 1, n, k })));
  const work: { form: Form; shape: Shape }[] = [
    ...shapes.map((shape) => ({ form: "product" as const, shape })),
    ...shapes.map((shape) => ({ form: "gradient" as const, shape })),
    ...rows.map((shape) => ({ form: "row" as const, shape })),
  ];
  const operands = new Operands(shapes);
  const ceiling = new ProductCeiling();
  const best = work.map(() => Infinity);
  try {
    for (const { form, shape } of work) checkProduct(nameOf(form, shape), operands[form](shape));
    const ms = (1000 * budgetS) / (work.length * ROUNDS);
    for (let round = 0; round < ROUNDS; round++) {
      work.forEach((_, visit) => {
        if (visit % STRETCH === 0) ceiling.burst(20);
        const i = (visit * STRIDE + round) % work.length;
        const { form, shape } = work[i];
        best[i] = Math.min(best[i], millisecondsOf(operands[form](shape), ms, machine.threads));
      });
    }
    ceiling.burst(50);
  } finally {
    operands.end();
    ceiling.end();
  }
  const points = work.map(({ form, shape }, i): SweepPoint => {
    const { flops, weightBytes } = workOf(form, shape);
    const gflops = flops / best[i] / 1e6;
    const rate = form === "row" ? { gb_s: weightBytes / best[i] / 1e6 } : {};
    return { form, ...shape, gflops, ...rate, of_ceiling: gflops / ceiling.best };
  });
  return { note: noteOf(machine.report()), threads: machine.threads, ceiling_gflops: ceiling.best, points };
}

function workOf(form: Form, { m, n, k }: Shape): Pick<Prepared, "flops" | "weightBytes"> {
  const rows = { product: m, gradient: STEPS * m, row: 1 }[form];
  return { flops: 2 * rows * n * k, weightBytes: 4 * n * k };
}

/** From here on, in milliseconds, a run is long enough for processor time to be exact, and for others to come in between. */
const LONG = 2;

/**
 * The quickest of runs of about `ms` in all; tiny ones go many times for one look at the clock, long ones of a single
 * thread are held to its processor time, which neighbours do not lengthen.
 */
function millisecondsOf({ flops, run }: Prepared, ms: number, threads: number): number {
  const repeats = Math.max(1, Math.round(2e6 / flops));
  let used = Infinity;
  const quick = quickest(ms, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < repeats; i++) run();
    const { user, system } = process.cpuUsage(before);
    used = Math.min(used, (user + system) / 1000);
  });
  return (threads === 1 && quick > LONG ? Math.min(quick, used) : quick) / repeats;
}

export function nameOf(form: Form, { m, n, k }: Shape): string {
  return `${form} ${m}×${n}×${k}`;
}

/** What must not be slow: from 16 rows, 128 columns and a depth of 64 on. */
export function worthLooking({ form, m, n, k }: SweepPoint): boolean {
  return form !== "row" && m >= 16 && n >= 128 && k >= 64;
}
