import { describe, expect, test } from "vitest";
import { runtime } from "../runtime/runtime.js";
import { Parameter, Tensor, add, noGrad, record, recording, scope } from "./index.js";

const leaf = (values: number[]): Tensor => Tensor.from(values, [values.length], { requiresGrad: true });

describe("accumulation", () => {
  test("a tensor used twice gets the sum, over one pass and over several", () => {
    const x = leaf([1, 2]);
    const pass = (): void => x.mul(x).add(x).sum().backward();
    pass();
    expect(x.grad!.toArray()).toEqual([3, 5]);
    pass();
    expect(x.grad!.toArray()).toEqual([6, 10]);
  });

  test("an intermediate used three times, whose gradients arrive by reference, sums without spoiling them", () => {
    const x = leaf([1, 2]);
    const y = leaf([5, 7]);
    scope(() => {
      const h = x.mul(2);
      // add's backward hands the same tensor to both sides.
      add(add(add(h, y), h), h)
        .sum()
        .backward();
    });
    expect(x.grad!.toArray()).toEqual([6, 6]);
    expect(y.grad!.toArray()).toEqual([1, 1]);
  });

  test("gradients of two leaves never share memory", () => {
    const a = leaf([1]);
    const b = leaf([2]);
    a.add(b).backward();
    a.mul(3).backward();
    expect([a.grad!.item(), b.grad!.item()]).toEqual([4, 1]);
  });

  test("a parameter keeps the memory of its gradient; zeroGrad clears it", () => {
    const p = new Parameter([2], [1, 2]);
    p.zeroGrad();
    expect(p.grad).toBe(null);
    scope(() => p.sum().backward());
    const { grad } = p;
    expect(grad!.toArray()).toEqual([1, 1]);
    p.zeroGrad();
    expect(grad!.toArray()).toEqual([0, 0]);
    scope(() => p.mul(2).sum().backward());
    expect(p.grad).toBe(grad);
    expect(p.grad!.toArray()).toEqual([2, 2]);
  });

  test("a leaf of an outer scope gets its gradient from an inner one, and it ends with the outer", () => {
    const before = runtime().heap.stats().persistentBytes;
    const grad = scope(() => {
      const x = leaf([1, 2]);
      scope(() => x.mul(3).sum().backward());
      expect(x.grad!.toArray()).toEqual([3, 3]);
      return { grad: x.grad!.toArray(), tensor: x.grad };
    });
    expect(grad.tensor!.toArray()).toEqual([3, 3]);
    grad.tensor!.dispose();
    expect(runtime().heap.stats().persistentBytes).toBe(before);
  });
});

describe("record", () => {
  test("nothing is recorded without need", () => {
    const x = leaf([1]);
    expect(recording([x, null])).toBe(true);
    expect(recording([Tensor.zeros([1]), undefined])).toBe(false);
    noGrad(() => {
      expect(recording([x])).toBe(false);
      expect(x.mul(2).requiresGrad).toBe(false);
    });
    expect(() => noGrad(() => Promise.resolve())).toThrow(/synchronous/);
    expect(x.mul(2).requiresGrad).toBe(true);
    expect(() => noGrad(() => x.mul(2)).backward()).toThrow(/noGrad/);
  });

  test("several outputs: an output without a gradient arrives as null, one that nobody used as well", () => {
    const x = leaf([1, 2]);
    const seen: (number[] | null)[][] = [];
    scope(() => {
      const [a, b, c] = [x.detach().clone(), x.detach().clone(), x.detach().clone()];
      record([a, b, c], [x], (d) => {
        seen.push(d.map((g) => g?.toArray() ?? null));
        return [d[1]];
      });
      a.mul(2).sum().add(b.sum()).backward();
    });
    expect(seen).toEqual([[[2, 2], [1, 1], null]]);
    expect(x.grad!.toArray()).toEqual([1, 1]);
  });

  test("a backward of the wrong count, shape or dtype is named", () => {
    const bad = (make: (d: Tensor) => (Tensor | null)[]) => () =>
      scope(() => {
        const x = leaf([1, 2]);
        const out = Tensor.zeros([2]);
        record([out], [x], ([d]) => make(d!), "mine");
        out.sum().backward();
      });
    expect(bad(() => [])).toThrow(/mine: backward must return 1 gradients, returned 0/);
    expect(bad((d) => [d.sum()])).toThrow(/mine: .*f32 \[2\].*f32 \[\]/);
    expect(bad((d) => [d.astype("f64")])).toThrow(/mine: .*f64/);
  });

  test("an op within a backward is not recorded", () => {
    const x = leaf([3]);
    let inner = true;
    scope(() => {
      const out = Tensor.zeros([1]);
      record([out], [x], ([d]) => {
        const g = d!.mul(x);
        inner = g.requiresGrad;
        return [g];
      });
      out.backward();
    });
    expect(inner).toBe(false);
  });
});

describe("backward", () => {
  test("of many numbers needs a gradient, of the same shape", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    expect(() => y.backward()).toThrow(/\[2\] is not one number/);
    expect(() => y.backward({ gradient: Tensor.ones([3]) })).toThrow(/\[3\]/);
    y.backward({ gradient: Tensor.from([10, 1]) });
    expect(x.grad!.toArray()).toEqual([20, 2]);
  });

  test("without a graph, twice, or after the scope: each says so", () => {
    expect(() => Tensor.scalar(1).backward()).toThrow(/requires a gradient/);
    const x = leaf([1]);
    const y = x.mul(2);
    y.backward({ retain: true });
    y.backward();
    expect(x.grad!.item()).toBe(4);
    expect(() => y.backward()).toThrow(/retain/);
    expect(() => y.mul(2).backward()).toThrow(/freed by an earlier/);
    const z = scope(() => x.mul(2));
    expect(() => z.backward()).toThrow(/scope that has ended/);
    expect(() => scope(() => z.mul(2).backward())).toThrow(/detach/);
    expect(scope(() => z.detach().mul(2).item())).toBe(4);
  });

  test("frees only what it walked: another loss of the same scope still can", () => {
    const x = leaf([1, 2]);
    scope(() => {
      const first = x.mul(2).sum();
      const second = x.mul(5).sum();
      first.backward();
      second.backward();
    });
    expect(x.grad!.toArray()).toEqual([7, 7]);
  });

  test("a chain of 20,000 operations is no deep recursion", () => {
    const x = leaf([1]);
    scope(() => {
      let y: Tensor = x;
      for (let i = 0; i < 20_000; i++) y = y.neg();
      y.backward();
    });
    expect(x.grad!.item()).toBe(1);
  });

  test("a throw inside leaves the tape usable", () => {
    const x = leaf([1]);
    scope(() => {
      const out = Tensor.zeros([1]);
      record([out], [x], () => {
        throw new Error("broken");
      });
      expect(() => out.backward()).toThrow("broken");
      x.mul(2).backward();
    });
    expect(x.grad!.item()).toBe(2);
    expect(recording([x])).toBe(true);
  });
});
