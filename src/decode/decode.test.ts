import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/random.js";
import { argmax, generate, type Logits, Sampler, type SamplerOptions, type Stepper } from "./index.js";

const logits = new Float32Array([1, 3, 2, 3, 0]);
const probabilities = (options: SamplerOptions, scores: Logits = logits): number[] => [
  ...new Sampler(options).probabilities(scores),
];

describe("filters", () => {
  test("temperature divides the logits", () => {
    const weights = [...logits].map((x) => Math.exp(x / 2));
    const total = weights.reduce((a, b) => a + b);
    for (const [id, p] of probabilities({ temperature: 2 }).entries()) expect(p).toBeCloseTo(weights[id] / total, 14);
  });

  test("temperature 0 is the best choice, the lower id among equals, and needs no randomness", () => {
    expect(new Sampler({ temperature: 0 }).draw(logits)).toBe(1);
    expect(probabilities({ temperature: 0 })).toEqual([0, 1, 0, 0, 0]);
    expect(() => new Sampler().draw(logits)).toThrow("rng must be");
  });

  test("top-k keeps exactly k, ties by lower id", () => {
    expect(probabilities({ topK: 1 })).toEqual([0, 1, 0, 0, 0]);
    expect(probabilities({ topK: 2 })).toEqual([0, 0.5, 0, 0.5, 0]);
    expect(probabilities({ topK: 3 }).map((p) => p > 0)).toEqual([false, true, true, true, false]);
    expect(probabilities({ topK: 5 })).toEqual(probabilities({}));
    expect(probabilities({ topK: 99 })).toEqual(probabilities({}));
  });

  test("top-p keeps the fewest that reach p", () => {
    const scores = new Float64Array([0.5, 0.3, 0.15, 0.05].map(Math.log));
    const kept = (topP: number, topK?: number): number =>
      probabilities({ topP, topK }, scores).filter((p) => p > 0).length;
    expect([0.01, 0.49, 0.51, 0.79, 0.81, 0.94, 0.96, 1].map((p) => kept(p))).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    // After top-k the shares are of what is left: 0.5 / 0.8 reaches 0.6.
    expect(kept(0.6, 2)).toBe(1);
    expect(probabilities({ topP: 0.7 }, scores)[0]).toBeCloseTo(0.625, 14);
  });

  test("kept choices keep their proportions and others are impossible", () => {
    const scores = fc.float64Array({ min: -50, max: 50, minLength: 1, maxLength: 20, noNaN: true });
    fc.assert(
      fc.property(
        scores,
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (s, topK, topP) => {
          const all = [...new Sampler().probabilities(s)];
          const some = probabilities({ topK, topP }, s);
          const kept = some.flatMap((p, id) => (p > 0 ? [id] : []));
          expect(kept.length).toBeLessThanOrEqual(topK);
          expect(kept).toContain(argmax(s));
          expect(some.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
          const share = kept.reduce((a, id) => a + all[id], 0);
          for (const id of kept) expect(some[id]).toBeCloseTo(all[id] / share, 10);
        },
      ),
    );
  });
});

describe("what was written before", () => {
  const flat = new Float64Array([2, -2, 1, 0]);
  const after = (options: SamplerOptions, written: number[]): number[] => [
    ...new Sampler(options).probabilities(flat, written),
  ];
  const of = (...logits: number[]): number[] => probabilities({}, new Float64Array(logits));

  test("min-p keeps what is at least so probable as a share of the best", () => {
    const scores = new Float64Array([0.5, 0.3, 0.15, 0.05].map(Math.log));
    const kept = (minP: number, more: SamplerOptions = {}): number =>
      probabilities({ minP, ...more }, scores).filter((p) => p > 0).length;
    expect([0, 0.09, 0.11, 0.29, 0.31, 0.59, 0.61, 1].map((p) => kept(p))).toEqual([4, 4, 3, 3, 2, 2, 1, 1]);
    expect(kept(0.2, { topK: 2 })).toBe(2);
    // At a high temperature the others come closer: (0.15 / 0.5)^(1/4) = 0.74
    expect(kept(0.7, { temperature: 4 })).toBe(3);
  });

  test("the repetition penalty makes every logit of a written token smaller, whatever its sign", () => {
    expect(after({ repetitionPenalty: 2 }, [0, 1, 1])).toEqual(of(1, -4, 1, 0));
    expect(after({ repetitionPenalty: 2 }, [])).toEqual(of(2, -2, 1, 0));
  });

  test("frequency counts, presence does not", () => {
    expect(after({ frequencyPenalty: 0.5 }, [0, 0, 2])).toEqual(of(1, -2, 0.5, 0));
    expect(after({ presencePenalty: 0.5 }, [0, 0, 2])).toEqual(of(1.5, -2, 0.5, 0));
    expect(after({ frequencyPenalty: 0.5, penaltyWindow: 2 }, [0, 0, 2])).toEqual(of(1.5, -2, 0.5, 0));
    const both = { frequencyPenalty: 0.5, presencePenalty: 0.25, repetitionPenalty: 2 };
    expect(after(both, [0, 0])).toEqual(of(1 - 1 - 0.25, -2, 1, 0));
  });

  test("no run comes twice, and what is banned never comes", () => {
    expect(after({ noRepeat: 3 }, [2, 1, 0, 3, 2, 1])).toEqual(of(-Infinity, -2, 1, 0));
    expect(after({ noRepeat: 2 }, [1, 2, 1, 3, 1])).toEqual(of(2, -2, -Infinity, -Infinity));
    expect(after({ noRepeat: 1 }, [1])).toEqual(of(2, -Infinity, 1, 0));
    expect(after({ noRepeat: 3 }, [1])).toEqual(of(2, -2, 1, 0));
    expect(after({ banned: [0] }, [])).toEqual(of(-Infinity, -2, 1, 0));
    expect(() => new Sampler({ banned: [0, 1, 2, 3], temperature: 0 }).draw(flat)).toThrow("nothing may be chosen");
  });

  test("at temperature 0 too, and logits that are handed in stay", () => {
    const sampler = new Sampler({ temperature: 0, presencePenalty: 1.5 });
    expect([sampler.draw(flat), sampler.draw(flat, undefined, [0]), sampler.draw(flat, undefined, [0, 2])]).toEqual([
      0, 2, 0,
    ]);
    expect([...flat]).toEqual([2, -2, 1, 0]);
  });

  test("generation sees the prompt and what it wrote", () => {
    const stuck: Stepper<number> = { size: 4, step: () => flat, save: () => 0, restore: () => {} };
    const written = [...generate(stuck, new Sampler({ temperature: 0, noRepeat: 1 }), { prompt: [2], length: 3 })];
    expect(written).toEqual([0, 3, 1]);
    expect([...generate(stuck, new Sampler({ temperature: 0 }), { prompt: [2], length: 3 })]).toEqual([0, 0, 0]);
  });
});

describe("draws", () => {
  test("follow the distribution", () => {
    const sampler = new Sampler({ temperature: 1.3, topK: 4 });
    const expected = [...sampler.probabilities(logits)];
    const counts = [0, 0, 0, 0, 0];
    const rng = new Rng(7);
    const n = 40_000;
    for (let i = 0; i < n; i++) counts[sampler.draw(logits, rng)]++;
    // Chi-square with 3 degrees of freedom: 16.3 is the 0.1 % point; the seed is fixed.
    const chi = expected.reduce((sum, p, id) => (p === 0 ? sum : sum + (counts[id] - n * p) ** 2 / (n * p)), 0);
    expect(chi).toBeLessThan(16.3);
    expect(counts[4]).toBe(0);
  });

  test("are the same for the same generator, and take one number each", () => {
    const draw = (rng: Rng): number[] => Array.from({ length: 50 }, () => new Sampler({ topP: 0.9 }).draw(logits, rng));
    expect(draw(new Rng(3))).toEqual(draw(new Rng(3)));
    const one = new Rng(3);
    new Sampler().draw(logits, one);
    const two = new Rng(3);
    two.uniform();
    expect(one.uniform()).toBe(two.uniform());
  });

  test("never take what is banned, at the ends of the unit interval too", () => {
    const banned = new Float32Array([-Infinity, 0, -Infinity, 1, -Infinity]);
    const at = (u: number): number => new Sampler().draw(banned, { uniform: () => u } as Rng);
    expect([at(0), at(0.26), at(0.27), at(1 - 2 ** -53)]).toEqual([1, 1, 3, 3]);
  });

  test("huge differences and tiny temperatures do not overflow", () => {
    const far = new Float64Array([-1e308, 1e308]);
    expect(new Sampler({ temperature: 1e-300 }).draw(far, new Rng(1))).toBe(1);
    expect(probabilities({}, new Float32Array([1e30, 1e30]))).toEqual([0.5, 0.5]);
  });

  test("scores without a choice are refused", () => {
    const draw = (...scores: number[]): number => new Sampler({ temperature: 0 }).draw(new Float32Array(scores));
    expect(() => draw()).toThrow("there are no scores");
    expect(() => draw(0, NaN)).toThrow("score 1 is NaN");
    expect(() => draw(NaN, 0)).toThrow("score 0 is NaN");
    expect(() => draw(Infinity)).toThrow("+Infinity");
    expect(() => draw(-Infinity, -Infinity)).toThrow("nothing may be chosen");
  });

  test.each([
    { temperature: -1 },
    { temperature: NaN },
    { temperature: Infinity },
    { topK: 0 },
    { topK: 1.5 },
    { topK: -3 },
    { topP: 0 },
    { topP: 1.1 },
    { topP: NaN },
    { minP: -0.1 },
    { minP: 2 },
    { repetitionPenalty: 0 },
    { frequencyPenalty: NaN },
    { presencePenalty: Infinity },
    { penaltyWindow: 0 },
    { noRepeat: -1 },
    { topp: 1 } as SamplerOptions,
  ])("refuses %j", (options) => {
    expect(() => new Sampler(options)).toThrow(Object.keys(options)[0]);
  });
});

/** Always prefers the number after the one read; its state is the last token. */
class Counter implements Stepper<number> {
  readonly size = 5;
  readonly read: number[] = [];
  step(token: number): Float32Array {
    this.read.push(token);
    return new Float32Array(5).fill(1, (token + 1) % 5, ((token + 1) % 5) + 1);
  }
  save(): number {
    return this.read.length;
  }
  restore(state: number): void {
    this.read.length = state;
  }
}

test("generation reads the prompt, then what it writes, and nothing it need not", () => {
  const counter = new Counter();
  const greedy = new Sampler({ temperature: 0 });
  expect([...generate(counter, greedy, { prompt: [0, 2], length: 4 })]).toEqual([3, 4, 0, 1]);
  expect(counter.read).toEqual([0, 2, 3, 4, 0]);
  expect([...generate(counter, greedy, { prompt: [0], length: 0 })]).toEqual([]);
  expect(() => [...generate(counter, greedy, { prompt: [], length: 1 })]).toThrow("at least one token");
});
