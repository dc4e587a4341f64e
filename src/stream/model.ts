import { streamBundleType } from "../errors.js";
import { checkOptions, described, isBytes } from "./arguments.js";
import { type Bundle, type BundleAbout, decodeBundle } from "./bundle.js";
import { StreamMachine, type StreamModules } from "./machine.js";
import { checkRows, StreamPool } from "./pool.js";
import { StreamSession } from "./session.js";
import type { StreamState } from "./state.js";
import { StepRows } from "./step-rows.js";

export interface LoadOptions {
  /** Compiled modules of the same bundle's code (`streamCode`), where the host does not compile bytes. */
  readonly modules?: StreamModules;
}

export interface SessionOptions {
  /** B: sequences that step together, default 1. */
  readonly batch?: number;
  /** Where to go on from, default zeros. */
  readonly state?: StreamState;
}

/**
 * A network that is ready to stream: code and packed weights, once for all its sessions. Made by `loadStream`.
 *
 * It belongs to the thread that loaded it; hand the bundle to other threads.
 */
export class StreamModel {
  /** Names the cells, sizes and weights: 16 hexadecimal digits. States carry it. */
  readonly hash: string;
  /** V: tokens that it takes; 0 where it takes rows of numbers. */
  readonly vocabularySize: number;
  /** I: numbers of an input row; E for a model with an embedding. */
  readonly inputSize: number;
  /** O: numbers of an output row. */
  readonly outputSize: number;
  /** The states of a row in their order. */
  readonly states: readonly { readonly layer: number; readonly name: string; readonly width: number }[];
  readonly #machine: StreamMachine;
  readonly #header: BundleAbout;

  /** Use `loadStream`. */
  constructor(bundle: Bundle, modules?: StreamModules) {
    const { header } = bundle;
    this.hash = header.model;
    this.vocabularySize = header.vocabulary;
    this.inputSize = header.input;
    this.outputSize = header.output;
    this.states = header.states.map(({ layer, name, width }) => ({ layer, name, width }));
    this.#header = header;
    this.#machine = new StreamMachine(bundle, modules);
  }

  /** Bytes of memory: weights and all sessions. */
  get memoryBytes(): number {
    return this.#machine.memory.buffer.byteLength;
  }

  /** Begin a stream. Errors: `E_OPTION`, `E_NUMBER`, `E_STREAM_STATE`, `E_STREAM_MEMORY`. */
  session(options: SessionOptions = {}): StreamSession {
    checkOptions("StreamModel.session", options, ["batch", "state"]);
    const { batch = 1, state } = options;
    checkRows("StreamModel.session", "batch", batch);
    const session = new StreamSession(this, new StepRows(this.#machine, this.#header, batch));
    if (state === undefined) return session;
    try {
      session.restore(state);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** A pool with room for `capacity` streams. Errors: `E_NUMBER`, `E_STREAM_MEMORY`. */
  pool(capacity: number): StreamPool {
    checkRows("StreamModel.pool", "capacity", capacity);
    return new StreamPool(this, new StepRows(this.#machine, this.#header, capacity));
  }
}

/**
 * Load a stream bundle, synchronously: also inside an audio worklet.
 *
 * @param bundle the bytes that `compileStream` returned
 *
 * Errors: `E_STREAM_BUNDLE` for other or damaged bytes, `E_STREAM_REFUSED` where the engine does not run the code,
 * `E_OPTION`.
 *
 * @example
 * const session = loadStream(bundle).session();
 */
export function loadStream(bundle: Uint8Array, options: LoadOptions = {}): StreamModel {
  if (!isBytes(bundle)) throw streamBundleType("loadStream", described(bundle));
  checkOptions("loadStream", options, ["modules"]);
  return new StreamModel(decodeBundle(bundle), options.modules);
}

/** The WebAssembly code of a bundle, for hosts that compile it elsewhere: at build time, or once for many worklets. */
export function streamCode(bundle: Uint8Array): { readonly kernels: Uint8Array; readonly program: Uint8Array } {
  if (!isBytes(bundle)) throw streamBundleType("streamCode", described(bundle));
  const { kernels, program } = decodeBundle(bundle);
  return { kernels: kernels.slice(), program: program.slice() };
}
