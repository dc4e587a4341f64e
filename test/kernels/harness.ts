import { expect } from "vitest";
import { BASE64 as STREAM } from "../../src/runtime/generated/kernels-stream.js";
import { BASE64 as RELAXED } from "../../src/runtime/generated/kernels-relaxed.js";
import { BASE64 as STRICT } from "../../src/runtime/generated/kernels-strict.js";
import { GEMM_TN_SCRATCH_BYTES, packedSize, type Kernels } from "../../src/runtime/kernels.js";
import { bits } from "../../src/runtime/random.js";
import { reference } from "../../src/runtime/reference/index.js";

/** Sizes around every tile, panel and unrolling. */
export const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 63, 65, 129];

/** Floats that no kernel may touch, before and after every buffer. */
const CANARIES = 8;
const CANARY = 12345.678;

type Raw = Record<string, (...args: number[]) => number>;

export interface Build {
  readonly name: "strict" | "relaxed";
  readonly raw: Raw;
}

const memory = new WebAssembly.Memory({ initial: 1024 });
const f32 = new Float32Array(memory.buffer);
const i32 = new Int32Array(memory.buffer);

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const load = (bytes: Uint8Array<ArrayBuffer>): Raw =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as unknown as Raw;

/** The wasm builds that this engine can run, each on the one memory of the suite. */
export const builds: Build[] = (
  [
    ["strict", STRICT],
    ["relaxed", RELAXED],
  ] as const
).flatMap(([name, text]) => {
  const bytes = bytesOf(text);
  return WebAssembly.validate(bytes) ? [{ name, raw: load(bytes) }] : [];
});

/** The kernels of streams, on the same memory. */
export const streamKernels: Raw = load(bytesOf(STREAM));

/** The definition, on the same memory. */
export const definition: Kernels = reference(
  {
    f32: (ptr, n) => new Float32Array(memory.buffer, ptr, n),
    f64: (ptr, n) => new Float64Array(memory.buffer, ptr, n),
    i32: (ptr, n) => new Int32Array(memory.buffer, ptr, n),
  },
  "f32",
);

let top = 0;
let seed = 0;
let buffers: [start: number, end: number][] = [];

/** Scratch of gemmTN for up to three workers; always there, always between canaries. */
const SCRATCH_FLOATS = (3 * GEMM_TN_SCRATCH_BYTES) / 4;
const SCRATCH_START = 1024;
export const scratch = SCRATCH_START * 4;
export const scratchStride = GEMM_TN_SCRATCH_BYTES;

/** Forget all buffers; called before every case. */
export function reset(): void {
  const end = SCRATCH_START + SCRATCH_FLOATS;
  f32.fill(CANARY, SCRATCH_START - CANARIES, SCRATCH_START);
  f32.fill(CANARY, end, end + CANARIES);
  top = end + CANARIES;
  seed = 0;
  buffers = [[SCRATCH_START, end]];
}

/** A buffer of floats between canaries, aligned to four bytes and to no more; its address. */
export function floats(values: ArrayLike<number>): number {
  const start = top + CANARIES;
  const end = start + values.length;
  f32.fill(CANARY, top, end + CANARIES);
  f32.set(values, start);
  buffers.push([start, end]);
  top = ((end + CANARIES + 3) & ~3) | 1;
  return start * 4;
}

/** Float64 numbers between canaries; their address, a multiple of eight. */
export function doubles(values: Float64Array): number {
  top += (top + CANARIES) & 1;
  return floats(new Float32Array(values.buffer.slice(0), 0, values.length * 2));
}

export const readDoubles = (ptr: number, n: number): Float64Array =>
  new Float64Array(memory.buffer.slice(ptr, ptr + n * 8));

export function ints(values: ArrayLike<number>): number {
  const ptr = floats(values);
  i32.set(values, ptr / 4);
  return ptr;
}

/** Reproducible numbers in (−scale, scale); every call gives others. */
export function random(n: number, scale = 1): Float32Array {
  seed++;
  return Float32Array.from({ length: n }, (_, i) => (bits(seed, 7, n, i) / 2 ** 31 - 1) * scale);
}

/** A buffer of random floats. */
export const noise = (n: number, scale = 1): number => floats(random(n, scale));

/** A copy of what lies there. */
export const read = (ptr: number, n: number): Float32Array => f32.slice(ptr / 4, ptr / 4 + n);

/** Every canary is alive: nothing was written outside a buffer. */
export function expectCanaries(): void {
  const canary = Math.fround(CANARY);
  for (const [start, end] of buffers) {
    for (let i = 1; i <= CANARIES; i++) {
      if (f32[start - i] !== canary || f32[end + i - 1] !== canary) {
        throw new Error(`a kernel wrote outside a buffer of ${end - start} floats`);
      }
    }
  }
}

/** max|got − want| ≤ tolerance · max|want|, and the same NaNs and infinities. */
export function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, what: string): void {
  expect(got.length, what).toBe(want.length);
  let scale = 1e-30;
  for (let i = 0; i < want.length; i++) {
    if (Number.isFinite(want[i])) scale = Math.max(scale, Math.abs(want[i]!));
  }
  for (let i = 0; i < want.length; i++) {
    const [g, w] = [got[i]!, want[i]!];
    const same = Object.is(g, w) || g === w || Math.abs(g - w) <= tolerance * scale;
    if (!same) throw new Error(`${what}: element ${i} is ${g}, the definition says ${w} (scale ${scale})`);
  }
}

/** Bitwise equality. */
export function expectSame(got: Float32Array, want: Float32Array, what: string): void {
  for (let i = 0; i < want.length; i++) {
    if (!Object.is(got[i], want[i])) throw new Error(`${what}: element ${i} is ${got[i]}, expected ${want[i]}`);
  }
  expect(got.length, what).toBe(want.length);
}

/** Call a kernel that deals rows, once for each of `workers`, the last first: their order must not matter. */
export function deal(kernel: (...args: number[]) => number, workers: number, ...args: number[]): void {
  for (let worker = workers - 1; worker >= 0; worker--) kernel(...args, worker, workers);
}

/** Random B of n × k (row-major, n rows of k), packed by the definition. */
export function packedNoise(n: number, k: number): { b: Float32Array; packed: number } {
  const b = random(n * k);
  const packed = floats(new Float32Array(packedSize(n, k)));
  definition.pack(packed, floats(b), n, k, k, 1);
  return { b, packed };
}

export { packedSize };
