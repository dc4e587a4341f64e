import { describe, expect, test } from "vitest";
import { runtime } from "../runtime/runtime.js";
import { embedding, gradientFor, linear, Parameter, record, scope, storedGradient, Tensor } from "./index.js";

const table = (): Parameter =>
  new Parameter(
    [6, 2],
    Array.from({ length: 12 }, (_, i) => i),
  );
const ids = (...rows: number[]): Tensor => Tensor.from(Int32Array.from(rows));
/** Backward of a loss in which row `rows[r]` has the gradient [r + 1, r + 1]. */
function use(weight: Tensor, ...rows: number[]): void {
  scope(() => {
    const weights = Tensor.from(
      rows.map((_, r) => r + 1),
      [rows.length, 1],
    );
    embedding(ids(...rows), weight)
      .mul(weights)
      .sum()
      .backward();
  });
}
const rowsOf = (weight: Tensor): number[] => {
  const { rows, count } = storedGradient(weight)!;
  return [...runtime().heap.i32(rows, count)];
};
const whole = (...values: [row: number, value: number][]): number[] => {
  const numbers = Array.from({ length: 12 }, () => 0);
  for (const [row, value] of values) numbers[2 * row] = numbers[2 * row + 1] = value;
  return numbers;
};

describe("a gradient in rows", () => {
  test("holds the rows that occur, ascending; one that occurs twice has the sum", () => {
    const weight = table();
    use(weight, 4, 1, 4);
    expect(storedGradient(weight)).toMatchObject({ size: 12, count: 2, width: 2, spread: false });
    expect(rowsOf(weight)).toEqual([1, 4]);
    expect(weight.grad!.toArray()).toEqual(whole([4, 4], [1, 2]));
  });

  test("is made whole for who looks, and the rows are still known", () => {
    const weight = table();
    use(weight, 5, 0);
    expect(weight.grad).toBe(weight.grad);
    expect(storedGradient(weight)).toMatchObject({ rows: 0 });
    expect(storedGradient(weight, true)).toMatchObject({ count: 2, width: 2, spread: true });
    use(weight, 3);
    expect(weight.grad!.toArray()).toEqual(whole([5, 1], [0, 2], [3, 1]));
    expect(storedGradient(weight, true)).toMatchObject({ count: 3 });
    weight.grad!.set(whole([2, 9]));
    expect(weight.grad!.toArray()).toEqual(whole([2, 9]));
  });

  test("accumulates: fewer rows, other rows, then a whole gradient", () => {
    const weight = table();
    use(weight, 4, 1);
    use(weight, 4);
    expect(rowsOf(weight)).toEqual([1, 4]);
    use(weight, 0, 5, 4);
    expect(rowsOf(weight)).toEqual([0, 1, 4, 5]);
    scope(() => weight.sum().backward());
    expect(storedGradient(weight, true)).toMatchObject({ rows: 0 });
    expect(weight.grad!.toArray()).toEqual(whole([0, 1], [1, 2], [4, 5], [5, 2]).map((x) => x + 1));
  });

  test("adds to a whole one that came first", () => {
    const weight = table();
    scope(() => weight.sum().backward());
    use(weight, 2, 2);
    expect(weight.grad!.toArray()).toEqual(whole([2, 3]).map((x) => x + 1));
  });

  test("two in one pass, and one of a table that was computed", () => {
    const weight = table();
    scope(() => {
      embedding(ids(1, 3), weight)
        .add(embedding(ids(3, 5), weight))
        .sum()
        .backward();
    });
    expect(rowsOf(weight)).toEqual([1, 3, 5]);
    expect(weight.grad!.toArray()).toEqual(whole([1, 1], [3, 2], [5, 1]));
    const source = table();
    scope(() => embedding(ids(2, 2), source.mul(3)).sum().backward());
    expect(source.grad!.toArray()).toEqual(whole([2, 6]));
  });

  test("steps allocate nothing once their memory is there", () => {
    const weight = table();
    const step = (...rows: number[]): void => {
      weight.zeroGrad();
      use(weight, ...rows);
    };
    step(0, 1, 2, 3, 4, 5);
    const before = runtime().heap.stats();
    for (let i = 0; i < 200; i++) step(...[0, 1, 2, 3, 4, 5].slice(i % 6));
    expect(runtime().heap.stats()).toEqual(before);
    expect(weight.grad!.toArray()).toEqual(whole([1, 1], [2, 2], [3, 3], [4, 4], [5, 5]));
  });

  test("goes with a leaf that leaves its scope", () => {
    const kept = scope(() => {
      const weight = Tensor.from(
        Array.from({ length: 12 }, (_, i) => i),
        [6, 2],
        { requiresGrad: true },
      );
      use(weight, 3);
      return weight;
    });
    scope(() => Tensor.full([100], 7));
    expect(kept.grad!.toArray()).toEqual(whole([3, 1]));
  });
});

describe("the memory of a gradient", () => {
  test("the first gradient after zeroGrad is written where it stays; a second is added", () => {
    const [weight, bias] = [new Parameter([2, 3], [1, 2, 3, 4, 5, 6]), new Parameter([2])];
    const pass = (): void =>
      scope(() =>
        linear(Tensor.from([1, 2, 3], [1, 3]), weight, bias)
          .sum()
          .backward(),
      );
    pass();
    const at = storedGradient(weight)!.gradient;
    for (let i = 0; i < 3; i++) {
      weight.zeroGrad();
      bias.zeroGrad();
      pass();
      pass();
      expect(storedGradient(weight)!.gradient).toBe(at);
      const numbers = [...runtime().heap.f32(at, 6)];
      expect(numbers).toEqual([2, 4, 6, 2, 4, 6]);
    }
    expect(bias.grad!.toArray()).toEqual([2, 2]);
  });

  test("zero is written when somebody looks, also over what was there", () => {
    const weight = new Parameter([2], [1, 2]);
    scope(() => weight.sum().backward());
    weight.zeroGrad();
    expect(storedGradient(weight)).toMatchObject({ count: 0, size: 2 });
    expect(weight.grad!.toArray()).toEqual([0, 0]);
    weight.grad = null;
    expect(storedGradient(weight)).toBe(null);
  });

  test("one parameter twice in an operation, one that asks for the memory and does not use it, one that throws", () => {
    const weight = new Parameter([2, 2], [1, 2, 3, 4]);
    scope(() => linear(weight, weight).sum().backward());
    // Σ_k (Σ_i w[i, k])² has the gradient 2 Σ_i w[i, k].
    expect(weight.grad!.toArray()).toEqual([8, 12, 8, 12]);
    const other = new Parameter([2], [1, 2]);
    const odd = (give: (claimed: Tensor) => Tensor): void =>
      scope(() => {
        const out = Tensor.zeros([2]);
        record([out], [other], ([d]) => {
          gradientFor(other).set([7, 7]);
          return [give(d!)];
        });
        out.sum().backward();
      });
    odd((d) => d);
    expect([...runtime().heap.f32(storedGradient(other)!.gradient, 2)]).toEqual([1, 1]);
    other.zeroGrad();
    expect(() =>
      odd(() => {
        throw new Error("broken");
      }),
    ).toThrow("broken");
    scope(() => other.sum().backward());
    scope(() => other.sum().backward());
    expect(other.grad!.toArray()).toEqual([2, 2]);
  });
});
