import { describe, expect, it } from "vitest";
import {
  bias,
  columnNorm,
  defineCell,
  givenColumnMeans,
  inputWeight,
  linear,
  planCell,
  recurrentWeight,
  tanh,
} from "../cell/index.js";
import { Adam } from "../optim/index.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import { batchNormLstm, Linear, lstm, PopulationStatistics, Recurrent, type RecurrentInput } from "./index.js";

const [T, B, I, H] = [6, 5, 3, 4];
const drawn = (seed: number, shape: number[], dtype: "f32" | "f64" = "f64"): Tensor => {
  const rng = new Rng(seed);
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return Tensor.from(values, shape, { dtype });
};
const network = (more: object = {}): Recurrent =>
  new Recurrent(batchNormLstm, { inputSize: I, hiddenSize: H, dtype: "f64", ...more }, new Rng(1));
const flags = (values: readonly number[]): Tensor => Tensor.from(Int32Array.from(values), [T, B]);
// Every step that is left has two rows or more: a single row has no statistics to gather.
const MASK = flags(Array.from({ length: T * B }, (_, i) => ([3, 7, 8, 14, 22].includes(i) ? 0 : 1)));
const RESET = flags(Array.from({ length: T * B }, (_, i) => (i >= 2 * B && i < 3 * B ? 1 : 0)));
const close = (a: Tensor, b: Tensor, digits = 12): void => {
  expect(a.shape).toEqual(b.shape);
  const other = b.toArray();
  a.toArray().forEach((value, i) => expect(value).toBeCloseTo(other[i], digits));
};

describe("statistics of one batch", () => {
  it.each<[string, object, RecurrentInput]>([
    ["one layer", {}, {}],
    ["lengths", {}, { lengths: [6, 2, 6, 0, 4] }],
    ["both directions, two layers, lengths", { bidirectional: true, layers: 2 }, { lengths: [6, 2, 6, 2, 4] }],
    ["reversed, a mask with holes", { reverse: true }, { mask: MASK }],
    ["resets", { bidirectional: true }, { reset: RESET }],
    ["a state", {}, { state: [{ h: drawn(7, [B, H]), c: drawn(8, [B, H]) }] }],
    ["zoneout in expectation", { zoneout: { h: 0.1, c: 0.4 } }, {}],
  ])("give that batch the numbers of training: %s", (_, options, input) => {
    const net = network(options);
    const x = drawn(2, [T, B, I]);
    scope(() => {
      const statistics = new PopulationStatistics(net, { steps: T });
      statistics.observe(x, input);
      const [mine, theirs] = [statistics.trace(x, input), net.trace(x, input)];
      close(mine.output, theirs.output);
      mine.state.forEach(({ c }, i) => close(c, theirs.state[i]["c"]));
      mine.states.forEach(({ h }, i) => close(h, theirs.states[i]["h"]));
    });
  });
});

describe("PopulationStatistics", () => {
  it("makes every row a function of itself, whatever runs beside it", () => {
    const net = new Recurrent(batchNormLstm, { inputSize: I, hiddenSize: H, layers: 2 }, new Rng(1));
    const statistics = new PopulationStatistics(net, { steps: T });
    statistics.observe(drawn(2, [T, B, I], "f32"));
    const x = drawn(3, [T, B, I], "f32");
    const lengths = [6, 3, 5, 1, 6];
    scope(() =>
      noGrad(() => {
        const { output } = statistics.forward(x, { lengths });
        for (let b = 0; b < B; b++) {
          const alone = statistics.forward(x.slice(1, b, b + 1), { lengths: [lengths[b]] }).output;
          expect(alone.toArray()).toEqual(output.slice(1, b, b + 1).toArray());
        }
        // In training the same row says something else in other company.
        const some = net.forward(x.slice(1, 0, 2)).output.slice(1, 0, 1);
        expect(some.toArray()).not.toEqual(net.forward(x).output.slice(1, 0, 1).toArray());
      }),
    );
    expect(planCell(givenColumnMeans(batchNormLstm)).crossRow).toBeUndefined();
  });

  it("averages batches by their rows, step by step", () => {
    const net = network();
    const [a, b, both] = [0, 1, 2].map(() => new PopulationStatistics(net, { steps: 4 }));
    const [first, second] = [drawn(2, [T, B, I]), drawn(3, [3, 2, I])];
    a.observe(first, { lengths: [6, 6, 4, 4, 1] });
    b.observe(second);
    both.observe(first, { lengths: [6, 6, 4, 4, 1] });
    both.observe(second);
    const read = (statistics: PopulationStatistics, name: string): number[] => statistics.stateDict()[name].toArray();
    expect([a, b, both].map((one) => read(one, "rows_l0"))).toEqual([
      [5, 4, 4, 4],
      [2, 2, 2, 0],
      [7, 6, 6, 4],
    ]);
    const names = Object.keys(a.stateDict()).filter((name) => name.startsWith("column_mean"));
    expect(names).toHaveLength(18);
    for (const name of names) {
      const [one, two, all] = [a, b, both].map((statistics) => read(statistics, name));
      all.forEach((value, i) => {
        const s = Math.floor(i / H);
        const [m, n] = [[5, 4, 4, 4][s], [2, 2, 2, 0][s]];
        expect(value).toBeCloseTo((m * one[i] + n * two[i]) / (m + n), 12);
      });
    }
    both.clear();
    expect(both.parameters().every((parameter) => parameter.toArray().every((value) => value === 0))).toBe(true);
  });

  it("goes on with the last step's where it has seen no more", () => {
    const net = network();
    const [short, long] = [2, T].map((steps) => new PopulationStatistics(net, { steps }));
    for (const one of [short, long]) one.observe(drawn(2, [2, B, I]));
    const x = drawn(3, [T, B, I]);
    expect(short.forward(x).output.toArray()).toEqual(long.forward(x).output.toArray());
    short.clear();
    expect(() => short.forward(x)).toThrow(expect.objectContaining({ code: "E_STATISTICS" }));
    // One row has no statistics.
    short.observe(drawn(2, [T, 1, I]));
    expect(() => short.forward(x)).toThrow(/no batch has been observed/);
  });

  it("has exact gradients for the network", () => {
    const net = network({ bidirectional: true });
    const statistics = new PopulationStatistics(net, { steps: T });
    statistics.observe(drawn(2, [T, B, I]));
    const x = drawn(3, [T, 2, I]);
    x.requiresGrad = true;
    gradcheck(() => statistics.forward(x, { lengths: [4, 6] }).output, [x, ...net.parameters()], { directions: 2 });
    expect(statistics.parameters().every(({ grad }) => grad === null)).toBe(true);
  });

  it("travels in a state dict", () => {
    const net = network({ layers: 2 });
    const [one, other] = [0, 1].map(() => new PopulationStatistics(net, { steps: 3 }));
    one.observe(drawn(2, [T, B, I]));
    other.loadStateDict(Object.fromEntries(Array.from(one.namedParameters(), ([name, p]) => [name, p.data()])));
    const x = drawn(3, [T, 1, I]);
    expect(other.forward(x).output.toArray()).toEqual(one.forward(x).output.toArray());
  });

  it("serves any cell of the language with such statistics, and no other", () => {
    const mine = defineCell({
      name: "mine",
      reference: "none",
      params: ({ input, hidden }) => ({
        W: inputWeight(hidden, input),
        U: recurrentWeight(hidden, hidden),
        b: bias(hidden),
      }),
      state: { h: "hidden" },
      step: ({ x, p, h }) => ({ h: tanh(columnNorm(linear(x, p.W, p.b).add(linear(h, p.U)))) }),
      output: ({ h }) => h,
    });
    const net = new Recurrent(mine, { inputSize: I, hiddenSize: H, dtype: "f64" });
    const statistics = new PopulationStatistics(net, { steps: T });
    const x = drawn(2, [T, B, I]);
    statistics.observe(x);
    close(statistics.forward(x).output, net.forward(x).output);
    const plain = new Recurrent(lstm, { inputSize: I, hiddenSize: H });
    expect(() => new PopulationStatistics(plain, { steps: 2 })).toThrow(/lstm has no statistics over the rows/);
    expect(() => new PopulationStatistics(net, { steps: 0 })).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
  });

  it("evaluates a trained network one sequence at a time nearly as well as in batches", () => {
    const rng = new Rng(5);
    const layer = new Recurrent(batchNormLstm, { inputSize: 1, hiddenSize: 12 }, rng.split("layer"));
    const head = new Linear({ inputSize: 12, outputSize: 1 }, rng.split("head"));
    const batch = (seed: number): Tensor => drawn(seed, [8, 16, 1], "f32");
    // Say what came at the first step.
    const loss = (output: Tensor, x: Tensor): Tensor =>
      head.forward(output.select(0, 7)).sub(x.select(0, 0)).square().mean();
    const adam = new Adam([...layer.parameters(), ...head.parameters()], { lr: 0.02 });
    for (let step = 0; step < 150; step++) {
      scope(() => {
        const x = batch(step);
        adam.zeroGrad();
        loss(layer.forward(x).output, x).backward();
        adam.step();
      });
    }
    const statistics = new PopulationStatistics(layer, { steps: 8 });
    for (let k = 0; k < 20; k++) statistics.observe(batch(k));
    const [together, alone] = scope(() =>
      noGrad(() => {
        const x = batch(1000);
        const rows = Array.from({ length: 16 }, (_, b) => x.slice(1, b, b + 1));
        const single = rows.map((row) => loss(statistics.forward(row).output, row).item());
        return [loss(layer.forward(x).output, x).item(), single.reduce((a, b) => a + b) / 16];
      }),
    );
    expect(together).toBeLessThan(0.3);
    expect(alone).toBeLessThan(1.5 * together + 0.05);
  });
});
