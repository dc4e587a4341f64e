import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { linear, mul, scope, sigmoid, slice, tanh, Tensor, type Parameter } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import {
  type CellState,
  Dropout,
  lstm,
  Module,
  Recurrent,
  type RecurrentState,
  Stack,
  type StepDraws,
  type StepModule,
  TapeRecurrent,
} from "./index.js";

const [T, B, I, H] = [5, 4, 2, 3];
const normal = (seed: number, shape: number[]): Tensor => {
  const rng = new Rng(seed);
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return Tensor.from(values, shape, { dtype: "f64", requiresGrad: true });
};

/** An LSTM as one would write it without a cell language. */
class LstmStep extends Module implements StepModule {
  readonly inputSize = I;
  readonly outputSize = H;
  readonly stateSizes = { h: H, c: H };
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter;
  readonly bias_hh: Parameter;
  constructor({ weight_ih, weight_hh, bias_ih, bias_hh }: Readonly<Record<string, Parameter>>) {
    super();
    [this.weight_ih, this.weight_hh, this.bias_ih, this.bias_hh] = [weight_ih, weight_hh, bias_ih, bias_hh];
  }
  step(x: Tensor, { h, c }: CellState): { output: Tensor; state: CellState } {
    const a = linear(x, this.weight_ih, this.bias_ih).add(linear(h, this.weight_hh, this.bias_hh));
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => slice(a, 1, k * H, (k + 1) * H));
    const next = mul(sigmoid(f), c).add(mul(sigmoid(i), tanh(g)));
    const output = mul(sigmoid(o), tanh(next));
    return { output, state: { h: output, c: next } };
  }
}

const stepOf = (net: Recurrent, d: number): LstmStep => new LstmStep(net.stack[d].parameters);
const flags = (...rows: number[][]): Tensor =>
  Tensor.from(
    Int32Array.from({ length: T * B }, (_, i) => rows[i % B][Math.floor(i / B)]),
    [T, B],
  );
const MASK = flags([1, 0, 1, 1, 1], [0, 0, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]);
const RESET = flags([0, 0, 1, 0, 1], [0, 0, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]);

describe.each([false, true])("an LSTM written as a module, bidirectional %s", (bidirectional) => {
  const fused = new Recurrent(lstm, { inputSize: I, hiddenSize: H, bidirectional, dtype: "f64" }, new Rng(1));
  const second = bidirectional ? stepOf(fused, 1) : undefined;
  const tape = new TapeRecurrent(stepOf(fused, 0), { second, dtype: "f64" });
  const x = normal(2, [T, B, I]);
  const states = (seed: number): RecurrentState =>
    fused.zeroState(B).map((_, i) => ({ h: normal(seed + i, [B, H]), c: normal(seed + 5 + i, [B, H]) }));
  const [state, resetTo] = [states(3), states(20)];

  it("has the names of the fused one", () => {
    expect(Object.keys(tape.stateDict())).toEqual(Object.keys(fused.stateDict()));
    expect(tape.outputWidth).toBe(fused.outputWidth);
  });

  it.each<[string, object]>([
    ["all steps", {}],
    ["lengths", { lengths: [5, 2, 0, 3] }],
    ["states", { state, lengths: [5, 2, 0, 3] }],
    ["a mask", { state, mask: MASK }],
    ["resets", { state, mask: MASK, reset: RESET, resetTo }],
    ["no steps", { state, lengths: [0, 0, 0, 0] }],
  ])("computes its numbers and gradients: %s", (_, given) => {
    const leaves = [x, ...fused.parameters(), ...[...state, ...resetTo].flatMap((record) => Object.values(record))];
    const run = (net: Recurrent | TapeRecurrent): number[] => {
      for (const leaf of leaves) leaf.grad = null;
      return scope(() => {
        const { output, state: final, states } = net.trace(x, given);
        expect(net.forward(x, given).output.toArray()).toEqual(output.toArray());
        const all = [output, ...[...final, ...states].flatMap((record) => Object.values(record))];
        all
          .map((value) => value.square().sum())
          .reduce((a, b) => a.add(b))
          .backward();
        const gradients = leaves.flatMap(({ grad, size }) => grad?.toArray() ?? Array<number>(size).fill(0));
        return [...all.flatMap((value) => value.toArray()), ...gradients];
      });
    };
    const [mine, theirs] = [run(tape), run(fused)];
    expect(mine).toHaveLength(theirs.length);
    mine.forEach((value, i) =>
      expect(Math.abs(value - theirs[i])).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(theirs[i]))),
    );
  });

  it(`${bidirectional ? "has no steps" : "goes step by step"}`, () => {
    const first = x.select(0, 0);
    if (bidirectional) return expect(() => tape.step(first)).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
    const { output, state: next } = tape.step(first, state);
    const { states, output: whole } = tape.trace(x, { state });
    expect(output.toArray()).toEqual(whole.select(0, 0).toArray());
    expect(next[0]["c"].toArray()).toEqual(states[0]["c"].select(0, 0).toArray());
  });

  it("has exact gradients", () => {
    gradcheck(() => tape.forward(x, { lengths: [5, 2, 0, 3] }).output, [x, ...tape.parameters()], { directions: 2 });
  });
});

describe("a step that draws", () => {
  /** h′ = x ⊙ m: what comes out is the mask. */
  class Masks extends Module implements StepModule {
    readonly inputSize = I;
    readonly outputSize = I;
    readonly stateSizes = { h: I };
    readonly dropout = new Dropout({ p: 0.5 });
    readonly plain: boolean;
    /** Whether it leaves out which rows they are. */
    constructor(plain = false) {
      super();
      this.plain = plain;
    }
    step(x: Tensor, _: CellState, draws: StepDraws): { output: Tensor; state: CellState } {
      const h = this.dropout.forward(x, this.plain ? { rng: draws.rng } : draws);
      return { output: h, state: { h } };
    }
  }
  const [T, B] = [6, 5];
  const ones = Tensor.from(new Float64Array(T * B * I).fill(1), [T, B, I], { dtype: "f64" });
  const rng = new Rng(7);
  const layer = new TapeRecurrent(new Masks(), { dtype: "f64" });
  const masks = (given: object, of: TapeRecurrent | Stack = layer): number[][] =>
    scope(() => {
      const { output } = of.forward(ones, given);
      const width = output.shape[2];
      const all = output.toArray();
      return Array.from({ length: T * B }, (_, row) => all.slice(row * width, (row + 1) * width));
    });

  it("draws nothing without a generator, and the same again with the same one", () => {
    expect(new Set(masks({}).flat())).toEqual(new Set([1]));
    const drawn = masks({ rng });
    expect(new Set(drawn.flat())).toEqual(new Set([0, 2]));
    expect(masks({ rng })).toEqual(drawn);
    expect(masks({ rng: rng.split(1) })).not.toEqual(drawn);
    const plain = masks({ rng }, new TapeRecurrent(new Masks(true), { dtype: "f64" }));
    for (let t = 1; t < T; t++) expect(plain.slice(t * B, (t + 1) * B)).not.toEqual(plain.slice(0, B));
  });

  it("draws from the key, the direction and the step, whoever else is there", () => {
    const own = rng.split("step_l0");
    const numbers = Tensor.from(Int32Array.from({ length: B }, (_, b) => 3 * B + b));
    const third = new Dropout({ p: 0.5 }).forward(
      Tensor.from(new Float64Array(B * I).fill(1), [B, I], { dtype: "f64" }),
      {
        rng: own.split(3),
        rows: numbers,
      },
    );
    const all = masks({ rng });
    expect(all.slice(3 * B, 4 * B).flat()).toEqual(third.toArray());
    // Sorted by length other rows stand elsewhere, with the masks that they had.
    const lengths = [2, 6, 0, 4, 6];
    masks({ rng, lengths }).forEach((mask, row) => {
      expect(mask).toEqual(Math.floor(row / B) < lengths[row % B] ? all[row] : [0, 0]);
    });
    expect(layer.step(ones.select(0, 0), undefined, { rng }).output.toArray()).toEqual(all.slice(0, B).flat());
  });

  it("each direction has its own, and one that is read from its end knows its rows", () => {
    const both = masks({ rng }, new TapeRecurrent(new Masks(), { second: new Masks(), dtype: "f64" }));
    expect(both.map((mask) => mask.slice(0, I))).toEqual(masks({ rng }));
    const second = both.map((mask) => mask.slice(I));
    expect(second).not.toEqual(masks({ rng }));
    const reverse = new TapeRecurrent(new Masks(), { reverse: true, dtype: "f64" });
    const lengths = [6, 3, 6, 1, 6];
    const [whole, ragged] = [masks({ rng }, reverse), masks({ rng, lengths }, reverse)];
    // A sequence of all steps has the masks that it had, whatever the others are.
    for (const b of [0, 2, 4]) {
      for (let t = 0; t < T; t++) expect(ragged[t * B + b]).toEqual(whole[t * B + b]);
    }
  });

  it("is a layer of a stack, under the name of that", () => {
    const stack = new Stack({ inputSize: I, layers: [{ layer }, { layer }], dtype: "f64" });
    const first = masks({ rng: rng.split("layer_0") });
    const second = masks({ rng: rng.split("layer_1") });
    expect(masks({ rng }, stack)).toEqual(first.map((mask, row) => mask.map((m, k) => m * second[row][k])));
    const { output } = stack.step(ones.select(0, 0), undefined, { rng });
    expect(output.toArray()).toEqual(masks({ rng }, stack).slice(0, B).flat());
  });

  it("refuses rows that are not those of what is dropped", () => {
    const dropout = new Dropout({ p: 0.5 });
    const few = Tensor.from(Int32Array.of(1, 2));
    expect(() => dropout.forward(ones, { rng, rows: few })).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
    const real = Tensor.from(new Float32Array(T * B));
    expect(() => dropout.forward(ones, { rng, rows: real })).toThrow(expect.objectContaining({ code: "E_DTYPE" }));
  });
});

describe("TapeRecurrent", () => {
  const fused = new Recurrent(lstm, { inputSize: I, hiddenSize: H, bidirectional: true, dtype: "f64" }, new Rng(1));
  const x = normal(2, [T, B, I]);

  it("runs backwards, and merges", () => {
    const [ahead, back] = [stepOf(fused, 0), stepOf(fused, 1)];
    const both = new TapeRecurrent(ahead, { second: back, merge: "sum", dtype: "f64" });
    const [one, two] = [false, true].map(
      (reverse) => new TapeRecurrent(reverse ? back : ahead, { reverse, dtype: "f64" }).forward(x).output,
    );
    expect(both.forward(x).output.toArray()).toEqual(one.add(two).toArray());
  });

  it.each<[string, string, () => unknown]>([
    ["E_OPTION", "layers", () => new TapeRecurrent(stepOf(fused, 0), { layers: 2 } as never)],
    ["E_OPTION_NEEDS", "merge", () => new TapeRecurrent(stepOf(fused, 0), { merge: "sum" })],
    [
      "E_OPTION_NEEDS",
      "reverse",
      () => new TapeRecurrent(stepOf(fused, 0), { second: stepOf(fused, 1), reverse: true }),
    ],
    [
      "E_SHAPE",
      "TapeRecurrent",
      () => new TapeRecurrent(stepOf(fused, 0), { dtype: "f64" }).forward(normal(1, [T, B, 5])),
    ],
    ["E_DTYPE", "TapeRecurrent", () => new TapeRecurrent(stepOf(fused, 0)).forward(x)],
    ["E_STATE", "1 records", () => new TapeRecurrent(stepOf(fused, 0), { dtype: "f64" }).forward(x, { state: [] })],
    [
      "E_SHAPE",
      "the state c of a step",
      () => {
        const step = stepOf(fused, 0);
        step.step = (given, { h }) => ({ output: h, state: { h, c: given } });
        return new TapeRecurrent(step, { dtype: "f64" }).forward(x);
      },
    ],
  ])("%s: %s", (name, words, run) => {
    expect(run).toThrow(expect.objectContaining({ code: name, message: expect.stringContaining(words) }));
  });
});
