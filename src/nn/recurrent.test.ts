import { describe, expect, it } from "vitest";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { Rng } from "../runtime/index.js";
import { gradcheck } from "../testing/index.js";
import { CELLS, detachState, elman, GRU, gru, jordan, lstm, LSTM, Recurrent, RNN } from "./index.js";

const OPTIONS = { inputSize: 3, hiddenSize: 5 };
const random = (seed: number, shape: number[], requiresGrad = false): Tensor => {
  const rng = new Rng(seed);
  const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return Tensor.from(data, shape, { dtype: "f32", requiresGrad });
};
const code = (name: string) => expect.objectContaining({ code: name });

describe("parameters", () => {
  it("have PyTorch's names, order and shapes", () => {
    const net = new LSTM({ ...OPTIONS, layers: 2, bidirectional: true });
    const shapes = Object.entries(net.stateDict()).map(([name, { shape }]) => [name, ...shape]);
    expect(shapes).toEqual([
      ["weight_ih_l0", 20, 3],
      ["weight_hh_l0", 20, 5],
      ["bias_ih_l0", 20],
      ["bias_hh_l0", 20],
      ["weight_ih_l0_reverse", 20, 3],
      ["weight_hh_l0_reverse", 20, 5],
      ["bias_ih_l0_reverse", 20],
      ["bias_hh_l0_reverse", 20],
      ["weight_ih_l1", 20, 10],
      ["weight_hh_l1", 20, 5],
      ["bias_ih_l1", 20],
      ["bias_hh_l1", 20],
      ["weight_ih_l1_reverse", 20, 10],
      ["weight_hh_l1_reverse", 20, 5],
      ["bias_ih_l1_reverse", 20],
      ["bias_hh_l1_reverse", 20],
    ]);
    expect(net.parameterCount).toBe(shapes.reduce((sum, [, ...s]) => sum + (s as number[]).reduce((a, b) => a * b), 0));
  });

  it("start within ±1/√H, from the seed alone, each from a stream of its own", () => {
    const [a, b, c] = [new Rng(1), new Rng(1), new Rng(2)].map((rng) => new GRU({ ...OPTIONS, layers: 2 }, rng));
    const values = a.parameters().flatMap((p) => p.toArray());
    expect(values).toEqual(b.parameters().flatMap((p) => p.toArray()));
    expect(values).not.toEqual(c.parameters().flatMap((p) => p.toArray()));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(5));
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.4);
    const one = new GRU(OPTIONS, new Rng(1));
    expect(a.stateDict()["weight_hh_l0"].toArray()).toEqual(one.stateDict()["weight_hh_l0"].toArray());
  });

  it("RNN chooses its nonlinearity, the cells with a width of their own take outputSize", () => {
    expect(new RNN({ ...OPTIONS, nonlinearity: "relu" }).cell.name).toBe("elmanRelu");
    expect(() => new RNN({ ...OPTIONS, nonlinearity: "selu" as "relu" })).toThrow(/nonlinearity.*tanh, relu/s);
    const net = new Recurrent(jordan, { ...OPTIONS, outputSize: 2, layers: 2 });
    expect(net.stateDict()["weight_ih_l1"].shape).toEqual([5, 2]);
    expect(net.forward(random(1, [4, 2, 3])).output.shape).toEqual([4, 2, 2]);
  });
});

describe("options that make no sense", () => {
  it.each<[string, string, () => unknown]>([
    ["E_OPTION", "hiddensize", () => new LSTM({ ...OPTIONS, hiddensize: 3 } as never)],
    ["E_OPTION", "outputSize", () => new LSTM({ ...OPTIONS, outputSize: 3 })],
    ["E_NUMBER", "layers", () => new LSTM({ ...OPTIONS, layers: 0 })],
    ["E_NUMBER", "hiddenSize", () => new LSTM({ ...OPTIONS, hiddenSize: 2.5 })],
    ["E_NUMBER", "inputSize", () => new LSTM({ ...OPTIONS, inputSize: NaN })],
    ["E_NUMBER", "dropout", () => new LSTM({ ...OPTIONS, dropout: 1.5 })],
  ])("%s: %s", (name, words, make) => {
    expect(make).toThrow(expect.objectContaining({ code: name, message: expect.stringContaining(words) }));
  });
});

describe("forward", () => {
  const net = new Recurrent(lstm, { ...OPTIONS, layers: 2, bidirectional: true });

  it("returns one form, whatever the options", () => {
    const { output, state } = net.forward(random(1, [4, 2, 3]));
    expect(output.shape).toEqual([4, 2, 10]);
    expect(state.map((record) => Object.entries(record).map(([name, { shape }]) => [name, ...shape]))).toEqual(
      Array.from({ length: 4 }, () => [
        ["h", 2, 5],
        ["c", 2, 5],
      ]),
    );
  });

  it("takes nothing for nothing: no steps, or no rows", () => {
    const none = net.forward(random(1, [0, 2, 3]));
    expect(none.output.shape).toEqual([0, 2, 10]);
    expect(none.state[0]["h"].toArray()).toEqual(Array(10).fill(0));
    expect(net.forward(random(1, [4, 0, 3])).output.shape).toEqual([4, 0, 10]);
    expect(net.forward(random(1, [4, 2, 3]), { lengths: [0, 0] }).output.toArray()).toEqual(Array(80).fill(0));
  });

  it.each<[string, string, () => unknown]>([
    ["E_SHAPE", "[T, B, 3], received [4, 2, 4].*time-major", () => net.forward(random(1, [4, 2, 4]))],
    ["E_SHAPE", "[T, B, 3], received [4, 3]", () => net.forward(random(1, [4, 3]))],
    ["E_LENGTHS", "received 1 of them", () => net.forward(random(1, [4, 2, 3]), { lengths: [4] })],
    ["E_LENGTHS", "received 5 for sequence 1", () => net.forward(random(1, [4, 2, 3]), { lengths: [4, 5] })],
    ["E_LENGTHS", "received -1 for sequence 0", () => net.forward(random(1, [4, 2, 3]), { lengths: [-1, 2] })],
    ["E_LENGTHS", "received 1.5 for sequence 0", () => net.forward(random(1, [4, 2, 3]), { lengths: [1.5, 2] })],
    ["E_STATE", "4 records", () => net.forward(random(1, [4, 2, 3]), { state: [] })],
    [
      "E_STATE",
      "{ h, c } in record 0",
      () => net.forward(random(1, [4, 2, 3]), { state: Array(4).fill({ h: random(1, [2, 5]) }) }),
    ],
    [
      "E_SHAPE",
      "state c of record 0: expected shape [2, 5], received [5, 2]",
      () => net.forward(random(1, [4, 2, 3]), { state: Array(4).fill({ h: random(1, [2, 5]), c: random(1, [5, 2]) }) }),
    ],
  ])("%s: %s", (name, words, run) => {
    const pattern = words.replace(/[[\]{}]/g, "\\$&");
    expect(run).toThrow(
      expect.objectContaining({ code: name, message: expect.stringMatching(new RegExp(pattern, "s")) }),
    );
  });

  it("refuses numbers of another kind", () => {
    const double = Tensor.from(new Float64Array(24), [4, 2, 3], { dtype: "f64" });
    expect(() => net.forward(double)).toThrow(code("E_DTYPE"));
    const state = Array(4).fill({ h: random(1, [2, 5]), c: Tensor.zeros([2, 5], "f64") });
    expect(() => net.forward(random(1, [4, 2, 3]), { state })).toThrow(code("E_DTYPE"));
  });

  it("leaves its inputs alone", () => {
    const x = random(1, [4, 2, 3], true);
    const state = [{ h: random(2, [2, 5], true), c: random(3, [2, 5], true) }];
    const before = [x, state[0].h, state[0].c].map((t) => t.toArray());
    const one = new LSTM(OPTIONS);
    scope(() =>
      one
        .forward(x, { state, lengths: [4, 2] })
        .output.sum()
        .backward(),
    );
    expect([x, state[0].h, state[0].c].map((t) => t.toArray())).toEqual(before);
  });
});

describe("backward with retain", () => {
  it("gives the same gradients a second time", () => {
    const net = new LSTM({ ...OPTIONS, layers: 2, bidirectional: true });
    const x = random(1, [4, 3, 3], true);
    scope(() => {
      const loss = net
        .forward(x, { lengths: [4, 0, 2] })
        .output.square()
        .sum();
      const gradients = [true, false].map((retain) => {
        for (const leaf of [x, ...net.parameters()]) leaf.grad = null;
        loss.backward({ retain });
        return [x, ...net.parameters()].map(({ grad }) => grad!.toArray());
      });
      expect(gradients[1]).toEqual(gradients[0]);
    });
  });
});

describe("step", () => {
  it("is one step of forward, and not for stacks that start at the end", () => {
    const net = new GRU({ ...OPTIONS, layers: 2 });
    const x = random(1, [1, 2, 3]);
    const whole = net.forward(x);
    const one = net.step(x.reshape([2, 3]));
    expect(one.output.shape).toEqual([2, 5]);
    expect(one.output.toArray()).toEqual(whole.output.toArray());
    expect(one.state[1]["h"].toArray()).toEqual(whole.state[1]["h"].toArray());
    expect(() => new GRU({ ...OPTIONS, bidirectional: true }).step(x.reshape([2, 3]))).toThrow(code("E_NUMBER"));
    expect(() => net.step(random(1, [2, 4]))).toThrow(code("E_SHAPE"));
  });
});

describe("dropout", () => {
  const x = random(1, [6, 4, 3]);
  const net = new Recurrent(gru, { ...OPTIONS, layers: 2, dropout: 0.5 });
  const out = (rng?: Rng, lengths?: number[]): number[] =>
    scope(() => noGrad(() => net.forward(x, { rng, lengths }).output.toArray()));

  it("is nothing without rng, and a function of rng alone with it", () => {
    const plain = new Recurrent(gru, { ...OPTIONS, layers: 2 });
    plain.loadStateDict(Object.fromEntries(Object.entries(net.stateDict()).map(([n, v]) => [n, v.toArray()])));
    expect(out()).toEqual(scope(() => plain.forward(x).output.toArray()));
    expect(out(new Rng(3))).toEqual(out(new Rng(3)));
    expect(out(new Rng(3))).not.toEqual(out(new Rng(4)));
    expect(out(new Rng(3))).not.toEqual(out());
  });

  it("drops the same units of a row, whatever the lengths of the others", () => {
    const [full, ragged] = [out(new Rng(3)), out(new Rng(3), [6, 2, 6, 0])];
    const rowOf = (data: number[], b: number): number[] => data.filter((_, i) => Math.floor(i / 5) % 4 === b);
    expect(rowOf(ragged, 0)).toEqual(rowOf(full, 0));
    expect(rowOf(ragged, 2)).toEqual(rowOf(full, 2));
  });
});

describe("a network that is evaluated", () => {
  it("has gradients, of parameters, x and states, with every regulariser on: nothing has to be switched", () => {
    const regularised = {
      layers: 2,
      dropout: 0.5,
      inputDropout: 0.3,
      recurrentDropout: 0.3,
      updateDropout: 0.2,
      zoneout: { h: 0.1, c: 0.4 },
    };
    const net = new Recurrent(lstm, { ...OPTIONS, ...regularised, dtype: "f64" }, new Rng(1));
    const doubles = (seed: number, shape: number[]): Tensor =>
      Tensor.from(random(seed, shape).toArray(), shape, { dtype: "f64", requiresGrad: true });
    const x = doubles(1, [4, 3, OPTIONS.inputSize]);
    const state = net
      .zeroState(3)
      .map((record, i) =>
        Object.fromEntries(
          Object.entries(record).map(([name, { shape }], j) => [name, doubles(5 + 2 * i + j, [...shape])]),
        ),
      );
    const leaves = [x, ...net.parameters(), ...state.flatMap((record) => Object.values(record))];
    gradcheck(() => net.forward(x, { state, lengths: [4, 2, 3] }).output, leaves, { directions: 2 });
    // What is dropped is the same number without randomness; what is zoned out is not the plain network's.
    const { zoneout: _, ...dropping } = regularised;
    const plain = new Recurrent(lstm, { ...OPTIONS, layers: 2, dtype: "f64" }, new Rng(1));
    const outputs = [dropping, regularised].map((options) =>
      new Recurrent(lstm, { ...OPTIONS, ...options, dtype: "f64" }, new Rng(1)).forward(x).output.toArray(),
    );
    expect(outputs[0]).toEqual(plain.forward(x).output.toArray());
    expect(outputs[1]).not.toEqual(outputs[0]);
  });
});

describe("detachState", () => {
  it("keeps the numbers and forgets the past", () => {
    const net = new LSTM(OPTIONS);
    const x = random(1, [3, 2, 3], true);
    const { state } = net.forward(x);
    const carried = detachState(state);
    expect(carried[0]["c"].toArray()).toEqual(state[0]["c"].toArray());
    expect(carried[0]["c"].requiresGrad).toBe(false);
    net
      .forward(random(2, [3, 2, 3]), { state: carried })
      .output.sum()
      .backward();
    expect(x.grad).toBeNull();
  });
});

it("every cell is known by its own name", () => {
  for (const [name, cell] of Object.entries(CELLS)) expect(cell.name).toBe(name);
  expect(CELLS["elman"]).toBe(elman);
});
