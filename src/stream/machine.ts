/** The memory and the code of one loaded bundle. */
import { streamMemory, streamRefused } from "../errors.js";
import { ALIGN, aligned, type Bundle } from "./bundle.js";

const PAGE = 65536;
/** Room for the first session or two, so that most models never grow. */
const SPARE = PAGE;

/** Compiled modules, for hosts where bytes may not be compiled, or where others should not compile them again. */
export interface StreamModules {
  readonly kernels: WebAssembly.Module;
  readonly program: WebAssembly.Module;
}

/** Something that keeps views of the memory. */
export interface Viewer {
  /** The memory has grown: views of it are dead. */
  renew(): void;
}

/**
 * One unshared memory with the weights at its bottom, and blocks for sessions above them.
 *
 * Errors: `E_STREAM_REFUSED`, `E_STREAM_MEMORY`.
 */
export class StreamMachine {
  readonly memory: WebAssembly.Memory;
  /** First byte of the section of the weights. Nothing lies at address 0. */
  readonly weights = ALIGN;
  /** Run the step of a frame. */
  readonly forward: (frame: number, worker: number, workers: number) => void;
  /** The whole memory. */
  floats: Float32Array;
  readonly #viewers = new Set<Viewer>();
  /** Blocks that were given back, by size. */
  readonly #free = new Map<number, number[]>();
  #top: number;

  constructor({ kernels, program, weights }: Bundle, modules?: StreamModules) {
    this.#top = aligned(this.weights + weights.length);
    this.memory = memoryOf(this.#top + SPARE);
    new Uint8Array(this.memory.buffer).set(weights, this.weights);
    this.floats = new Float32Array(this.memory.buffer);
    try {
      const env = { memory: this.memory };
      const { exports } = new WebAssembly.Instance(modules?.kernels ?? compile(kernels), { env });
      const code = new WebAssembly.Instance(modules?.program ?? compile(program), {
        env: { ...env, gemm: exports.gemm },
      });
      this.forward = code.exports.forward as StreamMachine["forward"];
    } catch (error) {
      throw streamRefused(error);
    }
  }

  /** Take a block; its viewer is told when the memory grows. Contents are whatever was there before. */
  take(bytes: number): number {
    const known = this.#free.get(bytes)?.pop();
    if (known !== undefined) return known;
    const at = this.#top;
    const missing = at + bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(missing);
    this.#top = aligned(at + bytes);
    return at;
  }

  /** Give a block back, with the size with which it was taken. */
  give(at: number, bytes: number): void {
    const free = this.#free.get(bytes);
    if (free === undefined) this.#free.set(bytes, [at]);
    else free.push(at);
  }

  attach(viewer: Viewer): void {
    this.#viewers.add(viewer);
  }

  detach(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  #grow(missing: number): void {
    // An eighth more than asked for, so that a server which opens many sessions grows rarely.
    const generous = Math.max(missing, this.memory.buffer.byteLength >>> 3);
    try {
      this.memory.grow(Math.ceil(generous / PAGE));
    } catch (error) {
      throw streamMemory(missing, error);
    }
    this.floats = new Float32Array(this.memory.buffer);
    for (const viewer of this.#viewers) viewer.renew();
  }
}

function memoryOf(bytes: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  } catch (error) {
    throw streamMemory(bytes, error);
  }
}

function compile(bytes: Uint8Array): WebAssembly.Module {
  // A copy: engines refuse code in memory that another thread could change.
  return new WebAssembly.Module(bytes.slice());
}
