import { describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../io/index.js";
import { runtime } from "../runtime/index.js";
import { embedding, Parameter, scope, Tensor } from "../tensor/index.js";
import {
  Adam,
  AdamW,
  Adadelta,
  Adagrad,
  ASGD,
  RMSprop,
  clipGradNorm,
  constant,
  cosine,
  type Optimizer,
  type OptimizerState,
  SGD,
  stepDecay,
  warmupLinear,
} from "./index.js";

/** A parameter of zeros with this gradient. */
function withGradient(values: number[], name?: string): Parameter {
  const parameter = new Parameter([values.length], undefined, { name });
  parameter.grad = Tensor.from(values);
  return parameter;
}

describe("step", () => {
  test("by hand: momentum takes the first gradient whole, dampening enters with the second", () => {
    const p = withGradient([1, -2]);
    const sgd = new SGD([p], { lr: 0.5, momentum: 0.5, dampening: 0.25 });
    sgd.step();
    expect(p.toArray()).toEqual([-0.5, 1]);
    sgd.step();
    // buffer = 0.5·1 + 0.75·1 = 1.25
    expect(p.toArray()).toEqual([-1.125, 2.25]);
  });

  test("Adam's first step is lr against the sign of the gradient, whatever its size", () => {
    const p = withGradient([1e-3, -1e3, 0]);
    new Adam([p], { lr: 0.25 }).step();
    expect(p.data()[0]).toBeCloseTo(-0.25, 4);
    expect(p.data()[1]).toBeCloseTo(0.25, 4);
    expect(p.data()[2]).toBe(0);
  });

  test("a parameter without a gradient is passed over and does not count the step", () => {
    const [p, late] = [withGradient([1]), new Parameter([1])];
    const adam = new Adam([p, late]);
    adam.step();
    expect(late.toArray()).toEqual([0]);
    expect(adam.state().scalars.steps).toEqual([1, 0]);
    late.grad = Tensor.from([1]);
    adam.step();
    // Its own first step, in full.
    expect(late.data()[0]).toBeCloseTo(-1e-3, 8);
  });

  test("gradScale is read in the pass and leaves the gradient alone", () => {
    const [a, b] = [withGradient([3, -5]), withGradient([0.75, -1.25])];
    for (const [p, gradScale] of [
      [a, 0.25],
      [b, 1],
    ] as const) {
      const adamW = new AdamW([p]);
      for (let i = 0; i < 3; i++) adamW.step({ gradScale });
    }
    expect(a.toArray()).toEqual(b.toArray());
    expect(a.grad!.toArray()).toEqual([3, -5]);
  });

  test("groups have settings of their own, the rest are the optimizer's", () => {
    const [a, b] = [withGradient([1]), withGradient([1])];
    new SGD([{ parameters: [a] }, { parameters: [b], lr: 0.25 }], { lr: 1 }).step({ lrScale: 0.5 });
    expect([a.item(), b.item()]).toEqual([-0.5, -0.125]);
  });

  test("a group may have momentum where the optimizer has none", () => {
    const [a, b] = [withGradient([1]), withGradient([1])];
    const sgd = new SGD([{ parameters: [a] }, { parameters: [b], momentum: 0.5 }], { lr: 1 });
    sgd.step();
    sgd.step();
    expect([a.item(), b.item()]).toEqual([-2, -2.5]);
  });

  test("zeroGrad keeps the memory", () => {
    const p = withGradient([1, 2]);
    const ptr = p.grad!.ptr;
    new SGD([p]).zeroGrad();
    expect(p.grad!.toArray()).toEqual([0, 0]);
    expect(p.grad!.ptr).toBe(ptr);
  });

  test("made within a scope it outlives the scope, and steps allocate nothing", () => {
    const p = withGradient([1, 2, 3]);
    const adam = scope(() => new Adam([p]));
    adam.step();
    const { persistentBytes, arenaBytes } = runtime().heap.stats();
    for (let i = 0; i < 1000; i++) adam.step();
    expect(runtime().heap.stats()).toMatchObject({ persistentBytes, arenaBytes });
    expect(p.toArray().every(Number.isFinite)).toBe(true);
  });
});

describe("tables of which few rows are used", () => {
  const V = 40;
  const steps = [[3, 1, 3], [39], [0, 5, 7, 3], [1]];
  /** Train a table on some rows; `look`: read the whole gradient before every update. */
  function trained(make: (p: Parameter[]) => Optimizer<never, never>, look: boolean, maxNorm = Infinity): number[] {
    const table = new Parameter(
      [V, 3],
      Array.from({ length: 3 * V }, (_, i) => ((i * 37) % 11) / 7),
    );
    const other = new Parameter([5], [1, 2, 3, 4, 5]);
    const optimizer = make([table, other]);
    for (const rows of steps) {
      optimizer.zeroGrad();
      scope(() => {
        const y = embedding(Tensor.from(Int32Array.from(rows)), table);
        y.mul(y).sum().add(other.square().sum()).backward();
      });
      if (look) expect(table.grad!.size).toBe(3 * V);
      optimizer.step({ gradScale: clipGradNorm([table, other], maxNorm).scale });
    }
    return [...table.toArray(), ...other.toArray()];
  }
  const makers: [string, (p: Parameter[]) => Optimizer<never, never>][] = [
    ["Adam", (p) => new Adam(p, { lr: 0.1 }) as never],
    ["Adam with decay", (p) => new Adam(p, { lr: 0.1, weightDecay: 0.1 }) as never],
    ["AdamW", (p) => new AdamW(p, { lr: 0.1 }) as never],
    ["lazy Adam", (p) => new Adam(p, { lr: 0.1, lazy: true }) as never],
    ["SGD", (p) => new SGD(p, { lr: 0.1 }) as never],
    ["SGD with momentum", (p) => new SGD(p, { lr: 0.1, momentum: 0.5 }) as never],
    ["RMSprop", (p) => new RMSprop(p, { lr: 0.1, momentum: 0.5, centered: true }) as never],
    ["Adagrad", (p) => new Adagrad(p, { lr: 0.1 }) as never],
    ["Adadelta", (p) => new Adadelta(p) as never],
    ["ASGD", (p) => new ASGD(p, { lr: 0.1, t0: 1 }) as never],
  ];

  test.each(makers)("%s has the same bits whether or not somebody looks at the gradient", (_, make) => {
    for (const maxNorm of [Infinity, 0.7]) expect(trained(make, true, maxNorm)).toEqual(trained(make, false, maxNorm));
  });

  test("a row that does not occur moves on with Adam and stays with lazy Adam", () => {
    const [dense, lazy] = [false, true].map((lazy) => {
      const table = new Parameter([2, 1], [1, 1]);
      const adam = new Adam([table], { lr: 0.1, lazy });
      for (const row of [0, 1]) {
        adam.zeroGrad();
        scope(() =>
          embedding(Tensor.from(Int32Array.of(row)), table)
            .sum()
            .backward(),
        );
        adam.step();
      }
      return table.toArray();
    });
    expect(lazy[0]).toBeCloseTo(0.9, 6);
    expect(dense[0]).toBeLessThan(0.85);
  });
});

describe("refusals", () => {
  const p = withGradient([1]);
  test.each<[string, () => unknown, string]>([
    ["no parameters", () => new Adam([]), "the list of parameters is empty"],
    ["one twice", () => new SGD([withGradient([1]), p, p]), "parameter number 2 is given twice"],
    [
      "a named one twice",
      () => {
        const w = withGradient([1], "weight");
        return new SGD([w, w]);
      },
      "parameter weight",
    ],
    ["an unknown option", () => new Adam([p], { beta1: 0.9 } as never), 'no option "beta1". Did you mean "betas"'],
    ["an unknown option of a group", () => new Adam([{ parameters: [p], momentum: 1 } as never]), '"momentum"'],
    ["a negative rate", () => new Adam([p], { lr: -1 }), "lr must be a finite number from 0, received -1"],
    ["a beta of 1", () => new Adam([p], { betas: [0.9, 1] }), "betas[1] must be a number from 0 to below 1"],
    ["a rate of NaN in a group", () => new SGD([{ parameters: [p], lr: NaN }]), "lr must be"],
    ["decay of rows that are passed over", () => new Adam([p], { lazy: true, weightDecay: 0.1 }), "0 with lazy"],
    ["Nesterov without momentum", () => new SGD([p], { nesterov: true }), "nesterov must be false without momentum"],
    ["an alpha of 1", () => new RMSprop([p], { alpha: 1 }), "alpha must be a number from 0 to below 1"],
    ["a negative first sum", () => new Adagrad([p], { initial: -1 }), "initial must be a finite number from 0"],
    ["a rho of 2", () => new Adadelta([p], { rho: 2 }), "rho must be"],
    ["a negative t0", () => new ASGD([p], { t0: -1 }), "t0 must be"],
    ["no evaluations to look back on", () => new ASGD([p], { nonMonotone: 0 }), "nonMonotone must be a whole number"],
    ["a scale of NaN", () => new SGD([p]).step({ gradScale: NaN }), "gradScale must be a number"],
    ["a negative bound", () => clipGradNorm([p], -1), "maxNorm must be"],
  ])("%s", (_, action, words) => {
    expect(action).toThrow(words);
  });
});

/** Through the file format, as a checkpoint does. */
function stored({ arrays, scalars }: OptimizerState): OptimizerState {
  const { tensors, metadata } = readSafetensors(writeSafetensors(arrays, [["scalars", JSON.stringify(scalars)]]));
  return { arrays: tensors as never, scalars: JSON.parse(metadata.get("scalars")!) };
}

describe("state", () => {
  const makers: [string, (p: Parameter[]) => Optimizer<never>][] = [
    ["SGD", (p) => new SGD(p, { momentum: 0.9 }) as never],
    ["Adam", (p) => new Adam(p, { weightDecay: 0.1 }) as never],
    ["AdamW", (p) => new AdamW(p) as never],
    ["RMSprop", (p) => new RMSprop(p, { momentum: 0.5, centered: true }) as never],
    ["Adagrad", (p) => new Adagrad(p, { initial: 0.1, lrDecay: 0.1 }) as never],
    ["Adadelta", (p) => new Adadelta(p) as never],
    ["ASGD", (p) => new ASGD(p, { t0: 2 }) as never],
  ];
  test.each(makers)("%s saved, loaded elsewhere and continued has the bits of one that never stopped", (_, make) => {
    const straight = [withGradient([0.3, -7, 1e-4]), withGradient([2])];
    const whole = make(straight);
    for (let i = 0; i < 4; i++) whole.step();
    const saved = stored(whole.state());
    const resumed = straight.map((p) => {
      const copy = new Parameter(p.shape, p.data());
      copy.grad = p.grad;
      return copy;
    });
    const continued = make(resumed);
    continued.load(saved);
    for (let i = 0; i < 3; i++) {
      whole.step();
      continued.step();
    }
    expect(resumed.map((p) => p.toArray())).toEqual(straight.map((p) => p.toArray()));
    expect(continued.state()).toEqual(whole.state());
    expect(whole.state().scalars.steps).toEqual([7, 7]);
  });

  test("a state is a copy", () => {
    const adam = new Adam([withGradient([1])]);
    adam.step();
    const { arrays } = adam.state();
    const kept = [...arrays.get("exp_avg.0")!.data];
    adam.step();
    expect([...arrays.get("exp_avg.0")!.data]).toEqual(kept);
  });

  test("a state of something else is refused, and nothing changes", () => {
    const adam = new Adam([withGradient([1, 2]), withGradient([3])]);
    adam.step();
    const before = adam.state();
    const other = (...sizes: number[]): OptimizerState => {
      const made = new Adam(sizes.map((n) => withGradient(Array.from({ length: n }, () => 1))));
      made.step();
      made.step();
      return made.state();
    };
    expect(() => adam.load(new AdamW([withGradient([1])]).state())).toThrow("this optimizer (Adam), received AdamW");
    expect(() => adam.load(other(2))).toThrow("as many parameters (2), received 1");
    expect(() => adam.load(other(2, 2))).toThrow("shapes (f32 [1]), received f32 [2]");
    const { arrays, scalars } = other(2, 1);
    const missing = new Map(arrays);
    missing.delete("exp_avg.1");
    expect(() => adam.load({ arrays: missing, scalars })).toThrow("as many arrays (4), received 3");
    missing.set("exp_avg.9", arrays.get("exp_avg.1")!);
    expect(() => adam.load({ arrays: missing, scalars })).toThrow("exp_avg.1");
    expect(() => adam.load({ arrays, scalars: { ...scalars, steps: [1, -1] } })).toThrow("the updates of each");
    expect(adam.state()).toEqual(before);
  });
});

describe("clipGradNorm", () => {
  test("measures across parameters and passes over those without a gradient", () => {
    const parameters = [withGradient([3]), new Parameter([5]), withGradient([0, 4])];
    expect(clipGradNorm(parameters, Infinity)).toEqual({ norm: 5, scale: 1 });
    expect(clipGradNorm(parameters, 2.5)).toEqual({ norm: 5, scale: 2.5 / (5 + 1e-6) });
    expect(clipGradNorm([], 1)).toEqual({ norm: 0, scale: 1 });
  });

  test("does not overflow where float32 would, and shows what is not finite", () => {
    expect(clipGradNorm([withGradient([1e38, 1e38])], 1).norm).toBeCloseTo(Math.SQRT2 * 1e38, -32);
    expect(clipGradNorm([withGradient([Infinity])], 1)).toEqual({ norm: Infinity, scale: 0 });
    expect(clipGradNorm([withGradient([NaN])], 1).scale).toBeNaN();
  });
});

describe("schedules", () => {
  test("constant and steps", () => {
    expect([0, 9, 10, 25].map(constant())).toEqual([1, 1, 1, 1]);
    expect([0, 9, 10, 25].map(stepDecay({ every: 10, gamma: 0.5 }))).toEqual([1, 1, 0.5, 0.25]);
  });

  test("cosine goes from 1 over the middle to the floor and stays", () => {
    const schedule = cosine({ steps: 100, floor: 0.2 });
    for (const step of [0, 13, 50, 99, 100, 1000]) {
      expect(schedule(step)).toBeCloseTo(0.2 + 0.4 * (1 + Math.cos((Math.PI * Math.min(step, 100)) / 100)), 14);
    }
    expect([schedule(0), schedule(100), schedule(1000)]).toEqual([1, 0.2, 0.2]);
  });

  test("warm-up moves at once, reaches 1, and comes down in a line", () => {
    const schedule = warmupLinear({ warmup: 4, steps: 12, floor: 0.5 });
    expect([0, 1, 3, 4, 8, 12, 20].map(schedule)).toEqual([0.25, 0.5, 1, 1, 0.75, 0.5, 0.5]);
    expect(warmupLinear({ warmup: 0, steps: 2 })(0)).toBe(1);
  });

  test("senseless settings are refused", () => {
    expect(() => stepDecay({ every: 0 })).toThrow("every must be an integer from 1");
    expect(() => cosine({ steps: 10, floor: 2 })).toThrow("floor must be");
    expect(() => warmupLinear({ warmup: 5, steps: 5 })).toThrow("steps must be an integer from 6");
  });
});
