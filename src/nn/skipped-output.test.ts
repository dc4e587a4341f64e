import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import { type CellState, gru, lstm, Module, Recurrent, Stack, type StepModule, TapeRecurrent } from "./index.js";

const [T, B, I, H] = [6, 3, 2, 4];
const rng = new Rng(1);
const x = Tensor.from(
  Float32Array.from({ length: T * B * I }, () => rng.normal()),
  [T, B, I],
);
/** By sequence: holes inside, none at the start; a late start; nothing at all. */
const VALID = [
  [1, 0, 1, 1, 0, 0],
  [0, 0, 1, 0, 1, 1],
  [0, 0, 0, 0, 0, 0],
];
const mask = Tensor.from(
  Int32Array.from({ length: T * B }, (_, i) => VALID[i % B][Math.floor(i / B)]),
  [T, B],
);
const PREVIOUS = { mask, skippedOutput: "previous" } as const;

/** What Keras's layers do, written out: a masked step carries the states and repeats the last output. */
function keras(net: Recurrent, b: number, reverse: boolean): number[][] {
  return scope(() =>
    noGrad(() => {
      let state = net.zeroState(1);
      let output = Array<number>(H).fill(0);
      const outputs: number[][] = Array.from({ length: T }, () => []);
      for (let i = 0; i < T; i++) {
        const t = reverse ? T - 1 - i : i;
        if (VALID[b][t] === 1) {
          const next = net.step(x.slice(1, b, b + 1).select(0, t), state);
          [state, output] = [next.state, next.output.toArray()];
        }
        outputs[t] = output;
      }
      return outputs;
    }),
  );
}

describe("skippedOutput", () => {
  it.each([false, true])("previous: a masked step repeats the output read before it, reverse %s", (reverse) => {
    const step = new Recurrent(lstm, { inputSize: I, hiddenSize: H, layers: 2 }, new Rng(2));
    const net = new Recurrent(lstm, { inputSize: I, hiddenSize: H, layers: 2, reverse }, new Rng(2));
    const { output, state } = net.forward(x, PREVIOUS);
    for (let b = 0; b < B; b++) {
      const expected = keras(step, b, reverse);
      for (let t = 0; t < T; t++) expect(output.select(0, t).select(0, b).toArray()).toEqual(expected[t]);
    }
    // The states are those that the zeros have beside them too.
    const zero = net.forward(x, { mask });
    expect(state.map(({ c }) => c.toArray())).toEqual(zero.state.map(({ c }) => c.toArray()));
    expect(zero.output.toArray()).toEqual(net.forward(x, { mask, skippedOutput: "zero" }).output.toArray());
    expect(zero.output.select(0, 1).select(0, 0).toArray()).toEqual(Array(H).fill(0));
  });

  it("with lengths it goes on with the last output, and without either it changes nothing", () => {
    const net = new Recurrent(gru, { inputSize: I, hiddenSize: H });
    const { output } = net.forward(x, { lengths: [6, 2, 0], skippedOutput: "previous" });
    const plain = net.forward(x).output;
    for (let t = 2; t < T; t++) {
      expect(output.select(0, t).select(0, 1).toArray()).toEqual(plain.select(0, 1).select(0, 1).toArray());
      expect(output.select(0, t).select(0, 2).toArray()).toEqual(Array(H).fill(0));
    }
    expect(net.forward(x, { skippedOutput: "previous" }).output.toArray()).toEqual(plain.toArray());
  });

  it("gradients of what is repeated go where it came from", () => {
    const net = new Recurrent(gru, { inputSize: I, hiddenSize: H, dtype: "f64" });
    const leaf = Tensor.from(x.toArray(), [T, B, I], { dtype: "f64", requiresGrad: true });
    gradcheck(() => net.forward(leaf, PREVIOUS).output, [leaf, ...net.parameters()], { directions: 2 });
  });

  it("is the same for stacks and for modules with a step", () => {
    class Sum extends Module implements StepModule {
      readonly inputSize = H;
      readonly outputSize = H;
      readonly stateSizes = { h: H };
      step(given: Tensor, { h }: CellState): { output: Tensor; state: CellState } {
        const next = given.add(h);
        return { output: next, state: { h: next } };
      }
    }
    const layer = { cell: gru, hiddenSize: H };
    const stack = new Stack({ inputSize: I, layers: [layer, { ...layer, skip: "dense" }] }, new Rng(3));
    const tape = new TapeRecurrent(new Sum());
    for (const [net, given] of [
      [stack, x],
      [tape, stack.layers[0].forward(x, { mask }).output],
    ] as const) {
      const [zero, repeated] = [net.forward(given, { mask }), net.forward(given, PREVIOUS)].map(({ output }) => output);
      for (let b = 0; b < B; b++) {
        let last = Array<number>(net.outputWidth).fill(0);
        for (let t = 0; t < T; t++) {
          if (VALID[b][t] === 1) last = zero.select(0, t).select(0, b).toArray();
          expect(repeated.select(0, t).select(0, b).toArray()).toEqual(last);
        }
      }
    }
    const turned = new Stack({ inputSize: I, layers: [layer, { ...layer, reverse: true }] });
    expect(() => turned.forward(x, PREVIOUS)).toThrow(expect.objectContaining({ code: "E_OPTION_NEEDS" }));
  });

  it("needs one direction, and one of two words", () => {
    const both = new Recurrent(gru, { inputSize: I, hiddenSize: H, bidirectional: true });
    expect(() => both.forward(x, PREVIOUS)).toThrow(expect.objectContaining({ code: "E_OPTION_NEEDS" }));
    expect(both.forward(x, { mask, skippedOutput: "zero" }).output.shape).toEqual([T, B, 2 * H]);
    expect(() => both.forward(x, { mask, skippedOutput: "last" as "zero" })).toThrow(/skippedOutput cannot be "last"/);
  });
});
