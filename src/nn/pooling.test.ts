import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/index.js";
import { gradcheck } from "../testing/index.js";
import { mul, scope, sum, Tensor } from "../tensor/index.js";
import { POOLING_KINDS, Pooling } from "./pooling.js";

const T = 5;
const B = 3;
const F = 4;
const LENGTHS = [3, 0, 5];

function numbers(seed: number, n: number): Float64Array {
  const rng = new Rng(seed);
  return Float64Array.from({ length: n }, () => rng.normal());
}

function input(fill?: number): Tensor {
  const values = numbers(1, T * B * F);
  if (fill !== undefined) {
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < B; b++) if (t >= LENGTHS[b]) values.fill(fill, (t * B + b) * F, (t * B + b + 1) * F);
    }
  }
  return Tensor.from(values, [T, B, F], { requiresGrad: true });
}

const make = (kind: (typeof POOLING_KINDS)[number], bidirectional = false): Pooling =>
  new Pooling({ kind, inputSize: F, attentionSize: 3, bidirectional, dtype: "f64" }, new Rng(7));

describe.each(POOLING_KINDS)("%s", (kind) => {
  test("gradients, of x and of every parameter", () => {
    const pooling = make(kind, true);
    const parameters = pooling.parameters();
    gradcheck((x) => pooling.forward(x, { lengths: LENGTHS }), [input(), ...parameters]);
    gradcheck((x) => pooling.forward(x), [input(), ...parameters]);
  });

  test("padding is not read, not even NaN, and gets no gradient", () => {
    const pooling = make(kind, true);
    const run = (fill: number): number[][] =>
      scope(() => {
        const x = input(fill);
        const y = pooling.forward(x, { lengths: LENGTHS });
        for (const parameter of pooling.parameters()) parameter.grad = null;
        sum(mul(y, Tensor.from(numbers(2, B * F), [B, F]))).backward();
        return [y.toArray(), x.grad!.toArray(), ...pooling.parameters().map((p) => p.grad!.toArray())];
      });
    expect(run(NaN)).toEqual(run(0));
    const padding = run(NaN)[1].filter((_, i) => Math.floor(i / (B * F)) >= LENGTHS[Math.floor(i / F) % B]);
    expect(padding.every((value) => value === 0)).toBe(true);
  });

  test("a sequence in a batch is that sequence alone", () => {
    const pooling = make(kind, true);
    scope(() => {
      const x = input();
      const whole = pooling.forward(x, { lengths: LENGTHS }).toArray();
      LENGTHS.forEach((length, b) => {
        const own = Array.from({ length }, (_, t) => x.toArray().slice((t * B + b) * F, (t * B + b + 1) * F)).flat();
        const alone = pooling.forward(Tensor.from(Float64Array.from(own), [length, 1, F])).toArray();
        expect(whole.slice(b * F, (b + 1) * F)).toEqual(alone);
      });
    });
  });

  test("a mask with holes is the sequence without them", () => {
    const pooling = make(kind);
    scope(() => {
      const x = input();
      const mask = Tensor.from([1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1], [T, B]);
      const holes = pooling.forward(x, { mask }).toArray();
      const rows = x.toArray();
      const own = [0, 2, 4].flatMap((t) => rows.slice(t * B * F, t * B * F + F));
      expect(holes.slice(0, F)).toEqual(pooling.forward(Tensor.from(Float64Array.from(own), [3, 1, F])).toArray());
    });
  });
});

test("what each kind says of two steps", () => {
  const x = Tensor.from([1, 5, 2, 4, 3, 0, 0, 8], [2, 2, 2]);
  const of = (kind: (typeof POOLING_KINDS)[number], bidirectional = false): number[] =>
    new Pooling({ kind, inputSize: 2, bidirectional }).forward(x).toArray();
  expect(of("last")).toEqual([3, 0, 0, 8]);
  expect(of("last", true)).toEqual([3, 5, 0, 4]);
  expect(of("mean")).toEqual([2, 2.5, 1, 6]);
  expect(of("max")).toEqual([3, 5, 2, 8]);
});

test("attention without preference is the mean, and its weights sum to 1", () => {
  const pooling = make("attention");
  pooling.score!.weight.set([0, 0, 0]);
  scope(() => {
    const { output, weights } = pooling.attend(input(), { lengths: LENGTHS });
    const mean = make("mean").forward(input(), { lengths: LENGTHS }).toArray();
    output.toArray().forEach((value, i) => expect(value).toBeCloseTo(mean[i], 14));
    expect(weights.map((own) => own.length)).toEqual(LENGTHS);
    expect(weights[2].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
  });
});

test("refusals name what was meant", () => {
  // @ts-expect-error a kind that there is not
  expect(() => new Pooling({ kind: "avg", inputSize: 2 })).toThrow(/kind cannot be "avg"/u);
  expect(() => new Pooling({ kind: "mean", inputSize: 0 })).toThrow(/inputSize/u);
  // @ts-expect-error an option that there is not
  expect(() => new Pooling({ kind: "mean", inputSize: 1, size: 2 })).toThrow(/size/u);
  expect(() => make("mean").attend(input())).toThrow(/kind/u);
  expect(() => make("mean").forward(input(), { lengths: [9, 1, 1] })).toThrow(/lengths/u);
  expect(() => make("mean").forward(Tensor.zeros([2, 2]))).toThrow(/three dimensions/u);
});
