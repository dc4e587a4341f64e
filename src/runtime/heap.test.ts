import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap, RESERVED_BYTES } from "./heap.js";

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "no error";
};

describe("heap", () => {
  it("hands out aligned, disjoint blocks and takes them back, in any order", () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant("alloc" as const), bytes: fc.nat({ max: 5000 }) }),
      fc.record({ kind: fc.constant("free" as const), pick: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const heap = new Heap({ maximumPages: 64 });
        const live: { ptr: number; bytes: number; stamp: number }[] = [];
        let stamp = 1;
        for (const step of actions) {
          if (step.kind === "alloc") {
            const ptr = heap.alloc(step.bytes);
            expect(ptr % 64).toBe(0);
            expect(ptr).toBeGreaterThanOrEqual(RESERVED_BYTES);
            heap.u8(ptr, step.bytes).fill(stamp % 251);
            live.push({ ptr, bytes: step.bytes, stamp: stamp++ % 251 });
          } else if (live.length > 0) {
            const [block] = live.splice(step.pick % live.length, 1);
            // Overlap would show here: somebody else's stamp in our bytes.
            expect(heap.u8(block.ptr, block.bytes).every((byte) => byte === block.stamp)).toBe(true);
            heap.free(block.ptr);
          }
        }
        for (const block of live) heap.free(block.ptr);
        expect(heap.stats().persistentBytes).toBe(0);
        // Everything coalesced: the first block is at the bottom again and the whole memory is one piece.
        expect(heap.alloc(1_000_000)).toBe(RESERVED_BYTES);
      }),
      { numRuns: 60 },
    );
  });

  it("reuses a hole and joins neighbours", () => {
    const heap = new Heap();
    const [a, b, c, d] = [heap.alloc(64), heap.alloc(64), heap.alloc(64), heap.alloc(64)];
    heap.free(a);
    heap.free(c);
    heap.free(b);
    expect(heap.alloc(192)).toBe(a);
    expect(heap.alloc(1)).toBeGreaterThan(d);
  });

  it("grows, keeps contents, and reports what is held", () => {
    const heap = new Heap({ shared: true });
    const before = heap.stats().capacityBytes;
    const small = heap.alloc(8);
    heap.f64(small, 1)[0] = 42;
    const large = heap.alloc(before);
    heap.u8(large + before - 1, 1)[0] = 7;
    expect(heap.stats().capacityBytes).toBeGreaterThan(before);
    expect(heap.f64(small, 1)[0]).toBe(42);
    expect(heap.stats().persistentBytes).toBe(64 + before);
    heap.free(large);
    expect(heap.stats()).toMatchObject({ persistentBytes: 64, arenaBytes: 0, peakBytes: 64 + before });
  });

  it("refuses double frees, foreign addresses and sizes that are none", () => {
    const heap = new Heap();
    const ptr = heap.alloc(10);
    heap.free(ptr);
    expect(code(() => heap.free(ptr))).toBe("E_FREE");
    expect(code(() => heap.free(123))).toBe("E_FREE");
    for (const size of [-1, 0.5, Number.NaN, Infinity]) expect(code(() => heap.alloc(size))).toBe("E_ALLOC");
  });

  it("says so when the limit is reached, and stays usable", () => {
    const heap = new Heap({ maximumPages: 2 });
    const ptr = heap.alloc(60_000);
    expect(code(() => heap.alloc(10_000))).toBe("E_HEAP_EXHAUSTED");
    expect(() => heap.alloc(10_000)).toThrow(/0\.1 MiB/);
    heap.free(ptr);
    expect(heap.alloc(65_536)).toBe(RESERVED_BYTES);
  });

  it("reaches addresses above 2 GiB", () => {
    const heap = new Heap({ shared: true });
    heap.alloc(2 ** 31);
    const high = heap.alloc(1024);
    expect(high).toBeGreaterThan(2 ** 31);
    heap.f32(high, 256)[255] = 3;
    expect(heap.f32(high, 256)[255]).toBe(3);
  });
});

describe("arena", () => {
  it("gives equal rounds equal addresses and stops growing", () => {
    const heap = new Heap();
    const round = (): number[] => {
      const mark = heap.arena.mark();
      const at = [100, 3_000_000, 7, 900_000, 5_000_000].map((bytes) => heap.arena.alloc(bytes));
      heap.arena.release(mark);
      return at;
    };
    const first = round();
    const held = heap.stats();
    for (let i = 0; i < 1000; i++) expect(round()).toEqual(first);
    expect(heap.stats()).toEqual(held);
    expect(held.persistentBytes).toBe(0);
  });

  it("nests frames and keeps live blocks apart", () => {
    const frame = fc.array(fc.nat({ max: 400_000 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), (frames) => {
        const heap = new Heap();
        const blocks: { ptr: number; bytes: number; stamp: number }[] = [];
        const marks: { mark: number; count: number }[] = [];
        frames.forEach((sizes, depth) => {
          marks.push({ mark: heap.arena.mark(), count: blocks.length });
          for (const bytes of sizes) {
            const ptr = heap.arena.alloc(bytes);
            expect(ptr % 64).toBe(0);
            heap.u8(ptr, bytes).fill(depth + 1);
            blocks.push({ ptr, bytes, stamp: depth + 1 });
          }
        });
        for (const { mark, count } of marks.reverse()) {
          for (const block of blocks) {
            expect(heap.u8(block.ptr, block.bytes).every((byte) => byte === block.stamp)).toBe(true);
          }
          blocks.length = count;
          heap.arena.release(mark);
        }
        expect(heap.arena.mark()).toBe(0);
      }),
      { numRuns: 8 },
    );
  });

  it("refuses a mark that is gone", () => {
    const heap = new Heap();
    heap.arena.alloc(64);
    const mark = heap.arena.mark();
    heap.arena.release(0);
    expect(code(() => heap.arena.release(mark))).toBe("E_RELEASE");
  });

  it("gives its empty chunks back before the heap says it is full", () => {
    const heap = new Heap({ maximumPages: 160 });
    heap.arena.alloc(5_000_000);
    heap.arena.release(0);
    expect(heap.alloc(8_000_000)).toBe(RESERVED_BYTES);
    expect(heap.stats().arenaBytes).toBe(0);
  });
});
