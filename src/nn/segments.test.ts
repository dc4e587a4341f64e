import { describe, expect, it, vi } from "vitest";
import { inputDropout, predictedBytes } from "../cell/index.js";
import { Rng, runtime } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { CELLS, Embedding, LSTM, lstm, Recurrent } from "./index.js";

type Numbers = Record<string, number[]>;
const [T, B, I, H] = [11, 4, 3, 5];
const LENGTHS = [4, 11, 0, 7];

function random(seed: number, shape: number[], dtype: "f32" | "f64", requiresGrad = false): Tensor {
  const rng = new Rng(seed);
  const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return Tensor.from(data, shape, { dtype, requiresGrad });
}

interface Run {
  readonly cell?: string;
  readonly dtype?: "f32" | "f64";
  readonly segment?: number;
  readonly lengths?: readonly number[];
  readonly bidirectional?: boolean;
}

/** Everything that comes out of a stack with states of its own, gradients included. */
function run({ cell = "lstm", dtype = "f64", segment, lengths, bidirectional = false }: Run): [Numbers, Numbers] {
  const options = { inputSize: I, hiddenSize: H, layers: 2, bidirectional, dtype };
  const net = new Recurrent(CELLS[cell], options, new Rng(1));
  return scope(() => {
    const x = random(2, [T, B, I], dtype, true);
    const state = net
      .zeroState(B)
      .map((record, i) =>
        Object.fromEntries(
          Object.entries(record).map(([name, { shape }]) => [name, random(i, [...shape], dtype, true)]),
        ),
      );
    const { output, state: final } = net.forward(x, { state, lengths, segment });
    let loss = output.square().sum();
    for (const record of final) for (const s of Object.values(record)) loss = loss.add(s.square().sum());
    loss.backward();
    const values: Numbers = { output: output.toArray() };
    const gradients: Numbers = { x: x.grad!.toArray() };
    final.forEach((record, i) => Object.entries(record).forEach(([n, s]) => (values[`${n}${i}`] = s.toArray())));
    state.forEach((record, i) =>
      Object.entries(record).forEach(([n, s]) => (gradients[`${n}${i}`] = s.grad!.toArray())),
    );
    for (const [name, { grad }] of net.namedParameters()) gradients[name] = grad!.toArray();
    return [values, gradients];
  });
}

function expectClose(a: Numbers, b: Numbers, tolerance: number): void {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, x] of Object.entries(a)) {
    const largest = Math.max(0, ...b[name].map(Math.abs));
    const worst = Math.max(0, ...x.map((value, i) => Math.abs(value - b[name][i])));
    expect(worst, name).toBeLessThanOrEqual(tolerance * largest);
  }
}

describe("a sequence in segments", () => {
  it.each(Object.keys(CELLS))("has the values and the gradients of the whole: %s", (cell) => {
    for (const form of [{}, { lengths: LENGTHS }, { lengths: LENGTHS, bidirectional: true }]) {
      const whole = run({ cell, ...form });
      for (const segment of [1, 4]) {
        const cut = run({ cell, segment, ...form });
        expect(cut[0]).toEqual(whole[0]);
        expectClose(cut[1], whole[1], 1e-12);
      }
    }
  });

  it("in float32 too, and is the whole where one segment holds it", () => {
    const form = { dtype: "f32", lengths: LENGTHS, bidirectional: true } as const;
    const whole = run(form);
    const cut = run({ ...form, segment: 3 });
    expect(cut[0]).toEqual(whole[0]);
    expectClose(cut[1], whole[1], 1e-5);
    // What comes of one row at a time is a chain through the segments; only sums over rows are added anew.
    for (const name of Object.keys(cut[1]).filter((each) => !/weight|bias/.test(each))) {
      expect(cut[1][name], name).toEqual(whole[1][name]);
    }
    expect(run({ ...form, segment: T })).toEqual(whole);
  });

  it("refuses what is no number of steps", () => {
    const net = new LSTM({ inputSize: I, hiddenSize: H });
    for (const segment of [0, -1, 1.5, NaN]) {
      const code = expect.objectContaining({ code: "E_NUMBER", message: expect.stringContaining("segment") });
      expect(() => net.forward(random(1, [T, B, I], "f32"), { segment })).toThrow(code);
    }
  });

  it("takes rows of a table, without gradients too, and a second pass over a graph that was kept", () => {
    const emb = new Embedding({ vocabularySize: 5, size: I }, new Rng(1));
    const net = new LSTM({ inputSize: I, hiddenSize: H, bidirectional: true }, new Rng(2));
    const ids = Tensor.from(
      new Int32Array(T * B).map((_, i) => (i * i) % 5),
      [T, B],
    );
    const leaves = [emb.weight, ...net.parameters()];
    const gradients = (segment?: number): number[][][] =>
      scope(() => {
        const loss = net.forward(emb.forward(ids), { segment, lengths: LENGTHS }).output.square().sum();
        return [true, false].map((retain) => {
          for (const leaf of leaves) leaf.grad = null;
          loss.backward({ retain });
          return leaves.map(({ grad }) => grad!.toArray());
        });
      });
    const [first, second] = gradients(4);
    expect(second).toEqual(first);
    const named = (list: number[][]): Numbers => Object.fromEntries(list.entries());
    expectClose(named(first), named(gradients()[0]), 1e-5);
    const output = (segment?: number): number[] =>
      scope(() => noGrad(() => net.forward(emb.forward(ids), { segment }).output.toArray()));
    expect(output(4)).toEqual(output());
  });
});

describe("the memory of a training pass", () => {
  /** Bytes of the arena that one pass took at most. */
  function measured(cell: string, steps: number, batch: number, segment?: number, drop = {}): number {
    const net = new Recurrent(CELLS[cell], { inputSize: 8, hiddenSize: 32, ...drop }, new Rng(1));
    const x = random(2, [steps, batch, 8], "f32", true);
    const gradient = random(3, [steps, batch, net.forward(x.slice(0, 0, 1)).output.shape[2]], "f32");
    const pass = (): void => scope(() => net.forward(x, { segment, rng: new Rng(2) }).output.backward({ gradient }));
    // The first pass makes what lasts: code, gradients of parameters.
    pass();
    const { arena } = runtime().heap;
    arena.restartPeak();
    const before = arena.usedBytes;
    pass();
    return runtime().heap.stats().arenaPeakBytes - before;
  }

  it.each(Object.keys(CELLS))("is what the plan predicts: %s", (cell) => {
    for (const segment of [undefined, 7, 25]) {
      const real = measured(cell, 100, 9, segment);
      const dims = Object.fromEntries([
        ["input", 8],
        ...["hidden", ...Object.keys(CELLS[cell].extraDims)].map((d) => [d, 32]),
      ]);
      const { peak } = predictedBytes(CELLS[cell], { batch: 9, steps: 100, dims, segment });
      expect(Math.abs(real / peak - 1), `${real} of ${peak}`).toBeLessThan(0.02);
    }
  });

  it("is what the plan predicts of masks that are copied to every step", () => {
    const dims = { input: 8, hidden: 32 };
    for (const segment of [undefined, 7]) {
      const real = measured("lstm", 100, 9, segment, { inputDropout: 0.5, inputDropoutMasks: "perGate" });
      const { peak } = predictedBytes(inputDropout(lstm, "perGate"), { batch: 9, steps: 100, dims, segment });
      expect(Math.abs(real / peak - 1), `${real} of ${peak}`).toBeLessThan(0.02);
    }
  });

  it("trains 10,000 steps in the memory of a segment and the states", () => {
    const [steps, batch, segment] = [10_000, 2, 100];
    const dims = { input: 8, hidden: 32 };
    const real = measured("lstm", steps, batch, segment);
    const { peak, kept } = predictedBytes(lstm, { batch, steps, dims, segment });
    expect(Math.abs(real / peak - 1)).toBeLessThan(0.02);
    // Output and gradient of the input: the only things as long as the sequence.
    const rows = 4 * steps * batch;
    expect(peak).toBeLessThan(1.2 * rows * (dims.input + dims.hidden));
    expect(kept).toBeLessThan(1.2 * rows * dims.hidden);
    expect(predictedBytes(lstm, { batch, steps, dims }).peak).toBeGreaterThan(5 * peak);
  });
});

it("any number of threads gives the same bits", async () => {
  const runs = [];
  for (const threads of [1, 2]) {
    vi.resetModules();
    const runtime = await import("../runtime/index.js");
    const machine = runtime.startSync({ threads });
    const nn = await import("./index.js");
    const tensors = await import("../tensor/index.js");
    const net = new nn.LSTM({ inputSize: 33, hiddenSize: 65, bidirectional: true }, new runtime.Rng(2));
    const x = tensors.Tensor.from(random(1, [40, 33, 33], "f32").toArray(), [40, 33, 33], { requiresGrad: true });
    const result = tensors.scope(() => {
      const lengths = Array.from({ length: 33 }, (_, b) => (b * 7) % 41);
      const { output } = net.forward(x, { lengths, segment: 15 });
      output.square().sum().backward();
      return [output, x.grad!, ...net.parameters().map(({ grad }) => grad!)].map((t) => t.toArray());
    });
    expect(machine.counters.forks > 0).toBe(threads > 1);
    machine.stop();
    runs.push(result);
  }
  expect(runs[1]).toEqual(runs[0]);
});
