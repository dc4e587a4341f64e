import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { concat, linear, scope, sigmoid, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import {
  type CellState,
  elman,
  forwardWindow,
  gru,
  initialise,
  lstm,
  Module,
  Recurrent,
  Stack,
  type StepModule,
  TapeRecurrent,
  truncatedWindows,
  weightsOf,
} from "./index.js";

const [T, B, I] = [5, 3, 4];
const LENGTHS = [5, 0, 2];
const normal = (seed: number, shape: number[], dtype: "f32" | "f64" = "f32"): Tensor => {
  const rng = new Rng(seed);
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return Tensor.from(values, shape, { dtype, requiresGrad: true });
};
const mixed = (dtype: "f32" | "f64"): Stack =>
  new Stack(
    {
      inputSize: I,
      dropout: 0.4,
      dtype,
      layers: [
        { cell: lstm, hiddenSize: 3, bidirectional: true },
        { cell: gru, hiddenSize: 6, skip: "residual" },
        { cell: lstm, hiddenSize: 6, bidirectional: true, merge: "mean", skip: "highway" },
        { cell: elman, hiddenSize: 2, reverse: true, skip: "dense" },
        { cell: gru, hiddenSize: 5 },
      ],
    },
    new Rng(1),
  );

describe("a stack of equal layers", () => {
  const options = { inputSize: I, hiddenSize: 3, layers: 3, bidirectional: true, dropout: 0.5 } as const;
  const plain = new Recurrent(lstm, options, new Rng(1));
  const layer = { cell: lstm, hiddenSize: 3, bidirectional: true };
  const stack = new Stack({ inputSize: I, layers: [layer, layer, layer], dropout: 0.5 }, new Rng(2));
  stack.loadStateDict(Object.fromEntries(Array.from(plain.namedParameters(), ([name, value]) => [name, value.data()])));

  it("has the names, the outputs and the states of one Recurrent, to the bit, dropout too", () => {
    expect(Object.keys(stack.stateDict())).toEqual(Object.keys(plain.stateDict()));
    const x = normal(3, [T, B, I]);
    const state = plain.zeroState(B).map((_, i) => ({ h: normal(10 + i, [B, 3]), c: normal(20 + i, [B, 3]) }));
    const weights = { weight_hh_l1_reverse: normal(30, [12, 3]) };
    for (const given of [{}, { lengths: LENGTHS, state, rng: new Rng(4) }, { segment: 2, weights }]) {
      scope(() => {
        const [mine, theirs] = [stack, plain].map((net) => net.forward(x, given));
        expect(mine.output.toArray()).toEqual(theirs.output.toArray());
        expect(mine.state.map(({ c }) => c.toArray())).toEqual(theirs.state.map(({ c }) => c.toArray()));
      });
    }
  });
});

describe("a stack of different layers", () => {
  it("names parameters by layer, with the widths that skips and merges make", () => {
    const net = mixed("f32");
    expect(net.outputWidth).toBe(5);
    const shapes = Object.fromEntries(Object.entries(net.stateDict()).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toMatchObject({
      weight_ih_l0_reverse: [12, 4],
      weight_ih_l1: [18, 6],
      weight_ih_l2: [24, 6],
      weight_highway_l2: [6, 6],
      bias_highway_l2: [6],
      weight_ih_l3: [2, 6],
      weight_ih_l4: [15, 8],
    });
    expect(net.zeroState(B).map((record) => Object.keys(record).join(""))).toEqual([
      "hc",
      "hc",
      "h",
      "hc",
      "hc",
      "h",
      "h",
    ]);
    expect(net.parameterCount).toBe(Object.values(shapes).reduce((sum, s) => sum + s.reduce((a, b) => a * b), 0));
  });

  it("is its layers one after the other, whatever lies beyond the ends", () => {
    const net = mixed("f32");
    const x = normal(3, [T, B, I]);
    for (let t = 2; t < T; t++) for (let i = 0; i < I; i++) x.data()[(t * B + 2) * I + i] = NaN;
    scope(() => {
      const [l0, l1, l2, l3, l4] = net.layers.map(
        (layer) => (v: Tensor) => layer.forward(v, { lengths: LENGTHS }).output,
      );
      const a = l0(x);
      const b = a.add(l1(a));
      const dict = net.stateDict();
      const t = sigmoid(linear(b, dict["weight_highway_l2"], dict["bias_highway_l2"]));
      const c = b.add(t.mul(l2(b).sub(b)));
      const d = concat([c, l3(c)], 2);
      const { output, state } = net.forward(x, { lengths: LENGTHS });
      expect(output.toArray()).toEqual(l4(d).toArray());
      expect(output.slice(0, 2).select(1, 2).toArray()).toEqual(Array(15).fill(0));
      expect(state).toHaveLength(7);
      // A skip does not carry on what is beyond the end.
      const first = new Stack({ inputSize: I, layers: [{ cell: gru, hiddenSize: I, skip: "residual" }] });
      expect(first.forward(x, { lengths: LENGTHS }).output.slice(0, 2).select(1, 2).toArray()).toEqual(
        Array(12).fill(0),
      );
    });
  });

  it("goes step by step with the same bits, dropout and zoneout as without a generator, and traces all states", () => {
    class Sum extends Module implements StepModule {
      readonly inputSize = 3;
      readonly outputSize = 3;
      readonly stateSizes = { total: 3 };
      step(x: Tensor, { total }: CellState): { output: Tensor; state: CellState } {
        const next = x.add(total.mul(0.5));
        return { output: next.mul(x), state: { total: next } };
      }
    }
    const net = new Stack(
      {
        inputSize: I,
        dropout: 0.4,
        layers: [
          { cell: lstm, hiddenSize: I, skip: "highway", zoneout: { c: 0.2 } },
          { cell: gru, hiddenSize: 2, skip: "dense" },
          { cell: elman, hiddenSize: 3 },
          { layer: new TapeRecurrent(new Sum()), skip: "residual" },
        ],
      },
      new Rng(1),
    );
    expect(net.suffixes).toEqual(["_l0", "_l1", "_l2", "_l3"]);
    const x = normal(3, [T, B, I]);
    scope(() => {
      const { output, state, states } = net.trace(x);
      const plain = net.forward(x);
      expect(output.toArray()).toEqual(plain.output.toArray());
      let stepped = net.zeroState(B);
      for (let t = 0; t < T; t++) {
        const next = net.step(x.select(0, t), stepped);
        stepped = next.state;
        expect(next.output.toArray()).toEqual(output.select(0, t).toArray());
        stepped.forEach((record, k) => {
          expect(Object.keys(record)).toEqual(Object.keys(states[k]));
          for (const [name, value] of Object.entries(record))
            expect(states[k][name].select(0, t).toArray()).toEqual(value.toArray());
        });
      }
      for (const [k, record] of state.entries()) {
        for (const [name, value] of Object.entries(record)) expect(stepped[k][name].toArray()).toEqual(value.toArray());
      }
      // One step of random masks is that of a sequence of one step.
      const one = x.slice(0, 0, 1);
      const rng = new Rng(8);
      expect(net.step(one.select(0, 0), undefined, { rng }).output.toArray()).toEqual(
        net.forward(one, { rng }).output.toArray(),
      );
    });
    const both = new Stack({ inputSize: I, layers: [{ cell: gru, hiddenSize: 2, bidirectional: true }] });
    expect(() => both.step(x.select(0, 0))).toThrow(/layer 0: directions must be 1/);
    const back = new Stack({ inputSize: I, layers: [{ cell: gru, hiddenSize: 2, reverse: true }] });
    expect(() => back.step(x.select(0, 0))).toThrow(expect.objectContaining({ code: "E_OPTION_NEEDS" }));
  });

  it("runs in windows that reach back further than their stride", () => {
    const layers = [
      { cell: lstm, hiddenSize: I, skip: "residual" as const },
      { cell: gru, hiddenSize: 2 },
    ];
    const net = new Stack({ inputSize: I, layers, dtype: "f64" }, new Rng(1));
    const x = normal(3, [T, B, I], "f64");
    const gradients = (run: () => void): number[][] => {
      for (const parameter of net.parameters()) parameter.grad = null;
      run();
      return net.parameters().map(({ grad }) => grad!.toArray());
    };
    const whole = gradients(() => scope(() => net.forward(x).output.square().sum().backward()));
    const windows = gradients(() => {
      let state = net.zeroState(B);
      for (const at of truncatedWindows(T, { stride: 2, window: T })) {
        state = scope(() => {
          const { output, carried } = forwardWindow(net, x.slice(0, at.from, at.to), at, state);
          output.square().sum().backward();
          return carried;
        });
      }
    });
    whole.forEach((list, i) => list.forEach((value, j) => expect(windows[i][j]).toBeCloseTo(value, 12)));
    expect(() => {
      const [at] = truncatedWindows(2, { stride: 2, window: 2 });
      forwardWindow(mixed("f32"), Tensor.zeros([2, B, I]), at);
    }).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
  });

  it("has exact gradients, with dropout and states", () => {
    const net = mixed("f64");
    const x = normal(3, [T, B, I], "f64");
    const state = net
      .zeroState(B)
      .map((record, i) =>
        Object.fromEntries(
          Object.entries(record).map(([name, { shape }], j) => [name, normal(40 + 2 * i + j, [...shape], "f64")]),
        ),
      );
    const run = (): Tensor[] => {
      const out = net.forward(x, { lengths: LENGTHS, state, rng: new Rng(5) });
      return [out.output, ...out.state.flatMap((record) => Object.values(record))];
    };
    gradcheck(run, [x, ...net.parameters(), ...state.flatMap((record) => Object.values(record))], { directions: 2 });
  });

  it("is initialised, and has its weights dropped, layer by layer as each cell declares", () => {
    const layers = [
      { cell: lstm, hiddenSize: 3, bidirectional: true },
      { cell: gru, hiddenSize: 6, skip: "highway" as const },
    ];
    const net = initialise(new Stack({ inputSize: I, layers }, new Rng(1)), "article", new Rng(2));
    const dict = net.stateDict();
    expect(dict["bias_ih_l0_reverse"].toArray()).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect(new Set(dict["bias_ih_l1"].toArray())).toEqual(new Set([0]));
    // What is no cell's stays: the bias of a highway.
    expect(dict["bias_highway_l1"].toArray()).toEqual(Array(6).fill(-1));
    const plain = new Recurrent(lstm, { inputSize: I, hiddenSize: 4, layers: 2 });
    const equal = new Stack({ inputSize: I, layers: Array(2).fill({ cell: lstm, hiddenSize: 4 }) });
    initialise(plain, "keras", new Rng(3));
    initialise(equal, "keras", new Rng(3));
    expect(equal.parameters().map((p) => p.toArray())).toEqual(plain.parameters().map((p) => p.toArray()));
    expect(() => initialise(net, { forgetBias: 1, gates: { forget: "f" } }, new Rng(1))).toThrow(/gates cannot be "f"/);

    const dropped = weightsOf(net, "recurrent", (weight) => weight.mul(0));
    expect(Object.keys(dropped)).toEqual(["weight_hh_l0", "weight_hh_l0_reverse", "weight_hh_l1"]);
    const x = normal(3, [T, B, I]);
    const zeroed = net.forward(x, { weights: dropped }).output.toArray();
    for (const name of Object.keys(dropped)) dict[name].data().fill(0);
    expect(zeroed).toEqual(net.forward(x).output.toArray());
  });

  it("takes layers that are there, modules with a step too", () => {
    class Echo extends Module implements StepModule {
      readonly inputSize = 3;
      readonly outputSize = 3;
      readonly stateSizes = { h: 3 };
      step(x: Tensor, { h }: CellState): { output: Tensor; state: CellState } {
        const next = x.add(h);
        return { output: next, state: { h: next } };
      }
    }
    const top = new TapeRecurrent(new Echo());
    const below = new Recurrent(gru, { inputSize: I, hiddenSize: 3 }, new Rng(1));
    const net = new Stack({ inputSize: I, layers: [{ layer: below }, { layer: top, skip: "residual" }] });
    const x = normal(3, [T, B, I]);
    const a = below.forward(x).output;
    expect(net.forward(x).output.toArray()).toEqual(a.add(top.forward(a).output).toArray());
    expect(() => net.forward(x, { segment: 2 })).toThrow(expect.objectContaining({ code: "E_OPTION_NEEDS" }));
  });

  const layer = { cell: gru, hiddenSize: 3 };
  it.each<[string, string, () => unknown]>([
    [
      "E_SKIP",
      'layer 1: skip "residual" adds the layer\'s input, 3 wide, to its output, 5',
      () => new Stack({ inputSize: I, layers: [layer, { cell: gru, hiddenSize: 5, skip: "residual" }] }),
    ],
    ["E_SKIP", "layer 0", () => new Stack({ inputSize: I, layers: [{ ...layer, skip: "highway" }] })],
    ["E_VALUE", "skip", () => new Stack({ inputSize: I, layers: [{ ...layer, skip: "jump" as "none" }] })],
    ["E_NUMBER", "one or more", () => new Stack({ inputSize: I, layers: [] })],
    ["E_NUMBER", "dropout", () => new Stack({ inputSize: I, layers: [layer], dropout: 2 })],
    ["E_OPTION", "hidden", () => new Stack({ inputSize: I, layers: [layer], hidden: 2 } as never)],
    ["E_OPTION", "dtype", () => new Stack({ inputSize: I, layers: [{ ...layer, dtype: "f64" } as never] })],
    [
      "E_NUMBER",
      "inputSize",
      () =>
        new Stack({ inputSize: I, layers: [layer, { layer: new Recurrent(gru, { inputSize: 2, hiddenSize: 3 }) }] }),
    ],
    [
      "E_NUMBER",
      "layers must be 1",
      () =>
        new Stack({
          inputSize: I,
          layers: [{ layer: new Recurrent(gru, { inputSize: I, hiddenSize: 3, layers: 2 }) }],
        }),
    ],
    [
      "E_STATE",
      "of 1 records",
      () => new Stack({ inputSize: I, layers: [layer] }).forward(normal(1, [T, B, I]), { state: [] }),
    ],
    [
      "E_OPTION",
      "weight_hh_l1",
      () =>
        new Stack({ inputSize: I, layers: [layer] }).forward(normal(1, [T, B, I]), {
          weights: { weight_hh_l1: normal(1, [9, 3]) },
        }),
    ],
  ])("%s: %s", (name, words, run) => {
    expect(run).toThrow(expect.objectContaining({ code: name, message: expect.stringContaining(words) }));
  });
});
