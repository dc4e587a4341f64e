import { describe, expect, it } from "vitest";
import { tangentCell, zoneout } from "../cell/index.js";
import { Judge } from "../testing/contract-judge.js";
import { curvatureIsMeasured } from "../testing/contract-curvature.js";
import { Rng, startSync } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import { CELLS, hessianVectorProduct, Recurrent } from "./index.js";

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
