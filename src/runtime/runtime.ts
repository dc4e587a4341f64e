import { host } from "#host";
import { noEmittedCode, runtimeStarted, runtimeStarting, threadsNeedStart } from "../errors.js";
import { BASE64 as STRICT } from "./generated/kernels-strict.js";
import { WORKER_SOURCE } from "./generated/worker.js";
import { Heap } from "./heap.js";
import { loadKernels, type KernelBinary } from "./kernel-binary.js";
import { GEMM_TN_SCRATCH_BYTES, type FloatType, type Kernels } from "./kernels.js";
import { Pool, type PoolOptions } from "./pool.js";
import { type ProbedCode, Program } from "./program.js";
import { reference } from "./reference/index.js";
import type { RuntimeReport } from "./report.js";
import { checkStartOptions, type Precision, type StartOptions } from "./start-options.js";
import { Team, type Counters } from "./team.js";
import { counted, wasmKernels } from "./wasm-kernels.js";

/** Threads that start without being asked for. */
const DEFAULT_THREADS = 8;

/** The parts of which a runtime is made. */
interface Parts {
  readonly heap: Heap;
  readonly binary: KernelBinary | undefined;
  readonly threads: number;
  readonly precision: Precision;
  readonly reasons: string[];
  readonly startPool: () => Pool;
}

/**
 * The machine: the heap, the kernel tables and the threads of this process.
 *
 * There is one, made on first use by `runtime()` or before it by `start`.
 */
export class Runtime {
  readonly heap: Heap;
  /** What was asked for; `report()` says what it came to. */
  readonly precision: Precision;
  readonly counters: Counters = { forks: 0, programCalls: 0, packs: 0, gemmFlops: 0 };
  readonly #binary: KernelBinary | undefined;
  readonly #team: Team;
  readonly #reasons: string[];
  readonly #tables: Record<FloatType, Kernels>;
  #given: Record<FloatType, Kernels>;

  constructor({ heap, binary, threads, precision, reasons, startPool }: Parts) {
    this.heap = heap;
    this.precision = precision;
    this.#binary = binary;
    this.#reasons = reasons;
    this.#team = new Team(heap, binary, threads, startPool, this.counters, reasons);
    const plain = reference(heap, "f32");
    const missing: string[] = [];
    let at: number | undefined;
    const scratch = (): number => (at ??= heap.alloc(GEMM_TN_SCRATCH_BYTES * threads));
    const f32 = binary === undefined ? plain : wasmKernels(binary.exports, plain, this.#team, scratch, missing);
    if (missing.length > 0) reasons.push(`These kernels run in plain TypeScript, much slower: ${missing.join(", ")}.`);
    this.#tables = { f32: counted(f32, this.#team), f64: counted(reference(heap, "f64"), this.#team) };
    this.#given = this.#tables;
  }

  /** Threads that large jobs run on, the calling one included. */
  get threads(): number {
    return this.#team.threads;
  }

  /** The kernel table of a float type; float64 is always plain TypeScript on one thread. */
  kernels(dtype: FloatType): Kernels {
    return this.#given[dtype];
  }

  /**
   * Put something between the kernels and whoever asks for them from now on: how a profiler listens.
   *
   * @param wrap from a table to the one to hand out; none: the tables themselves again
   */
  wrapKernels(wrap?: (table: Kernels) => Kernels): void {
    const { f32, f64 } = this.#tables;
    this.#given = wrap === undefined ? this.#tables : { f32: wrap(f32), f64: wrap(f64) };
  }

  /** Whether `load` works: emitted code calls the wasm matrix product. */
  get canLoad(): boolean {
    return this.#binary?.exports.gemm !== undefined;
  }

  /**
   * Load emitted code: a module that imports `env.memory` and raw kernels (`env.gemm`).
   *
   * @param probed what the calling thread runs instead: the same sections in the same order, with imports of its own
   * @throws E_NO_WASM without wasm kernels (see `canLoad`), E_PROGRAM if the engine refuses the module
   */
  load(bytes: Uint8Array, probed?: ProbedCode): Program {
    if (this.#binary === undefined || !this.canLoad) throw noEmittedCode();
    const env = { memory: this.heap.memory, ...this.#binary.exports, ...probed?.imports };
    return new Program(bytes, env, this.#team, probed?.bytes);
  }

  /** Which kernels and how many threads run, and why not more. */
  report(): RuntimeReport {
    const kernels = this.#binary === undefined ? "reference" : this.#binary.relaxed ? "wasm relaxed" : "wasm strict";
    const { threads, precision } = this;
    return { kernels, threads, precision, host: host.hostName, reasons: [...this.#reasons] };
  }

  /** End the workers; what follows runs on one thread. Programs that end need not call it. */
  stop(): void {
    this.#team.stop();
  }
}

/**
 * A runtime beside the process's own, with a heap of its own; for suites that compare several.
 *
 * @param shared which builds of the kernels, over which kind of memory (default: shared where threads start at once)
 */
export function makeRuntime(options: StartOptions = {}, shared: boolean = host.startsWorkersSync): Runtime {
  return new Runtime(parts(checkStartOptions(options, host.isNode), shared));
}

let current: { readonly runtime: Runtime; readonly options: StartOptions } | undefined;
let starting = false;

/** The runtime of this process; started with default options on first use. */
export function runtime(): Runtime {
  return current === undefined ? startSync() : current.runtime;
}

/**
 * Start the runtime without waiting. In browsers that means one thread and strict kernels: for more, `await start(…)`.
 *
 * @returns the runtime; the running one if it fits the options
 * @throws E_RUNTIME_STARTED if it runs with other options and its memory is in use; E_THREADS_NEED_START in a browser
 * for `threads` > 1; the errors of `checkStartOptions`
 */
export function startSync(options: StartOptions = {}): Runtime {
  const given = checkStartOptions(options, host.isNode);
  if (starting) throw runtimeStarting();
  if (!host.startsWorkersSync && (given.threads ?? 1) > 1) throw threadsNeedStart(given.threads!);
  return reuse(given) ?? adopt(given, new Runtime(parts(given, host.startsWorkersSync)));
}

/**
 * Start the runtime; in browsers the way to more than one thread and to fused kernels. Must come before the first tensor.
 *
 * Where threads cannot run, one does, and `report()` says why.
 *
 * @throws as `startSync`
 */
export async function start(options: StartOptions = {}): Promise<Runtime> {
  const given = checkStartOptions(options, host.isNode);
  if (starting) throw runtimeStarting();
  const running = reuse(given);
  if (running !== undefined) return running;
  if (host.startsWorkersSync) return adopt(given, new Runtime(parts(given, true)));
  starting = true;
  try {
    if (given.precision === "fast") await host.fetchRelaxedKernels().catch(() => {}); // the report says what is missing
    return adopt(given, await startInBrowser(given));
  } finally {
    starting = false;
  }
}

async function startInBrowser(given: StartOptions): Promise<Runtime> {
  const wanted = given.wasm === false ? 1 : (given.threads ?? Math.min(host.cores(), DEFAULT_THREADS));
  if (wanted === 1) return new Runtime(parts(given, false));
  if (host.whyNotShared !== undefined) {
    return new Runtime(parts(given, false, [`One thread runs instead of ${wanted}: ${host.whyNotShared}.`]));
  }
  try {
    const shared = parts({ ...given, threads: wanted }, true);
    if (shared.threads === 1) return new Runtime(shared);
    const pool = await Pool.start(poolOptions(shared.heap, shared.binary!, shared.threads, given.workerUrl));
    return new Runtime({ ...shared, startPool: () => pool });
  } catch (error) {
    return new Runtime(parts(given, false, [`One thread runs instead of ${wanted}: ${(error as Error).message}`]));
  }
}

/** The running runtime if it fits; undefined if a new one may be made. */
function reuse(given: StartOptions): Runtime | undefined {
  if (current === undefined) return undefined;
  const { runtime: running, options } = current;
  const differs = (Object.keys(given) as (keyof StartOptions)[]).filter((name) => given[name] !== options[name]);
  if (differs.length === 0) return running;
  if (running.heap.stats().peakBytes > 0) {
    throw runtimeStarted(differs.map((name) => `${name} is ${String(options[name])}, not ${String(given[name])}`));
  }
  running.stop();
  current = undefined;
  return undefined;
}

function adopt(given: StartOptions, made: Runtime): Runtime {
  const defaults: StartOptions = { threads: made.threads, precision: "strict", wasm: true };
  current = { runtime: made, options: { ...defaults, ...given } };
  return made;
}

function parts(given: StartOptions, shared: boolean, reasons: string[] = []): Parts {
  const precision = given.precision ?? "strict";
  const heap = new Heap({ shared });
  const texts = { strict: STRICT, relaxed: host.relaxedKernels() };
  let binary: KernelBinary | undefined;
  if (given.wasm === false)
    reasons.push("wasm: false was asked for: kernels run in plain TypeScript on one thread, many times slower.");
  else binary = loadKernels(texts, heap.memory, shared, precision === "fast", reasons);
  const threads = threadsFor(given, binary !== undefined, shared, reasons);
  const startPool = (): Pool => Pool.startSync(poolOptions(heap, binary!, threads, given.workerUrl));
  return { heap, binary, threads, precision, reasons, startPool };
}

function threadsFor(given: StartOptions, wasm: boolean, shared: boolean, reasons: string[]): number {
  const cores = host.cores();
  if (!shared) {
    if (reasons.length === 0 && cores > 1 && given.threads !== 1) {
      const why = host.whyNotShared ?? "in a browser more need `await start()` before the first tensor";
      reasons.push(`One thread runs of ${cores} cores: ${why}.`);
    }
    return 1;
  }
  const threads = given.threads ?? Math.min(cores, DEFAULT_THREADS);
  // loadKernels and wasm: false have said why.
  if (!wasm) return 1;
  if (threads > cores) {
    reasons.push(`${threads} threads share ${cores} core${cores === 1 ? "" : "s"}: fewer would be faster.`);
  } else if (given.threads === undefined && threads < cores) {
    reasons.push(`${threads} threads run of ${cores} cores; more run if asked for with \`threads\`.`);
  }
  return threads;
}

function poolOptions(heap: Heap, binary: KernelBinary, threads: number, workerUrl: string | undefined): PoolOptions {
  return { heap, kernels: binary.module, host, threads, source: WORKER_SOURCE, workerUrl };
}
