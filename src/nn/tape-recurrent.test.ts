import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { linear, mul, scope, sigmoid, slice, tanh, Tensor, type Parameter } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import {
  type CellState,
  lstm,
  Module,
  Recurrent,
  type RecurrentState,
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
