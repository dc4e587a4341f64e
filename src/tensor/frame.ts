/**
 * Frames: which stretch of memory a tensor lives in, and whether that stretch still stands.
 *
 * A frame is open from `openFrame` to `closeFrame`, strictly nested. What is allocated while it is open comes from the
 * heap's bump arena and goes, all at once, when it closes. Memory for a frame that is not the innermost comes from the
 * persistent allocator and is listed with that frame, so that it goes at the same moment.
 */
import { runtime } from "../runtime/runtime.js";
import { staleTensor } from "../errors.js";

export interface Frame {
  readonly parent: Frame | null;
  /** False once closed: every tensor in it is stale. */
  open: boolean;
  readonly mark: number;
  /** Persistent blocks that end with this frame. */
  readonly owned: number[];
}

let current: Frame | null = null;

/** The innermost open frame; null outside every scope. */
export function currentFrame(): Frame | null {
  return current;
}

/** Start a frame inside the current one. */
export function openFrame(): Frame {
  current = { parent: current, open: true, mark: runtime().heap.arena.mark(), owned: [] };
  return current;
}

/** End the innermost frame: its tensors become stale, its memory is free. */
export function closeFrame(frame: Frame): void {
  const { heap } = runtime();
  frame.open = false;
  current = frame.parent;
  heap.arena.release(frame.mark);
  for (const pointer of frame.owned) heap.free(pointer);
}

/** Collected persistent storage gives its bytes back: nobody has to dispose of a tensor made outside a scope. */
const abandoned = new FinalizationRegistry<number>((pointer) => runtime().heap.free(pointer));

/** A block of the heap with the frame it lives in (null: persistent). Views of a tensor share it. */
export class Storage {
  readonly #pointer: number;
  readonly frame: Frame | null;
  /** Whether somebody was given a view to write through: what was known of the numbers may no longer hold. */
  handedOut = false;
  #disposed = false;

  /** Allocate `bytes` in `frame`, by default the innermost one. */
  constructor(bytes: number, frame: Frame | null = current) {
    const { heap } = runtime();
    this.frame = frame;
    // A block is never empty: two empty tensors must not share an address with somebody else's data.
    const size = Math.max(bytes, 16);
    if (frame !== null && frame === current) {
      this.#pointer = heap.arena.alloc(size);
    } else {
      this.#pointer = heap.alloc(size);
      if (frame === null) abandoned.register(this, this.#pointer, this);
      else frame.owned.push(this.#pointer);
    }
  }

  /** Whether the memory still belongs to this storage. */
  get alive(): boolean {
    return !this.#disposed && (this.frame === null || this.frame.open);
  }

  /** Byte offset in the heap. Errors: `E_STALE` when the frame has closed or the storage was disposed of. */
  get pointer(): number {
    if (!this.alive) throw staleTensor(this.#disposed);
    return this.#pointer;
  }

  /** Give persistent memory back now rather than when the collector finds it. In a frame: nothing to do. */
  dispose(): void {
    if (this.frame !== null || this.#disposed) return;
    abandoned.unregister(this);
    runtime().heap.free(this.#pointer);
    this.#disposed = true;
  }
}

/** Run `use` with `bytes` of working memory that is free again when it returns or throws. */
export function scratch<R>(bytes: number, use: (pointer: number) => R): R {
  const { arena } = runtime().heap;
  const mark = arena.mark();
  try {
    return use(arena.alloc(Math.max(bytes, 16)));
  } finally {
    arena.release(mark);
  }
}

/** Whether a callback that had to be synchronous was not. */
export function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
