/** `bench`: one line of JSON for every workload, in the form that the peers' runner reads. */
import { HiddenstateError } from "../../errors.js";
import { type Precision, runtime, startSync } from "../../runtime/index.js";
import { checkGolden, checkReduced } from "./check.js";
import { MemoryWatch, predictedPeak } from "./memory.js";
import { plainCell } from "./custom-cells.js";
import { measure, measureInTurns, measureSteps, median } from "./measure.js";
import { checkSpec, supports } from "./models.js";
import { noteOf, streamNote } from "./note.js";
import { prepare, type Proof } from "./phases.js";
import { readBandwidth } from "./read-bandwidth.js";
import { streamedBytes } from "./streams.js";
import { type Workload, workloadFrom, workloadsCalled } from "./workloads.js";

/** What to measure, and how. */
export interface BenchRequest {
  /** `<model>` for all its phases, or `<model>.<phase>`. */
  readonly workload: string;
  /** The workload's specification in JSON, from a runner of peers; without it the built-in one. */
  readonly spec?: string;
  /** Default 1, so that a line means the same on every machine; a spec may say otherwise. */
  readonly threads?: number;
  readonly precision?: Precision;
  /** Seconds of timing, default 5. */
  readonly budgetS?: number;
  /** This program's version, for the line. */
  readonly version: string;
}

/** A line of results; a median of null comes with the reason in `error`. */
export interface BenchLine {
  readonly peer: string;
  readonly version: string;
  readonly workload: string;
  readonly phase: string;
  readonly threads: number;
  readonly median_ms: number | null;
  readonly min_ms: number | null;
  readonly runs: number;
  readonly tokens_per_s: number | null;
  readonly peak_rss_mb: number;
  readonly note: string;
  readonly loss?: readonly number[];
  readonly check_abs?: number;
  /** Streams: the 99th percentile of a step's time. */
  readonly p99_us?: number;
  /** Streams: how fast the weights are read, and how fast one core reads as many bytes and does nothing else. */
  readonly weights_gb_s?: number;
  readonly read_gb_s?: number;
  /** A cell of the bench's own: the median of the LSTM of that size, timed in turns with it, and the cell's median over that. */
  readonly lstm_ms?: number;
  readonly ratio?: number;
  /** Training: about what a step takes of the heap by plans and sizes, what it took, and how far the heap grew in this process. */
  readonly predicted_mb?: number;
  readonly peak_mb?: number;
  readonly heap_mb?: number;
  readonly error?: string;
}

/**
 * Check and measure.
 *
 * @param print called with each line as it is known
 * @returns the exit code: 1 if numbers disagreed somewhere, else 0, also for workloads that cannot be done yet
 * @throws E_USAGE for an unknown workload or a spec that is none; the errors of `startSync`
 */
export function runBench(request: BenchRequest, print: (line: BenchLine) => void): number {
  const { workloads, budgetS } = begin(request);
  let code = 0;
  for (const workload of workloads) {
    const line = lineOf(workload, budgetS, request.version);
    if (line.error !== undefined && supports(workload)) code = 1;
    print(line);
  }
  return code;
}

/** The workloads of a request, checked, with the machine started for them. Errors: as `runBench`. */
export function begin(request: BenchRequest): { workloads: Workload[]; budgetS: number | undefined } {
  const given = request.spec === undefined ? undefined : workloadFrom(request.workload, request.spec);
  const workloads = given === undefined ? workloadsCalled(request.workload) : [given.workload];
  for (const workload of workloads) if (supports(workload)) checkSpec(workload.name, workload);
  startSync({ threads: request.threads ?? given?.threads ?? 1, precision: request.precision ?? "strict" });
  return { workloads, budgetS: request.budgetS ?? given?.budgetS };
}

function lineOf(workload: Workload, budgetS: number | undefined, version: string): BenchLine {
  let times: number[] = [];
  let proof: Proof = {};
  let extra: Partial<BenchLine> = {};
  let error: string | undefined;
  const remarks: string[] = [];
  if (!supports(workload)) {
    error = `unsupported: ${workload.kind}, ${workload.phase}`;
  } else {
    try {
      checkReduced(workload);
      const memory = new MemoryWatch();
      const bench = prepare(workload);
      proof = bench.proof();
      if (workload.phase === "train") extra = memoryFigures(workload, memory);
      const known = checkGolden(workload, proof);
      remarks.push(known ? "numbers as PyTorch's" : "numbers as the float64 definition's on a reduced size");
      const stream = workload.phase === "stream";
      const plain = plainCell(workload.cell);
      if (plain === undefined) {
        times = (stream ? measureSteps : measure)(() => bench.run(), { budgetS });
      } else {
        const other = prepare({ ...workload, cell: plain });
        const [own, others] = measureInTurns(
          () => bench.run(),
          () => other.run(),
          { budgetS },
        );
        times = own;
        const ratio = rounded(median(own) / median(others), 3)!;
        extra = { ...extra, lstm_ms: rounded(median(others), 5)!, ratio };
      }
      if (stream) extra = streamFigures(workload, times, () => bench.run());
    } catch (caught) {
      if (!(caught instanceof HiddenstateError)) throw caught;
      error = caught.message;
    }
  }
  const report = runtime().report();
  const middle = times.length === 0 ? null : median(times);
  const { B, Ttgt, T = Ttgt ?? 1 } = workload;
  return {
    peer: "hiddenstate",
    version,
    workload: workload.name,
    phase: workload.phase,
    threads: workload.phase === "stream" ? 1 : report.threads,
    median_ms: rounded(middle, 5),
    min_ms: rounded(times[0] ?? null, 5),
    runs: times.length,
    tokens_per_s: rounded(middle === null ? null : (1000 * B * T) / middle, 1),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    note: (workload.phase === "stream" ? streamNote : noteOf)(report, remarks),
    ...(proof.loss === undefined ? {} : { loss: proof.loss }),
    ...(proof.checkAbs === undefined ? {} : { check_abs: proof.checkAbs }),
    ...extra,
    ...(error === undefined ? {} : { error }),
  };
}

/** What is said of training beside its times. */
function memoryFigures(workload: Workload, watch: MemoryWatch): Partial<BenchLine> {
  const megabytes = (bytes: number): number => rounded(bytes / 1e6, 3)!;
  const peak = watch.peak;
  return {
    // An encoder and a decoder are not reckoned.
    ...(workload.T === undefined ? {} : { predicted_mb: megabytes(predictedPeak(workload)) }),
    peak_mb: megabytes(peak),
    heap_mb: megabytes(runtime().heap.stats().peakBytes),
  };
}

/** What is said of a stream beside its median. */
function streamFigures(workload: Workload, times: readonly number[], step: () => unknown): Partial<BenchLine> {
  const { machine, step: weights } = readBandwidth(streamedBytes(workload), step);
  return {
    p99_us: rounded(times[Math.floor(times.length * 0.99)] * 1000, 1)!,
    weights_gb_s: rounded(weights, 1)!,
    read_gb_s: rounded(machine, 1)!,
  };
}

function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}
