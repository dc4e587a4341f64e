import { describe, expect, it } from "vitest";
import { tangentCell, zoneout } from "../cell/index.js";
import { Judge } from "../testing/contract-judge.js";
import { curvatureIsMeasured } from "../testing/contract-curvature.js";
import { Rng, startSync } from "../runtime/index.js";
import { scope, Tensor } from "../tensor/index.js";
import {
  type CellState,
  CELLS,
  type Direction,
  hessianVectorProduct,
  Module,
  type Moving,
  Recurrent,
  Stack,
  type StepModule,
  TapeRecurrent,
} from "./index.js";

startSync({ threads: 1 });
const ragged = { T: 4, B: 5, I: 3, H: 4, layers: 2, bidirectional: true, lengths: [3, 0, 4, 1, 4] };

describe("hessianVectorProduct", () => {
  it.each(Object.values(CELLS))("$name: differences of the gradient, symmetric, linear", (cell) => {
    const judge = new Judge(cell.name, "curvature");
    curvatureIsMeasured({ cell, dtype: "f64", tolerance: 0, judge }, ragged);
    expect(judge.compared).toBeGreaterThan(100);
  });

  it("would be found wrong with the tangent of another state", () => {
    const cell = { ...CELLS.lstm };
    const own = tangentCell(cell);
    const trace = own.trace as { next: Record<string, number> };
    trace.next = { ...trace.next, c_tangent: trace.next["h_tangent"] };
    const judge = new Judge(cell.name, "curvature");
    expect(() => curvatureIsMeasured({ cell, dtype: "f64", tolerance: 0, judge }, ragged)).toThrow(/H·v .* is off by/);
  });

  it("takes cells with inputs beside x, which stand still", () => {
    const cell = zoneout(CELLS.lstm, ["h", "c"]);
    curvatureIsMeasured({ cell, dtype: "f64", tolerance: 0, judge: new Judge(cell.name, "curvature") }, ragged);
  });

  const x = Tensor.from(new Float64Array([0.3, -0.8]), [2, 1, 1], { dtype: "f64" });
  const tiny = new Recurrent(CELLS.elman, { inputSize: 1, hiddenSize: 1, dtype: "f64" }, new Rng(1));

  it("is what paper and pencil say of one step of one tanh", () => {
    const net = new Recurrent(CELLS.elman, { inputSize: 1, hiddenSize: 1, dtype: "f64" });
    const [w, u, b] = [0.7, 0.4, -0.2];
    net.parameters().forEach((parameter, i) => parameter.set([[w, u, b, 0][i]]));
    const [name] = [...net.namedParameters()][0];
    const one = Tensor.from(new Float64Array([1.5]), [1, 1, 1], { dtype: "f64" });
    const {
      parameters,
      slope,
      x: dx,
    } = hessianVectorProduct(net, one, {
      direction: { parameters: { [name]: Tensor.from(new Float64Array([2]), [1, 1], { dtype: "f64" }) } },
      loss: (_now, moving) => moving.output.sum(),
    });
    const y = Math.tanh(w * 1.5 + b);
    const [first, second] = [1 - y * y, -2 * y * (1 - y * y)];
    expect(slope).toBeCloseTo(2 * 1.5 * first, 14);
    expect(parameters[name].item()).toBeCloseTo(2 * 1.5 * 1.5 * second, 14);
    expect(dx.item()).toBeCloseTo(2 * (first + w * 1.5 * second), 14);
  });

  it("leaves weights and gradients as they are, and gives zeros for a loss that sees nothing", () => {
    const before = tiny.parameters().map((parameter) => parameter.toArray());
    const { parameters } = hessianVectorProduct(tiny, x, {
      direction: {},
      loss: (now) => now.output.constant(0),
    });
    expect(Object.keys(parameters)).toEqual([...tiny.namedParameters()].map(([name]) => name));
    for (const value of Object.values(parameters)) expect([...value.toArray()]).toEqual(value.toArray().map(() => 0));
    expect(tiny.parameters().map((parameter) => parameter.toArray())).toEqual(before);
    expect(tiny.parameters().every(({ grad }) => grad === null)).toBe(true);
  });

  describe("of a stack of different layers", () => {
    const [T, B, I] = [4, 3, 3];
    const lengths = [4, 0, 2];
    const layers = [
      { cell: CELLS["lstm"], hiddenSize: 2, bidirectional: true, skip: "dense" as const },
      { cell: CELLS["gru"], hiddenSize: 7, skip: "highway" as const },
      { cell: CELLS["elman"], hiddenSize: 7, skip: "residual" as const, zoneout: 0.2 },
      { cell: CELLS["jordan"], hiddenSize: 3, outputSize: 2 },
    ];
    const net = new Stack({ inputSize: I, layers, dtype: "f64", dropout: 0.5 }, new Rng(1));
    const rng = new Rng(2);
    const drawn = (shape: readonly number[]): Tensor =>
      Tensor.from(
        Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
        shape,
        { dtype: "f64" },
      );
    const like = (values: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
      Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, drawn(shape)]));
    const start = { parameters: net.stateDict(), x: drawn([T, B, I]), state: net.zeroState(B).map(like) };
    const weight = drawn([T, B, net.outputWidth]);
    const v = { parameters: like(start.parameters), x: drawn([T, B, I]), state: start.state.map(like) };

    /** Everything a loss ½Σ w⊙y² + Σ s depends on, as numbers in one row. */
    const flat = (all: Direction): number[] =>
      [...Object.values(all.parameters!), all.x!, ...all.state!.flatMap((record) => Object.values(record))].flatMap(
        (value) => value.toArray(),
      );
    const gradientAt = (by: number): number[] =>
      scope(() => {
        const moved = new Stack({ inputSize: I, layers, dtype: "f64" }, new Rng(9));
        const step = (value: Tensor, along: Tensor): Tensor =>
          Tensor.from(
            value.toArray().map((n, i) => n + by * along.toArray()[i]),
            value.shape,
            {
              dtype: "f64",
              requiresGrad: true,
            },
          );
        for (const [name, parameter] of moved.namedParameters()) {
          parameter.set(step(start.parameters[name], v.parameters[name]).toArray());
        }
        const x = step(start.x, v.x);
        const state = start.state.map((record, i) =>
          Object.fromEntries(Object.entries(record).map(([name, value]) => [name, step(value, v.state[i][name])])),
        );
        const run = moved.forward(x, { state, lengths });
        const ends = run.state.flatMap((record) => Object.values(record)).map((value) => value.sum());
        ends.reduce((a, b) => a.add(b), run.output.square().mul(weight).sum().mul(0.5)).backward();
        const leaves = [...moved.parameters(), x, ...state.flatMap((record) => Object.values(record))];
        return leaves.flatMap(({ grad, size }) => grad?.toArray() ?? Array<number>(size).fill(0));
      });

    it("is how fast the gradient moves, skips, ragged ends and states included", () => {
      const product = hessianVectorProduct(net, start.x, {
        direction: v,
        state: start.state,
        lengths,
        loss: (now, moving) =>
          moving.state
            .flatMap((record) => Object.values(record))
            .map((value) => value.sum())
            .reduce((a, b) => a.add(b), now.output.mul(weight).mul(moving.output).sum()),
      });
      const step = 1e-5;
      const [ahead, behind] = [gradientAt(step), gradientAt(-step)];
      const exact = flat(product);
      const largest = Math.max(...exact.map(Math.abs));
      expect(exact).toHaveLength(ahead.length);
      exact.forEach((value, i) =>
        expect(Math.abs(value - (ahead[i] - behind[i]) / (2 * step))).toBeLessThanOrEqual(1e-7 * largest),
      );
      expect(largest).toBeGreaterThan(1);
    });

    it("is that of a Recurrent where the layers are equal, and no module's with a step", () => {
      const plain = new Recurrent(CELLS["gru"], { inputSize: I, hiddenSize: 2, layers: 2, dtype: "f64" }, new Rng(3));
      const layer = { cell: CELLS["gru"], hiddenSize: 2 };
      const stack = new Stack({ inputSize: I, layers: [layer, layer], dtype: "f64" }, new Rng(4));
      stack.loadStateDict(Object.fromEntries(Array.from(plain.namedParameters(), ([name, p]) => [name, p.data()])));
      const direction = { parameters: like(plain.stateDict()) };
      const loss = (now: Moving, moving: Moving): Tensor => now.output.mul(moving.output).sum();
      const [mine, theirs] = [stack, plain].map((one) => hessianVectorProduct(one, start.x, { direction, loss }));
      expect(flat(mine)).toEqual(flat(theirs));
      class Echo extends Module implements StepModule {
        readonly inputSize = I;
        readonly outputSize = I;
        readonly stateSizes = { h: I };
        step(x: Tensor, { h }: CellState): { output: Tensor; state: CellState } {
          return { output: x.add(h), state: { h: x } };
        }
      }
      const tape = new Stack({
        inputSize: I,
        layers: [{ layer: new TapeRecurrent(new Echo(), { dtype: "f64" }) }],
        dtype: "f64",
      });
      expect(() => hessianVectorProduct(tape, start.x, { direction: {}, loss })).toThrow(
        expect.objectContaining({ code: "E_OPTION_NEEDS" }),
      );
    });
  });

  it("names what is wrong with a direction", () => {
    const ask = (direction: object): (() => unknown) => {
      return () => hessianVectorProduct(tiny, x, { direction, loss: (_, moving) => moving.output.sum() });
    };
    const [name] = [...tiny.namedParameters()][0];
    expect(ask({ parameters: { weight: x } })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(ask({ parameters: { [name]: x } })).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
    const single = Tensor.zeros([1, 1], "f32");
    expect(ask({ parameters: { [name]: single } })).toThrow(expect.objectContaining({ code: "E_DTYPE" }));
    expect(ask({ state: [] })).toThrow(expect.objectContaining({ code: "E_STATE" }));
    const both = new Recurrent(CELLS.elman, { inputSize: 1, hiddenSize: 1, bidirectional: true, merge: "sum" });
    const input = { direction: {}, loss: (_: unknown, moving: { output: Tensor }) => moving.output.sum() };
    expect(() => hessianVectorProduct(both, x, input)).toThrow(expect.objectContaining({ code: "E_VALUE" }));
  });
});
