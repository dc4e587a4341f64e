import { programRefused, unknownSection } from "../errors.js";
import type { Team } from "./team.js";

let programs = 0;

/** Emitted code that tells of itself, for one thread. */
export interface ProbedCode {
  readonly bytes: Uint8Array;
  /** What it imports from `env` beside memory and kernels. */
  readonly imports: Readonly<Record<string, unknown>>;
}

/**
 * Emitted code, loaded: the module's exported sections, run on one thread or on all.
 *
 * The module imports `env.memory` and the raw kernels it calls (`env.gemm`, …), and exports sections
 * `(frame: i32, worker: i32, workers: i32)`. Workers compile it the first time that it runs on all threads.
 */
export class Program {
  readonly #id = ++programs;
  readonly #team: Team;
  readonly #bytes: Uint8Array;
  readonly #sections = new Map<string, { index: number; call: (...args: number[]) => void }>();
  #inWorkers = false;

  /**
   * @param own what this thread runs instead of `bytes`: the same sections in the same order
   * @throws E_PROGRAM if the engine refuses the module
   */
  constructor(bytes: Uint8Array, env: Readonly<Record<string, unknown>>, team: Team, own: Uint8Array = bytes) {
    this.#team = team;
    this.#bytes = bytes.slice();
    try {
      const module = new WebAssembly.Module(own.slice());
      const { exports } = new WebAssembly.Instance(module, { env: env as WebAssembly.Imports[string] });
      WebAssembly.Module.exports(module).forEach(({ name, kind }, index) => {
        if (kind === "function")
          this.#sections.set(name, { index, call: exports[name] as (...args: number[]) => void });
      });
    } catch (error) {
      throw programRefused(error);
    }
  }

  /** Names of the sections. */
  get sections(): readonly string[] {
    return [...this.#sections.keys()];
  }

  /**
   * Run a section to its end.
   *
   * @param frame address of the program's frame
   * @param flops rough size of the work; small work stays on this thread, and 0 says that none can be shared
   * @throws E_SECTION for a section that the module does not export; what traps surfaces as the engine's error or, from
   * a worker, as E_WORKER_FAILED
   */
  run(section: string, frame: number, flops: number): void {
    const found = this.#sections.get(section);
    if (found === undefined) throw unknownSection(section, this.sections);
    this.#team.counters.programCalls++;
    if (flops === 0 || !this.#team.worthForking(flops)) {
      found.call(frame, 0, 1);
      return;
    }
    if (!this.#inWorkers) {
      this.#team.compile(this.#id, this.#bytes);
      this.#inWorkers = true;
    }
    const { threads } = this.#team;
    this.#team.callProgram(this.#id, found.index, [frame], () => found.call(frame, 0, threads));
  }

  /** Forget the code, in the workers too. */
  dispose(): void {
    if (this.#inWorkers) this.#team.discard(this.#id);
    this.#inWorkers = false;
    this.#sections.clear();
  }
}
