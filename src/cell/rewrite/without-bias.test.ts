import { describe, expect, test } from "vitest";
import { CELLS, hessianVectorProduct, initialise, LSTM, Recurrent, RNN, Stack } from "../../nn/index.js";
import { Rng } from "../../runtime/index.js";
import { scope, Tensor } from "../../tensor/index.js";
import {
  bias,
  type CellDefinition,
  defineCell,
  inputWeight,
  linear,
  mean,
  recurrentWeight,
  sigmoid,
  sum,
  tanh,
  updateDropout,
} from "../index.js";
import { hasBias, withoutBias } from "./index.js";

const [T, B, I, H] = [4, 3, 5, 6];
const sizes = { inputSize: I, hiddenSize: H };
const rng = new Rng(1);
const numbers = Float64Array.from({ length: T * B * I }, () => rng.normal());

/** Outputs, final states and gradients of all parameters that are no biases. */
function run(cell: CellDefinition, bare: boolean, dtype: "f32" | "f64"): Record<string, number[]> {
  const net = new Recurrent(cell, { ...sizes, layers: 2, dtype, bias: !bare }, new Rng(2));
  const biases = new Set(Object.keys(cell.params).filter((name) => cell.params[name].role === "bias"));
  const own = [...net.namedParameters()].filter(([name, parameter]) => {
    const isBias = biases.has(name.replace(/_l\d$/u, ""));
    if (isBias) parameter.data().fill(0);
    return !isBias;
  });
  return scope(() => {
    const x = Tensor.from(numbers, [T, B, I], { dtype, requiresGrad: true });
    const { output, state } = net.forward(x, { lengths: [4, 2, 3] });
    output.square().sum().backward();
    const found: [string, number[]][] = [
      ["output", output.toArray()],
      ["x", x.grad!.toArray()],
    ];
    for (const [k, record] of state.entries())
      for (const [name, value] of Object.entries(record)) found.push([`${name}${k}`, value.toArray()]);
    for (const [name, { grad }] of own) found.push([name, grad?.toArray() ?? []]);
    return Object.fromEntries(found);
  });
}

describe("a cell without its biases", () => {
  const cells = Object.values(CELLS);

  test.each(cells.filter(hasBias))("$name computes what it does with zeros for them", (cell) => {
    for (const dtype of ["f32", "f64"] as const) {
      const [bare, zeros] = [true, false].map((without) => run(cell, without, dtype));
      expect(Object.keys(bare)).toEqual(Object.keys(zeros));
      for (const [name, values] of Object.entries(bare)) {
        const largest = Math.max(...zeros[name].map(Math.abs));
        values.forEach((value, i) => {
          expect(Math.abs(value - zeros[name][i]), name).toBeLessThanOrEqual(
            (dtype === "f64" ? 1e-14 : 1e-6) * largest,
          );
        });
      }
    }
  });

  test("is one definition, has the other parameters, and is itself where there are none", () => {
    const { lstm } = CELLS;
    const bare = withoutBias(lstm);
    expect(withoutBias(lstm)).toBe(bare);
    expect(withoutBias(bare)).toBe(bare);
    expect(Object.keys(bare.params)).toEqual(["weight_ih", "weight_hh"]);
    expect(bare).toMatchObject({ gates: lstm.gates, states: lstm.states, forgetGate: "f", inputGate: "i" });
    expect(bare.trace.graph.nodes.filter(({ kind }) => kind === "vector")).toEqual([]);
    for (const cell of cells.filter((one) => !hasBias(one))) expect(withoutBias(cell)).toBe(cell);
    // What is rewritten before or after is the same.
    expect(updateDropout(bare).inputs).toEqual(updateDropout(lstm).inputs);
  });

  test("a layer has PyTorch's names, and the weights that it would have", () => {
    const [bare, whole] = [false, true].map((own) => new LSTM({ ...sizes, layers: 2, bias: own }, new Rng(3)));
    const [few, all] = [bare, whole].map((net) => net.stateDict());
    expect(Object.keys(few)).toEqual(["weight_ih_l0", "weight_hh_l0", "weight_ih_l1", "weight_hh_l1"]);
    for (const name of Object.keys(few)) expect(few[name].toArray()).toEqual(all[name].toArray());
    expect(bare.options.bias).toBe(false);
    expect(() => new LSTM({ ...sizes, bias: "no" } as never)).toThrow(/bias must be true or false/);
    expect(new RNN({ ...sizes, bias: false, nonlinearity: "relu" }).parameters()).toHaveLength(2);
    expect(
      new Stack({ inputSize: I, layers: [{ cell: CELLS.gru, hiddenSize: H, bias: false }] }).parameters(),
    ).toHaveLength(2);
  });

  test("presets pass the forget bias over, and a recipe that has one says what is missing", () => {
    const net = new LSTM({ ...sizes, bias: false });
    expect(initialise(net, "article", new Rng(1))).toBe(net);
    expect(() => initialise(net, { forgetBias: 1 }, new Rng(1))).toThrow(/needs a bias of gate f/);
  });

  test("bends as one with zeros does", () => {
    const products = [true, false].map((own) => {
      const net = new LSTM({ ...sizes, bias: own, dtype: "f64" }, new Rng(4));
      for (const [name, parameter] of net.namedParameters()) if (name.startsWith("bias")) parameter.data().fill(0);
      const x = Tensor.from(numbers, [T, B, I], { dtype: "f64" });
      const loss = ({ output }: { output: Tensor }, moving: { output: Tensor }): Tensor =>
        output.mul(moving.output).sum();
      const { parameters } = hessianVectorProduct(net, x, { direction: { x }, loss });
      return parameters["weight_hh_l0"].toArray();
    });
    products[0].forEach((value, i) => expect(value).toBeCloseTo(products[1][i], 12));
  });

  test("what biases alone make is a number, unless a matrix needs it", () => {
    const made = (what: "number" | "product"): CellDefinition =>
      defineCell({
        name: "odd",
        reference: "",
        params: ({ input, hidden }) => ({
          W: inputWeight(hidden, input),
          U: recurrentWeight(hidden, hidden),
          b: bias(hidden),
        }),
        state: { h: "hidden" },
        step: ({ x, p, h }) => {
          const b =
            what === "product"
              ? linear(p.b, p.U)
              : sigmoid(p.b)
                  .add(sum(p.b))
                  .add(mean(tanh(p.b)));
          return { h: tanh(linear(x, p.W).add(linear(h, p.U)).add(b)) };
        },
        output: ({ h }) => h,
      });
    const [bare, zeros] = [true, false].map((without) => run(made("number"), without, "f64"));
    bare["output"].forEach((value, i) => expect(value).toBeCloseTo(zeros["output"][i], 14));
    expect(() => withoutBias(made("product"))).toThrow(/without its biases nothing is left of what its linear reads/);
  });
});
