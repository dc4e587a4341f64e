import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { runtime } from "../runtime/runtime.js";
import { Parameter, Tensor, crossEntropy, linear, scope } from "./index.js";

const stale = expect.objectContaining({ code: "E_STALE" });

describe("what survives", () => {
  test("returned tensors, alone and in arrays and plain objects; nothing else", () => {
    let lost!: Tensor;
    const kept = scope(() => {
      lost = Tensor.from([9]);
      const a = Tensor.from([1, 2, 3, 4], [2, 2]);
      return { a, list: [a.slice(0, 1, 2), { deep: Tensor.from([5]) }] as const, n: 7 };
    });
    // Reuse the arena, so that what was not copied is overwritten.
    scope(() => Tensor.full([64], -1).item === undefined);
    expect(kept.a.toArray()).toEqual([1, 2, 3, 4]);
    expect(kept.list[0].toArray()).toEqual([3, 4]);
    expect(kept.list[1].deep.toArray()).toEqual([5]);
    expect(() => lost.toArray()).toThrow(stale);
    expect(() => lost.mul(2)).toThrow(stale);
    expect(() => lost.ptr).toThrow(/scope that has ended/);
  });

  test("int32, bit patterns of NaN included", () => {
    const kept = scope(() => Tensor.from(new Int32Array([-1, 2143289345, 0])));
    expect(kept.toArray()).toEqual([-1, 2143289345, 0]);
  });

  test("a tensor goes one scope out at a time", () => {
    let middle!: Tensor;
    const outer = scope(() => {
      middle = scope(() => Tensor.from([1, 2]));
      const copies = Array.from({ length: 20 }, (_, i) => Tensor.full([100], i));
      expect(middle.toArray()).toEqual([1, 2]);
      expect(copies[19].data()[99]).toBe(19);
      return scope(() => middle.mul(2));
    });
    expect(outer.toArray()).toEqual([2, 4]);
    expect(() => middle.toArray()).toThrow(stale);
  });

  test("a view is stale with its tensor, and after dispose", () => {
    let view!: Tensor;
    scope(() => {
      view = Tensor.zeros([4]).reshape([2, 2]);
    });
    expect(() => view.data()).toThrow(stale);
    const whole = Tensor.zeros([4]);
    const half = whole.slice(0, 0, 2);
    whole.dispose();
    whole.dispose();
    expect(() => half.toArray()).toThrow(/dispose/);
  });

  test("a parameter made inside is persistent", () => {
    let p!: Parameter;
    scope(() => {
      p = new Parameter([2], [1, 2]);
    });
    expect(p.toArray()).toEqual([1, 2]);
  });
});

describe("the end of a scope", () => {
  test("a promise is refused, a throw passes through, and both release the arena", () => {
    const { heap } = runtime();
    const mark = heap.arena.mark();
    expect(() => scope(async () => Tensor.zeros([10]))).toThrow(/synchronous/);
    expect(heap.arena.mark()).toBe(mark);
    const inner = (): void =>
      scope(() => {
        Tensor.zeros([1000]);
        scope(() => {
          throw new Error("inside");
        });
      });
    expect(inner).toThrow("inside");
    expect(heap.arena.mark()).toBe(mark);
    expect(scope(() => Tensor.from([3]).item())).toBe(3);
  });

  test("10,000 training steps leave the heap flat", () => {
    const weight = new Parameter(
      [7, 5],
      Array.from({ length: 35 }, (_, i) => (i % 11) / 10 - 0.5),
    );
    const bias = new Parameter([7]);
    const x = Tensor.from(
      Array.from({ length: 15 }, (_, i) => (i % 7) / 7),
      [3, 5],
    );
    const targets = Tensor.from(new Int32Array([1, 6, 0]));
    const step = (): number =>
      scope(() => {
        const state = Tensor.from([1, 2], [2], { requiresGrad: true });
        const h = scope(() => x.tanh());
        const loss = crossEntropy(linear(h, weight, bias), targets).add(state.sum());
        loss.backward();
        weight.zeroGrad();
        return loss.item();
      });
    const first = step();
    const before = runtime().heap.stats();
    for (let i = 0; i < 10_000; i++) step();
    const after = runtime().heap.stats();
    expect(step()).toBe(first);
    expect(after).toEqual(before);
  });
});

test("tensors made outside every scope go when nobody refers to them, but not while a view of theirs is held", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = Tensor.full([1000], 3).data();
  const bytes = (): number => runtime().heap.stats().persistentBytes;
  const before = bytes();
  for (let i = 0; i < 100; i++) Tensor.zeros([1000]).mul(2);
  expect(bytes()).toBeGreaterThan(before + 400_000);
  for (let i = 0; i < 100 && bytes() > before; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(bytes()).toBeLessThanOrEqual(before);
  for (let i = 0; i < 10; i++) Tensor.full([1000], 9);
  expect(held[999]).toBe(3);
});
