import { describe, expect, test } from "vitest";
import { bias, defineCell, inputWeight, linear, planCell, recurrentWeight, tanh, zoneout } from "../cell/index.js";
import { Rng } from "../runtime/index.js";
import { streamModel } from "../stream/compile/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { elman, gru, lstm, minGru, quasiRnn } from "./cells/index.js";
import { Recurrent, type RecurrentOptions, type RecurrentState } from "./recurrent.js";
import { GRU, LSTM } from "./recurrent-classes.js";

const numbers = (shape: readonly number[], seed = 1): Float64Array => {
  const rng = new Rng(seed);
  return Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(rng.normal()));
};
const random = (shape: readonly number[], dtype: "f32" | "f64" = "f32", seed = 1): Tensor =>
  Tensor.from(numbers(shape, seed), shape, { dtype });
const sizes = { inputSize: 3, hiddenSize: 5 };

describe("options", () => {
  test("are plain JSON that makes the same layer again", () => {
    const net = new LSTM({ ...sizes, layers: 2, recurrentDropout: 0.2, zoneout: { c: 0.5, h: 0 }, updateDropout: 0.1 });
    expect(net.options).toMatchObject({
      recurrentDropoutMasks: "tied",
      updateDropoutMasks: "step",
      inputDropout: 0,
      inputDropoutMasks: "tied",
      zoneout: { c: 0.5 },
    });
    const { outputSize, ...options } = JSON.parse(JSON.stringify(net.options)) as Required<RecurrentOptions>;
    const again = new LSTM(options);
    expect(again.options.outputSize).toBe(outputSize);
    expect(again.options).toEqual(net.options);
    const x = random([4, 2, 3]);
    const run = (one: Recurrent): number[] => one.forward(x, { rng: new Rng(3) }).output.toArray();
    expect(run(again)).toEqual(run(net));
  });

  test("a rate for all states is one for each", () => {
    expect(new LSTM({ ...sizes, zoneout: 0.3 }).options.zoneout).toEqual({ h: 0.3, c: 0.3 });
    // What a window remembers of x is no state that could stay behind.
    expect(new Recurrent(quasiRnn(3), { ...sizes, zoneout: 0.3 }).options.zoneout).toEqual({ c: 0.3 });
  });

  test.each<[string, RecurrentOptions, RegExp]>([
    ["recurrentDropout", { ...sizes, recurrentDropout: 1.5 }, /E_NUMBER.*recurrentDropout must be a probability/],
    ["updateDropout", { ...sizes, updateDropout: -0.1 }, /E_NUMBER.*updateDropout/],
    ["inputDropout", { ...sizes, inputDropout: NaN }, /E_NUMBER.*inputDropout/],
    ["zoneout", { ...sizes, zoneout: { c: 2 } }, /E_NUMBER.*zoneout of c/],
    ["zoneout of no state", { ...sizes, zoneout: { z: 0.1 } }, /E_OPTION.*zoneout: there is no option "z".*h, c/],
    ["masks", { ...sizes, recurrentDropoutMasks: "per gate" as "tied" }, /E_VALUE.*tied, perGate/],
    ["input masks", { ...sizes, inputDropoutMasks: "each" as "tied" }, /E_VALUE.*inputDropoutMasks.*tied, perGate/],
    ["update masks", { ...sizes, updateDropoutMasks: "unit" as "step" }, /E_VALUE.*step, sequence/],
    ["unknown", { ...sizes, zonout: 1 } as RecurrentOptions, /E_OPTION.*zonout.*zoneout/],
  ])("%s that cannot be is refused", (_, options, message) => {
    expect(() => new LSTM(options)).toThrow(expect.objectContaining({ message: expect.anything() }));
    try {
      new LSTM(options);
    } catch (error) {
      const { code, message: text } = error as { code: string; message: string };
      expect(`${code}: ${text}`).toMatch(message);
    }
  });

  test("what a cell has nothing for is refused, unless it is off", () => {
    const code = "E_REGULARISER";
    expect(() => new Recurrent(elman, { ...sizes, updateDropout: 0.1 })).toThrow(expect.objectContaining({ code }));
    expect(() => new Recurrent(minGru, { ...sizes, recurrentDropout: 0.1 })).toThrow(/has no matrix on its state/);
    expect(() => new Recurrent(elman, { ...sizes, updateDropout: 0 })).not.toThrow();
  });
});

describe("masks", () => {
  // h′ = x: what comes out is what went in, where it was let in.
  const echo = defineCell({
    name: "echo",
    reference: "none",
    params: () => ({}),
    state: { h: "input" },
    step: ({ x }) => ({ h: x }),
    output: ({ h }) => h,
  });
  const ones = (net: Recurrent, steps: number, rng: Rng): number[] =>
    net.forward(Tensor.ones([steps, 2, 3]), { rng }).output.toArray();

  test("are a function of the generator's key: the same call twice, another key another mask", () => {
    const net = new GRU({ ...sizes, layers: 2, recurrentDropout: 0.5, zoneout: 0.2, updateDropout: 0.3 });
    expect(ones(net, 3, new Rng(1))).toEqual(ones(net, 3, new Rng(1)));
    expect(ones(net, 3, new Rng(1))).not.toEqual(ones(net, 3, new Rng(2)));
  });

  test("of the input stay the same through a sequence, those of zoneout do not", () => {
    const [T, B, I] = [6, 4, 9];
    const net = new Recurrent(echo, { inputSize: I, hiddenSize: 1, inputDropout: 0.5 });
    const dropped = net.forward(Tensor.ones([T, B, I]), { rng: new Rng(3) }).output.toArray();
    const first = dropped.slice(0, B * I);
    expect(new Set(first)).toEqual(new Set([0, 2]));
    for (let t = 1; t < T; t++) expect(dropped.slice(t * B * I, (t + 1) * B * I)).toEqual(first);
    expect(first.slice(0, I)).not.toEqual(first.slice(I, 2 * I));

    const x = Tensor.from(
      Float32Array.from({ length: T * B * I }, (_, i) => Math.floor(i / (B * I)) + 1),
      [T, B, I],
    );
    const zoned = new Recurrent(echo, { inputSize: I, hiddenSize: 1, zoneout: 0.5 });
    const steps = zoned.forward(x, { rng: new Rng(3) }).output.toArray();
    const kept = Array.from({ length: T }, (_, t) =>
      steps.slice(t * B * I, (t + 1) * B * I).map((v, i) => v === (t === 0 ? 0 : steps[(t - 1) * B * I + i])),
    );
    for (const row of kept) expect(new Set(row).size).toBe(2);
    expect(kept[1]).not.toEqual(kept[2]);
    // Without a generator the state is the mean: s ← (s + x)/2.
    const expected = zoned.forward(x).output.toArray();
    expect([0, 1, 2].map((t) => expected[t * B * I])).toEqual([0.5, 1.25, 2.125]);
  });

  test("differ from layer to layer and direction to direction", () => {
    const options = { inputSize: 5, hiddenSize: 32, layers: 2, bidirectional: true, zoneout: 0.5 };
    const net = new Recurrent(gru, options);
    const state: RecurrentState = net.zeroState(2).map(({ h }) => ({ h: Tensor.ones(h.shape) }));
    const { state: final } = net.forward(Tensor.zeros([1, 2, 5]), { state, rng: new Rng(1) });
    const kept = final.map(({ h }) =>
      h
        .toArray()
        .map((value) => (value === 1 ? "." : "x"))
        .join(""),
    );
    expect(new Set(kept).size).toBe(4);
  });

  test("hold the same rows whatever the lengths and the order in which rows are packed", () => {
    const net = new LSTM({
      ...sizes,
      layers: 2,
      recurrentDropout: 0.4,
      updateDropout: 0.2,
      zoneout: 0.3,
      inputDropout: 0.2,
    });
    const x = random([5, 3, 3]);
    const run = (lengths: number[]): number[] => net.forward(x, { lengths, rng: new Rng(4) }).output.toArray();
    const [sorted, mixed] = [run([5, 3, 2]), run([2, 3, 5])];
    const row = (all: number[], b: number, steps: number): number[] =>
      Array.from({ length: steps }, (_, t) => all.slice((t * 3 + b) * 5, (t * 3 + b + 1) * 5)).flat();
    for (const [b, steps] of [
      [0, 2],
      [1, 3],
      [2, 2],
    ]) {
      expect(row(mixed, b, steps)).toEqual(row(sorted, b, steps));
    }
  });

  test("belong to a step of the sequence, in the reverse direction too", () => {
    const [T, B, I] = [6, 2, 20];
    const net = new Recurrent(echo, { inputSize: I, hiddenSize: 1, bidirectional: true, zoneout: 0.5 });
    const x = Tensor.from(
      Float32Array.from({ length: T * B * I }, (_, i) => Math.floor(i / (B * I)) + 1),
      [T, B, I],
    );
    /** Which units took x at each step of the last sequence, forwards and backwards. */
    const taken = (lengths: number[]): boolean[][] => {
      const output = net.forward(x, { lengths, rng: new Rng(2) }).output.toArray();
      return Array.from({ length: 4 }, (_, t) =>
        output.slice((t * B + 1) * 2 * I, (t * B + 2) * 2 * I).map((v) => v === t + 1),
      );
    };
    const full = taken([6, 6]);
    expect(taken([6, 4])).toEqual(full);
    expect(full[0].slice(0, I)).not.toEqual(full[0].slice(I));
  });

  test("are the same in segments", () => {
    const net = new LSTM({ ...sizes, layers: 2, recurrentDropout: 0.4, updateDropout: 0.2, zoneout: 0.3 });
    const x = random([7, 3, 3]);
    const run = (segment?: number): number[][] =>
      scope(() => {
        for (const p of net.parameters()) p.grad = null;
        const { output } = net.forward(x, { lengths: [7, 2, 5], rng: new Rng(4), segment });
        output.sum().backward();
        return [output.toArray(), net.parameters()[1].grad!.toArray()];
      });
    const [whole, cut] = [run(), run(3)];
    expect(cut[0]).toEqual(whole[0]);
    cut[1].forEach((value, i) => expect(value).toBeCloseTo(whole[1][i], 5));
  });

  test("of candidates, all zero, leave a memory at zero", () => {
    for (const updateDropoutMasks of ["step", "sequence"] as const) {
      const net = new LSTM({ ...sizes, updateDropout: 1, updateDropoutMasks });
      const { output, state } = net.forward(random([4, 2, 3]), { rng: new Rng(1) });
      expect([...output.toArray(), ...state[0].c.toArray()].every((value) => value === 0)).toBe(true);
    }
  });
});

test("Monte Carlo: a generator draws masks without gradients too, and none means the plain layer", () => {
  const net = new GRU({ ...sizes, recurrentDropout: 0.3 });
  const x = random([3, 2, 3]);
  const runs = Array.from({ length: 3 }, (_, i) => noGrad(() => net.forward(x, { rng: new Rng(i) }).output.toArray()));
  expect(runs[0]).not.toEqual(runs[1]);
  expect(noGrad(() => net.forward(x).output.toArray())).toEqual(new GRU({ ...sizes }).forward(x).output.toArray());
});

test("one step draws the masks of a sequence of one", () => {
  const net = new LSTM({ ...sizes, recurrentDropout: 0.5, zoneout: 0.5 });
  const x = random([1, 4, 3]);
  const whole = net.forward(x, { rng: new Rng(2) });
  const step = net.step(x.reshape([4, 3]), undefined, { rng: new Rng(2) });
  expect(step.output.toArray()).toEqual(whole.output.toArray());
  expect(step.state[0].c.toArray()).toEqual(whole.state[0].c.toArray());
});

test("a stream plays the expectation", () => {
  const net = new LSTM({ ...sizes, layers: 2, zoneout: { h: 0.25, c: 0.5 }, recurrentDropout: 0.5 });
  const plain = new LSTM({ ...sizes, layers: 2 });
  const x = random([6, 1, 3]);
  const expected = net.forward(x).output.toArray();
  expect(expected).not.toEqual(plain.forward(x).output.toArray());
  const session = streamModel(net).session();
  const rows = x.toArray();
  const streamed = Array.from({ length: 6 }, (_, t) => [...session.step(rows.slice(3 * t, 3 * t + 3))]).flat();
  expect(streamed).toEqual(expected);
});

describe("inputs beside x", () => {
  const cell = defineCell({
    name: "told",
    reference: "none",
    params: ({ input, hidden }) => ({
      W: inputWeight(hidden, input),
      U: recurrentWeight(hidden, hidden),
      b: bias(hidden),
    }),
    state: { h: "hidden" },
    inputs: { now: { dim: "hidden", per: "step" }, voice: { dim: "hidden", per: "sequence" } },
    step: ({ x, p, h, now, voice }) => ({
      h: tanh(linear(x, p.W, p.b).add(linear(h, p.U)).add(now).mul(voice)),
    }),
    output: ({ h }) => h,
  });
  const net = new Recurrent(cell, { ...sizes, layers: 2, bidirectional: false });
  const [now, voice] = [random([4, 2, 5]), random([2, 5])];

  test("one record serves every layer, or each has its own", () => {
    const x = random([4, 2, 3]);
    const same = net.forward(x, { inputs: { now, voice } }).output.toArray();
    expect(
      net
        .forward(x, {
          inputs: [
            { now, voice },
            { now, voice },
          ],
        })
        .output.toArray(),
    ).toEqual(same);
    const other = random([2, 5], "f32", 9);
    expect(
      net
        .forward(x, {
          inputs: [
            { now, voice },
            { now, voice: other },
          ],
        })
        .output.toArray(),
    ).not.toEqual(same);
  });

  test("gradients of a shared record add up over layers", () => {
    const [leaf, x] = [Tensor.from(numbers([2, 5]), [2, 5], { dtype: "f32", requiresGrad: true }), random([4, 2, 3])];
    const parts = [0, 1].map(() => Tensor.from(numbers([2, 5]), [2, 5], { dtype: "f32", requiresGrad: true }));
    scope(() =>
      net
        .forward(x, { inputs: { now, voice: leaf } })
        .output.sum()
        .backward(),
    );
    scope(() =>
      net
        .forward(x, { inputs: parts.map((part) => ({ now, voice: part })) })
        .output.sum()
        .backward(),
    );
    const [a, b] = parts.map(({ grad }) => grad!.toArray());
    leaf.grad!.toArray().forEach((value, i) => expect(value).toBeCloseTo(a[i] + b[i], 5));
  });

  test.each<[string, object, string, RegExp]>([
    ["none", {}, "E_INPUT", /has an input now, expected a tensor \[4, 2, 5\], received none/],
    ["one missing", { inputs: { now } }, "E_INPUT", /has an input voice, expected a tensor \[2, 5\]/],
    ["another name", { inputs: { now, voice, mood: voice } }, "E_OPTION", /"mood".*now, voice/],
    ["another shape", { inputs: { now: voice, voice } }, "E_SHAPE", /input now/],
    ["another dtype", { inputs: { now, voice: random([2, 5], "f64") } }, "E_DTYPE", /input voice/],
    ["too many records", { inputs: [{ now, voice }] }, "E_INPUT", /or 2, one for each; received 1/],
  ])("%s: an error", (_, input, code, message) => {
    const run = (): unknown => net.forward(random([4, 2, 3]), input);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });

  test("a stream refuses them in words", () => {
    expect(() => streamModel(net)).toThrow(/has inputs beside x: now, voice/);
  });

  test("a regulariser's masks come on top of a cell's own inputs", () => {
    const zoned = new Recurrent(cell, { ...sizes, zoneout: 1 });
    const { state } = zoned.forward(random([4, 2, 3]), { inputs: { now, voice }, rng: new Rng(1) });
    expect(state[0].h.toArray().every((value) => value === 0)).toBe(true);
  });
});

test("no gradient is computed for masks", () => {
  const plan = planCell(zoneout(lstm, ["h", "c"]));
  expect(plan.bindings.inputs.map(({ name }) => name)).toEqual(["x", "zoneout_mask_h", "zoneout_mask_c"]);
  expect(plan.bindings.dInputs.map(({ name }) => name)).toEqual(["x"]);
});
