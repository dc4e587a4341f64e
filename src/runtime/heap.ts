import { badAllocation, badFree, heapExhausted, heapMissing } from "../errors.js";
import { Arena } from "./arena.js";

/** Bytes of one WebAssembly page. */
const PAGE = 65536;

/** Bytes at the bottom of the heap that the allocator never hands out: address 0 means "none", the rest is the pool's. */
export const RESERVED_BYTES = PAGE;

/** Every block starts and ends on a cache line: two workers never write to one line of different blocks. */
const ALIGN = 64;

/** 4 GiB, the whole address space of 32-bit wasm; engines that refuse to reserve so much get less. */
const MAXIMUM_PAGES = [65536, 32768, 16384, 8192];
const INITIAL_PAGES = 256;

/** What the heap holds, in bytes. */
export interface HeapStats {
  /** Size of the memory: it grows and never shrinks. */
  readonly capacityBytes: number;
  /** Allocated through `alloc`, arena chunks excluded. */
  readonly persistentBytes: number;
  /** Chunks that the arena holds, in use or kept for reuse. */
  readonly arenaBytes: number;
  /** The most of the arena that was in use at once, since the start or `arena.restartPeak()`. */
  readonly arenaPeakBytes: number;
  /** The most that `persistentBytes + arenaBytes` ever was. */
  readonly peakBytes: number;
}

/**
 * The heap: one `WebAssembly.Memory`, in which every tensor, packed weight and loop frame of the process lives.
 *
 * Pointers are byte offsets, 64-byte aligned. `alloc`/`free` serve what lives long; `arena` serves the steps. Bookkeeping
 * stays in JavaScript objects: nothing that a kernel writes can corrupt it. Views are made per use (`f32`, `i32`, …) and
 * must not be kept across an allocation, since growing an unshared memory detaches them.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Whether other threads can see this memory. */
  readonly shared: boolean;
  readonly arena: Arena;

  /** Bytes of every live block, by address. */
  readonly #live = new Map<number, number>();
  /** Free blocks in ascending order, never adjacent. */
  readonly #freeAt: number[] = [];
  readonly #freeBytes: number[] = [];
  /** First byte above everything that was ever handed out. */
  #top = RESERVED_BYTES;
  #capacity: number;
  readonly #maximumBytes: number;
  #allocated = 0;
  #peak = 0;

  /**
   * @param options.shared make the memory visible to other threads (default false)
   * @param options.maximumPages upper limit in pages of 64 KiB (default 65536 = 4 GiB)
   */
  constructor(options: { shared?: boolean; maximumPages?: number } = {}) {
    this.shared = options.shared ?? false;
    const { memory, maximum } = createMemory(this.shared, options.maximumPages);
    this.memory = memory;
    this.#capacity = memory.buffer.byteLength;
    this.#maximumBytes = maximum * PAGE;
    this.arena = new Arena(
      (bytes) => this.alloc(bytes),
      (ptr) => this.free(ptr),
    );
  }

  /**
   * Reserve `bytes` that stay until `free`; contents are whatever was there before.
   *
   * @returns the address, a multiple of 64, never 0
   * @throws E_HEAP_EXHAUSTED when the memory's limit is reached, E_ALLOC for a size that is no size
   */
  alloc(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw badAllocation(bytes);
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    let ptr = this.#takeFree(size) ?? this.#extend(size);
    if (ptr === undefined && this.arena.trim() > 0) ptr = this.#takeFree(size) ?? this.#extend(size);
    if (ptr === undefined) throw heapExhausted(bytes, this.#allocated, this.#maximumBytes);
    this.#live.set(ptr, size);
    this.#allocated += size;
    this.#peak = Math.max(this.#peak, this.#allocated);
    return ptr;
  }

  /**
   * Give a block back.
   *
   * @throws E_FREE for an address that `alloc` did not return, or that was freed already
   */
  free(ptr: number): void {
    const size = this.#live.get(ptr);
    if (size === undefined) throw badFree(ptr);
    this.#live.delete(ptr);
    this.#allocated -= size;
    this.#insertFree(ptr, size);
  }

  f32(ptr: number, n: number): Float32Array {
    return new Float32Array(this.memory.buffer, ptr, n);
  }

  f64(ptr: number, n: number): Float64Array {
    return new Float64Array(this.memory.buffer, ptr, n);
  }

  i32(ptr: number, n: number): Int32Array {
    return new Int32Array(this.memory.buffer, ptr, n);
  }

  u32(ptr: number, n: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, ptr, n);
  }

  u8(ptr: number, n: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, ptr, n);
  }

  stats(): HeapStats {
    const arenaBytes = this.arena.capacityBytes;
    return {
      capacityBytes: this.#capacity,
      persistentBytes: this.#allocated - arenaBytes,
      arenaBytes,
      arenaPeakBytes: this.arena.peakBytes,
      peakBytes: this.#peak,
    };
  }

  /** First fit: the lowest free block that is large enough. */
  #takeFree(size: number): number | undefined {
    const index = this.#freeBytes.findIndex((free) => free >= size);
    if (index < 0) return undefined;
    const ptr = this.#freeAt[index];
    const rest = this.#freeBytes[index] - size;
    if (rest === 0) {
      this.#freeAt.splice(index, 1);
      this.#freeBytes.splice(index, 1);
    } else {
      this.#freeAt[index] = ptr + size;
      this.#freeBytes[index] = rest;
    }
    return ptr;
  }

  /** Take from above everything in use, growing the memory by at least an eighth so that growth stays rare. */
  #extend(size: number): number | undefined {
    const ptr = this.#top;
    const end = ptr + size;
    if (end > this.#capacity && !this.#grow(end)) return undefined;
    this.#top = end;
    return ptr;
  }

  #grow(end: number): boolean {
    const generous = Math.min(Math.max(end, this.#capacity * 1.125), this.#maximumBytes);
    for (const target of [generous, end]) {
      if (target < end || target > this.#maximumBytes) continue;
      try {
        this.memory.grow(Math.ceil((target - this.#capacity) / PAGE));
        this.#capacity = this.memory.buffer.byteLength;
        return true;
      } catch {
        // The engine has no room for the generous size; the exact one may still fit, and exhaustion is reported by alloc.
      }
    }
    return false;
  }

  #insertFree(ptr: number, size: number): void {
    let low = 0;
    let high = this.#freeAt.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#freeAt[middle] < ptr) low = middle + 1;
      else high = middle;
    }
    const joinsBefore = low > 0 && this.#freeAt[low - 1] + this.#freeBytes[low - 1] === ptr;
    const joinsAfter = low < this.#freeAt.length && this.#freeAt[low] === ptr + size;
    if (joinsBefore) {
      this.#freeBytes[low - 1] += size + (joinsAfter ? this.#freeBytes[low] : 0);
      if (joinsAfter) this.#removeFree(low);
      low -= 1;
    } else if (joinsAfter) {
      this.#freeAt[low] = ptr;
      this.#freeBytes[low] += size;
    } else {
      this.#freeAt.splice(low, 0, ptr);
      this.#freeBytes.splice(low, 0, size);
    }
    // A free block at the very top is no block: what is extended later need not fit into it.
    if (this.#freeAt[low] + this.#freeBytes[low] === this.#top) {
      this.#top = this.#freeAt[low];
      this.#removeFree(low);
    }
  }

  #removeFree(index: number): void {
    this.#freeAt.splice(index, 1);
    this.#freeBytes.splice(index, 1);
  }
}

function createMemory(shared: boolean, maximumPages?: number): { memory: WebAssembly.Memory; maximum: number } {
  if (typeof WebAssembly === "undefined") throw heapMissing();
  const limits = maximumPages === undefined ? MAXIMUM_PAGES : [maximumPages];
  let failure: unknown;
  for (const maximum of limits) {
    try {
      const initial = Math.min(INITIAL_PAGES, maximum);
      return { memory: new WebAssembly.Memory({ initial, maximum, shared }), maximum };
    } catch (error) {
      failure = error;
    }
  }
  throw heapMissing(failure);
}
