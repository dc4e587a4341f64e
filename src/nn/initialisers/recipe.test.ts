import { describe, expect, test } from "vitest";
import {
  bias,
  type CellDefinition,
  defineCell,
  gain,
  inputWeight,
  linear,
  peephole,
  recurrentWeight,
  sigmoid,
  tanh,
} from "../../cell/index.js";
import { Rng } from "../../runtime/index.js";
import { Tensor } from "../../tensor/index.js";
import {
  CELLS,
  elman,
  gru,
  independentRnn,
  jordan,
  lstm,
  recurrentHighway,
  simpleRecurrentUnit,
} from "../cells/index.js";
import { departure } from "./departure.js";
import { orthogonalFused } from "./orthogonal.js";
import { chrono, type GateBias } from "./chrono.js";
import { irnn } from "./irnn.js";
import { initialise, type InitialiserPreset } from "./recipe.js";
import { constant, fill, identity, inverseRootHidden, normal } from "./rules.js";
import { deepCell } from "../deep-cell.js";
import { Linear } from "../linear.js";
import { Recurrent } from "../recurrent.js";
import { IRNN } from "../irnn.js";

const largest = (values: number[]): number => Math.max(...values.map(Math.abs));

const both = (net: Recurrent, name: string): number[] => net.stack[0].parameters[name].toArray();

test("fill overwrites one parameter", () => {
  const head = new Linear({ inputSize: 16, outputSize: 30 });
  expect(fill(head.weight, inverseRootHidden, new Rng(1))).toBe(head.weight);
  expect(largest(head.weight.toArray())).toBeLessThanOrEqual(0.25);
  expect(largest(head.weight.toArray())).toBeGreaterThan(0.24);
  expect(fill(head.bias!, constant(2), new Rng(1)).toArray()).toEqual(Array(30).fill(2));
});

describe("initialise", () => {
  test("pytorch repeats what a new network draws, for every layer and direction", () => {
    const options = { inputSize: 3, hiddenSize: 5, layers: 2, bidirectional: true };
    const [made, again] = [new Recurrent(lstm, options, new Rng(8)), new Recurrent(lstm, options, new Rng(9))];
    expect(initialise(again, "pytorch", new Rng(8))).toBe(again);
    for (const [name, tensor] of Object.entries(made.stateDict())) {
      expect(again.stateDict()[name].toArray()).toEqual(tensor.toArray());
    }
  });

  test("keras: fused Glorot bound, fused orthogonal, biases 0 and 1 where it forgets", () => {
    const net = initialise(new Recurrent(lstm, { inputSize: 10, hiddenSize: 20, dtype: "f64" }), "keras", new Rng(1));
    const bound = Math.sqrt(6 / (10 + 80));
    expect(largest(both(net, "weight_ih"))).toBeLessThanOrEqual(bound);
    expect(largest(both(net, "weight_ih"))).toBeGreaterThan(0.99 * bound);
    expect(departure(both(net, "weight_hh"), 80, 20)).toBeLessThan(1e-13);
    const expected = Array.from({ length: 80 }, (_, r) => (r >= 20 && r < 40 ? 1 : 0));
    expect(both(net, "bias_ih")).toEqual(expected);
    expect(both(net, "bias_hh")).toEqual(expected.map(() => 0));
  });

  test("article: per gate, float32 within 1e-6 of orthogonal; a cell without a forget gate gets no 1", () => {
    const net = initialise(new Recurrent(lstm, { inputSize: 10, hiddenSize: 20 }), "article", new Rng(1));
    for (let g = 0; g < 4; g++) {
      expect(departure(both(net, "weight_hh").slice(400 * g, 400 * (g + 1)), 20, 20)).toBeLessThan(1e-6);
    }
    expect(largest(both(net, "weight_ih"))).toBeGreaterThan(Math.sqrt(6 / (10 + 80)));
    expect(both(net, "bias_ih").reduce((a, b) => a + b)).toBe(20);
    const other = initialise(new Recurrent(gru, { inputSize: 4, hiddenSize: 6 }), "article", new Rng(1));
    expect(largest([...both(other, "bias_ih"), ...both(other, "bias_hh")])).toBe(0);
  });

  test("irnn, and a cell with a matrix onto its output", () => {
    const net = initialise(new Recurrent(jordan, { inputSize: 4, hiddenSize: 6, outputSize: 6 }), "irnn", new Rng(1));
    expect(both(net, "weight_hh")).toEqual(Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0)));
    expect(largest(both(net, "weight_ho"))).toBeLessThan(0.006);
    expect(largest(both(net, "weight_ho"))).toBeGreaterThan(0.001);
    expect(largest(both(net, "bias_ho"))).toBe(0);
  });

  test("an IRNN is rectified units that start as the identity, and keeps what it has", () => {
    const options = { inputSize: 3, hiddenSize: 4, layers: 2 };
    const net = new IRNN({ ...options, std: 0.01 }, new Rng(3));
    expect(net.cell).toBe(CELLS["elmanRelu"]);
    const same = initialise(new Recurrent(net.cell, options, new Rng(5)), irnn({ std: 0.01 }), new Rng(3));
    expect(net.parameters().map((p) => p.toArray())).toEqual(same.parameters().map((p) => p.toArray()));
    const preset = initialise(new Recurrent(net.cell, options), "irnn", new Rng(3));
    const plain = new IRNN(options, new Rng(3));
    expect(plain.parameters().map((p) => p.toArray())).toEqual(preset.parameters().map((p) => p.toArray()));
    const h = Tensor.from([1, 0, 0.25, 3], [1, 4]);
    const state = [{ h }, { h }];
    const { state: after } = new IRNN({ ...options, std: 0 }).forward(Tensor.ones([50, 1, 3]), { state: [...state] });
    expect(after[0]["h"].toArray()).toEqual(h.toArray());
    expect(both(new IRNN({ ...options, gain: 0.5 }), "weight_hh")[5]).toBe(0.5);
    expect(() => new IRNN({ ...options, std: -1 })).toThrow(/std/);
    expect(() => new IRNN({ ...options, nonlinearity: "tanh" } as never)).toThrow(/nonlinearity/);
  });

  test("chrono: forget biases spread like ln U(1, T − 1), input biases are their opposites", () => {
    const H = 500;
    const net = new Recurrent(lstm, { inputSize: 1, hiddenSize: H, dtype: "f64" });
    initialise(net, { bias: constant(0), forgetBias: chrono({ max: 200 }) }, new Rng(1));
    const [b, rest] = [both(net, "bias_ih"), both(net, "bias_hh")];
    const forget = b.slice(H, 2 * H);
    expect(b.slice(0, H)).toEqual(forget.map((v) => -v));
    expect(largest([...b.slice(2 * H), ...rest])).toBe(0);
    const spans = forget.map(Math.exp);
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...spans)).toBeLessThanOrEqual(199);
    // U(1, 199): mean 100, deviation 57.2; five standard errors of 500 draws.
    expect(Math.abs(spans.reduce((a, c) => a + c) / H - 100)).toBeLessThan((5 * 57.2) / Math.sqrt(H));
    const layers = new Recurrent(lstm, { inputSize: 1, hiddenSize: 4, layers: 2 });
    initialise(layers, { forgetBias: chrono({ max: 50 }) }, new Rng(1));
    const [first, second] = layers.stack.map(({ parameters }) => parameters["bias_ih"].toArray().slice(4, 8));
    expect(first).not.toEqual(second);
  });

  describe("reads the gates that a cell declares", () => {
    /** Nothing to keep or to take but one state. */
    const WITHOUT = ["elman", "elmanRelu", "independentRnn", "jordan", "modReluRnn", "unitaryRnn"];
    const SPANS = { min: 1e6, max: 2e6 };
    const gated = Object.values(CELLS).filter(
      ({ forgetGate, updateGate }) => forgetGate !== null || updateGate !== null,
    );

    test("all but those that have none", () => {
      const names = gated.map(({ name }) => name);
      expect(
        Object.keys(CELLS)
          .filter((name) => !names.includes(name))
          .filter((name) => name !== "irnn"),
      ).toEqual(WITHOUT);
      const [none] = WITHOUT.map((name) => new Recurrent(CELLS[name], { inputSize: 2, hiddenSize: 3 }));
      expect(() => initialise(none, { forgetBias: 1 }, new Rng(1))).toThrow(/needs a gate that keeps the state/);
    });

    /**
     * How far the memory after a step moves with x, and with the memory before it; nothing goes through recurrent matrices.
     * A step of normalised memories is judged like any other: they keep, if not the size.
     */
    const moves = (cell: CellDefinition, forgetBias: number | GateBias): { x: number; old: number } => {
      const [I, H, B] = [2, 4, 5];
      const net = new Recurrent(cell, { inputSize: I, hiddenSize: H, dtype: "f64" }, new Rng(1));
      const recipe = {
        input: normal(0.5),
        recurrent: constant(0),
        bias: constant(0),
        peephole: constant(0),
        gain: constant(1),
        output: identity(),
        forgetBias,
      };
      initialise(net, recipe, new Rng(2));
      const memory = cell.states.some(({ name }) => name === "c") ? "c" : "h";
      const rng = new Rng(3);
      const drawn = (shape: number[]): Tensor =>
        Tensor.from(
          Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()),
          shape,
          { dtype: "f64" },
        );
      const [x, other, old, elder] = [drawn([1, B, I]), drawn([1, B, I]), drawn([B, H]), drawn([B, H])];
      const after = (input: Tensor, value: Tensor): number[] => {
        const [zeros] = net.zeroState(B);
        return net.forward(input, { state: [{ ...zeros, [memory]: value }] }).state[0][memory].toArray();
      };
      const distance = (a: number[], b: number[]): number => largest(a.map((v, i) => v - b[i]));
      const start = after(x, old);
      return { x: distance(after(other, old), start), old: distance(after(x, elder), start) };
    };

    test.each(gated)("$name keeps its memory for long spans, and lets it go for the opposite", (cell) => {
      const keeping = moves(cell, chrono(SPANS));
      expect(keeping.x).toBeLessThan(1e-4);
      expect(keeping.old).toBeGreaterThan(0.5);
      const letting = moves(cell, (units) => ({
        forget: new Float64Array(units).fill(-14),
        input: new Float64Array(units).fill(14),
      }));
      // Hundreds of times what one that keeps takes in; a reset gate that scales the whole candidate halves it. The upper
      // layers of a highway take what their recurrent matrices say, here nothing.
      if (cell !== CELLS["recurrentHighway3"]) expect(letting.x).toBeGreaterThan(0.05);
      expect(letting.old).toBeLessThan(1e-4);
      // A number says how open the gate that keeps is, whatever a cell calls open.
      expect(moves(cell, 14).old).toBeGreaterThan(0.5);
      expect(moves(cell, -14).old).toBeLessThan(1e-4);
    });

    test("a preset starts a forget gate keeping, tied or not, and leaves a GRU half open", () => {
      const biasesOf = (cell: CellDefinition, name = "bias_ih"): number[] =>
        both(initialise(new Recurrent(cell, { inputSize: 2, hiddenSize: 1 }), "article", new Rng(1)), name);
      expect(biasesOf(CELLS["coupledLstm"])).toEqual([-1, 0, 0]);
      expect(biasesOf(CELLS["coupledLstmForget"])).toEqual([1, 0, 0]);
      expect(biasesOf(gru)).toEqual([0, 0, 0]);
      // What is built around it says the same.
      expect(biasesOf(deepCell(CELLS["coupledLstm"], 2), "l1_bias_ih")).toEqual([-1, 0, 0]);
    });

    test("biases that are added up share it, those of layers of a step each have it", () => {
      const lstmNet = initialise(
        new Recurrent(lstm, { inputSize: 2, hiddenSize: 2 }),
        { bias: constant(3), forgetBias: 5 },
        new Rng(1),
      );
      expect(both(lstmNet, "bias_ih")).toEqual([3, 3, 5, 5, 3, 3, 3, 3]);
      expect(both(lstmNet, "bias_hh")).toEqual([3, 3, 0, 0, 3, 3, 3, 3]);
      const highway = initialise(
        new Recurrent(recurrentHighway(3), { inputSize: 2, hiddenSize: 2 }),
        { bias: constant(0), forgetBias: 3 },
        new Rng(1),
      );
      for (const layer of [1, 2, 3]) expect(both(highway, `bias_${layer}`)).toEqual([0, 0, -3, -3]);
      const unit = initialise(
        new Recurrent(simpleRecurrentUnit, { inputSize: 2, hiddenSize: 2 }),
        "article",
        new Rng(1),
      );
      expect([both(unit, "bias_f"), both(unit, "bias_r")]).toEqual([
        [1, 1],
        [0, 0],
      ]);
    });
  });

  test("a recipe may name the gates itself; roles it leaves out are not touched", () => {
    const net = new Recurrent(gru, { inputSize: 3, hiddenSize: 4 }, new Rng(2));
    const before = net.stateDict();
    const kept = Object.fromEntries(Object.entries(before).map(([name, tensor]) => [name, tensor.toArray()]));
    initialise(net, { forgetBias: 2, gates: { forget: "z" } }, new Rng(1));
    expect(both(net, "weight_hh")).toEqual(kept["weight_hh_l0"]);
    expect(both(net, "bias_ih")).toEqual(kept["bias_ih_l0"].map((v, i) => (i >= 4 && i < 8 ? 2 : v)));
    expect(both(net, "bias_hh")).toEqual(kept["bias_hh_l0"].map((v, i) => (i >= 4 && i < 8 ? 0 : v)));
  });

  test.each(Object.keys(CELLS))("every preset fits %s", (name) => {
    for (const preset of ["pytorch", "keras", "article", "irnn"] as const) {
      const net = new Recurrent(CELLS[name], { inputSize: 3, hiddenSize: 4, dtype: "f64" }, new Rng(2));
      initialise(net, preset, new Rng(1));
      for (const [param, spec] of Object.entries(CELLS[name].params)) {
        const { role } = spec;
        const start = (spec.kind === "vector" && spec.start) || 1;
        if (role === "gain") expect(new Set(both(net, param))).toEqual(new Set([start]));
        if (role === "bias" && preset === "irnn") expect(new Set(both(net, param))).toEqual(new Set([0]));
        if (role === "recurrent" && preset === "article")
          expect(Math.max(...both(net, param).map(Math.abs))).toBeGreaterThan(0.1);
      }
    }
  });

  test.each(Object.values(CELLS))("a new layer of $name is preset pytorch, bit for bit", (cell) => {
    for (const dtype of ["f32", "f64"] as const) {
      const options = { inputSize: 3, hiddenSize: 4, layers: 2, bidirectional: true, dtype };
      const [fresh, preset] = [new Rng(5), new Rng(6)].map((rng) => new Recurrent(cell, options, rng));
      initialise(preset, "pytorch", new Rng(5));
      expect(preset.parameters().map((p) => p.toArray())).toEqual(fresh.parameters().map((p) => p.toArray()));
    }
  });

  test("a vector starts where its definition says, a gain at 1, and a recipe has the last word", () => {
    const { batchNormLstm, layerNormLstm } = CELLS;
    const of = (cell: CellDefinition): Recurrent =>
      new Recurrent(cell, { inputSize: 2, hiddenSize: 3, dtype: "f64" }, new Rng(1));
    const normal = of(batchNormLstm);
    expect([both(normal, "gain_c"), both(normal, "bias_c")]).toEqual([Array(3).fill(0.1), Array(3).fill(0)]);
    expect(new Set(both(normal, "bias")).size).toBe(12);
    expect(both(of(layerNormLstm), "gain_ih")).toEqual(Array(12).fill(1));
    expect(both(initialise(normal, "irnn", new Rng(1)), "gain_hh")).toEqual(Array(12).fill(0.1));
    initialise(normal, { gain: constant(1), bias: constant(2) }, new Rng(1));
    expect([both(normal, "gain_c"), both(normal, "bias_c")]).toEqual([Array(3).fill(1), Array(3).fill(2)]);
  });

  test("a vector on the state is the diagonal of a recurrent matrix", () => {
    const unit = new Recurrent(independentRnn, { inputSize: 2, hiddenSize: 4, dtype: "f64" }, new Rng(1));
    const u = both(unit, "gain_h");
    expect(new Set(u).size).toBe(4);
    expect(Math.max(...u.map(Math.abs))).toBeLessThan(0.5);
    for (const preset of ["keras", "article", "irnn"] as const)
      expect(both(initialise(unit, preset, new Rng(1)), "gain_h")).toEqual(Array(4).fill(1));
    expect(both(initialise(unit, irnn({ gain: 0.9 }), new Rng(1)), "gain_h")).toEqual(Array(4).fill(0.9));
  });

  test("reads roles and gates, never names", () => {
    const odd = defineCell({
      name: "odd",
      reference: "none",
      gates: ["keep", "i"],
      forgetGate: "keep",
      inputGate: "i",
      params: ({ input, hidden, gates }) => ({
        alpha: inputWeight(gates(hidden), input),
        beta: recurrentWeight(gates(hidden), hidden),
        gamma: bias(gates(hidden)),
        delta: gain(hidden),
        epsilon: peephole(hidden),
      }),
      state: { h: "hidden" },
      step: ({ x, p, h }) => {
        const a = linear(x, p.alpha, p.gamma);
        const u = linear(h, p.beta);
        const keep = sigmoid(a.keep.add(u.keep).add(p.epsilon.mul(h)));
        return { h: keep.mul(h).add(tanh(a.i.add(u.i)).mul(p.delta)) };
      },
      output: ({ h }) => h,
    });
    const make = (recipe: InitialiserPreset): Recurrent =>
      initialise(new Recurrent(odd, { inputSize: 3, hiddenSize: 8, dtype: "f64" }), recipe, new Rng(1));
    const net = make("article");
    expect(both(net, "gamma")).toEqual([...Array(8).fill(1), ...Array(8).fill(0)]);
    expect(departure(both(net, "beta").slice(64), 8, 8)).toBeLessThan(1e-13);
    expect(both(net, "delta")).toEqual(Array(8).fill(1));
    expect(both(net, "epsilon")).toEqual(Array(8).fill(0));
    const chronic = initialise(net, { forgetBias: chrono({ max: 9 }) }, new Rng(1));
    const b = both(chronic, "gamma");
    expect(b.slice(8)).toEqual(b.slice(0, 8).map((v) => -v));
  });

  test("errors name the cell and change nothing", () => {
    const net = new Recurrent(gru, { inputSize: 3, hiddenSize: 4 }, new Rng(2));
    const before = net.parameters().map((parameter) => parameter.toArray());
    const run = (recipe: object | string) => () => initialise(net, recipe as InitialiserPreset, new Rng(1));
    expect(run("kears")).toThrow(/Did you mean "keras"/);
    expect(run({ recurent: constant(0) })).toThrow(/Did you mean "recurrent"/);
    const simple = new Recurrent(elman, { inputSize: 3, hiddenSize: 4 }, new Rng(2));
    const kept = simple.parameters().map((parameter) => parameter.toArray());
    expect(() => initialise(simple, { input: constant(0), forgetBias: 1 }, new Rng(1))).toThrow(
      /initialise\(elman\): needs a gate that keeps the state .* gates: \{ forget/,
    );
    expect(simple.parameters().map((parameter) => parameter.toArray())).toEqual(kept);
    expect(run({ forgetBias: 1, gates: { forget: "f" } })).toThrow(/gates cannot be "f"/);
    expect(run({ bias: orthogonalFused() })).toThrow(/fills matrices only/);
    expect(net.parameters().map((parameter) => parameter.toArray())).toEqual(before);
    const bare: CellDefinition = defineCell({
      name: "bare",
      reference: "none",
      gates: ["f"],
      forgetGate: "f",
      params: ({ input, hidden, gates }) => ({ W: inputWeight(gates(hidden), input) }),
      state: { h: "hidden" },
      step: ({ x, p, h }) => ({ h: sigmoid(linear(x, p.W).f).mul(h) }),
      output: ({ h }) => h,
    });
    const biasless = new Recurrent(bare, { inputSize: 3, hiddenSize: 4 });
    expect(() => initialise(biasless, { forgetBias: 1 }, new Rng(1))).toThrow(/needs a bias of gate f/);
    expect(initialise(biasless, "keras", new Rng(1))).toBe(biasless);
  });
});
