import { badAllocation, badRelease } from "../errors.js";

const ALIGN = 64;
const FIRST_CHUNK = 1 << 20;
const LARGEST_STEP = 1 << 26;
/** A mark is chunk · 2³² + offset: a plain number, so that marking allocates nothing. */
const CHUNK = 2 ** 32;

interface Chunk {
  readonly ptr: number;
  readonly bytes: number;
  /** How far it was filled when the arena went on to the next one. */
  filled: number;
}

/**
 * The step arena: a stack of allocations, released all at once down to a mark.
 *
 * It is made of chunks taken from the persistent allocator, each at least as large as all before it together (at most
 * 64 MiB beyond need) and kept for reuse, so that a loop of equal steps stops allocating after its first round.
 */
export class Arena {
  readonly #take: (bytes: number) => number;
  readonly #give: (ptr: number) => void;
  readonly #chunks: Chunk[] = [];
  /** The chunk in use; chunks above it are empty. */
  #chunk = 0;
  #offset = 0;
  #capacity = 0;
  /** Bytes handed out in the chunks below the one in use. */
  #below = 0;
  #peak = 0;

  constructor(take: (bytes: number) => number, give: (ptr: number) => void) {
    this.#take = take;
    this.#give = give;
  }

  /** Bytes of all chunks, in use or kept. */
  get capacityBytes(): number {
    return this.#capacity;
  }

  /** Bytes handed out and not released. */
  get usedBytes(): number {
    return this.#below + this.#offset;
  }

  /** The most that `usedBytes` was since `restartPeak`. */
  get peakBytes(): number {
    return this.#peak;
  }

  /** Measure the peak anew, from what is in use now. */
  restartPeak(): void {
    this.#peak = this.usedBytes;
  }

  /**
   * Reserve `bytes` until the release of a mark made before; contents are whatever was there before.
   *
   * @returns the address, a multiple of 64
   */
  alloc(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw badAllocation(bytes);
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    const chunk = this.#chunks[this.#chunk];
    if (chunk === undefined || this.#offset + size > chunk.bytes) this.#enter(size);
    const ptr = this.#chunks[this.#chunk].ptr + this.#offset;
    this.#offset += size;
    this.#peak = Math.max(this.#peak, this.usedBytes);
    return ptr;
  }

  /** The present height. */
  mark(): number {
    return this.#chunk * CHUNK + this.#offset;
  }

  /**
   * Give back everything allocated since `mark`.
   *
   * @throws E_RELEASE when the arena is lower than the mark already: scopes ended in the wrong order
   */
  release(mark: number): void {
    const present = this.mark();
    if (!(mark >= 0 && mark <= present)) throw badRelease(mark, present);
    this.#chunk = Math.floor(mark / CHUNK);
    this.#offset = mark % CHUNK;
    this.#below = this.#filledBelow(this.#chunk);
  }

  /** Give the empty chunks back to the heap; the bytes given. */
  trim(): number {
    const keep = this.#offset === 0 ? this.#chunk : this.#chunk + 1;
    let given = 0;
    for (const chunk of this.#chunks.splice(keep)) {
      this.#give(chunk.ptr);
      given += chunk.bytes;
    }
    this.#capacity -= given;
    return given;
  }

  /** Move to an empty chunk that holds `size`: one of those kept, else a new one. */
  #enter(size: number): void {
    const next = this.#offset === 0 ? this.#chunk : this.#chunk + 1;
    let found = next;
    while (found < this.#chunks.length && this.#chunks[found].bytes < size) found++;
    if (found < this.#chunks.length) {
      // The chunks from `next` on are all empty, so their order is free.
      const chunk = this.#chunks[found];
      this.#chunks[found] = this.#chunks[next];
      this.#chunks[next] = chunk;
    } else {
      const bytes = Math.max(size, Math.min(LARGEST_STEP, Math.max(FIRST_CHUNK, this.#capacity)));
      const ptr = this.#take(bytes);
      this.#capacity += bytes;
      this.#chunks.splice(next, 0, { ptr, bytes, filled: 0 });
    }
    if (next > this.#chunk) this.#chunks[this.#chunk].filled = this.#offset;
    this.#below = this.#filledBelow(next);
    this.#chunk = next;
    this.#offset = 0;
  }

  #filledBelow(chunk: number): number {
    let bytes = 0;
    for (let i = 0; i < chunk; i++) bytes += this.#chunks[i].filled;
    return bytes;
  }
}
