import { expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { scope, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import { elman, gru, LearnedState, lstm, Recurrent, Stack } from "./index.js";

const [T, B, I, H] = [4, 3, 2, 5];
const net = new Recurrent(
  lstm,
  { inputSize: I, hiddenSize: H, layers: 2, bidirectional: true, dtype: "f64" },
  new Rng(1),
);
const rng = new Rng(2);
const x = Tensor.from(
  Float64Array.from({ length: T * B * I }, () => rng.normal()),
  [T, B, I],
);

it("is zero before training, with the names and widths of the stack", () => {
  const start = new LearnedState(net);
  expect(Object.entries(start.stateDict()).map(([name, { shape }]) => [name, ...shape])).toEqual(
    ["_l0", "_l0_reverse", "_l1", "_l1_reverse"].flatMap((suffix) => [
      [`h${suffix}`, H],
      [`c${suffix}`, H],
    ]),
  );
  scope(() => {
    const { output } = net.forward(x, { state: start.forward(B) });
    expect(output.toArray()).toEqual(net.forward(x).output.toArray());
  });
});

it("learns from every sequence of the batch, the empty one too", () => {
  const start = new LearnedState(net);
  for (const parameter of start.parameters()) parameter.set(Array.from({ length: H }, () => rng.normal()));
  const loss = (): Tensor => {
    const { output, state } = net.forward(x, { state: start.forward(B), lengths: [4, 0, 2] });
    return state.reduce((sum, { h, c }) => sum.add(h.square().sum()).add(c.square().sum()), output.square().sum());
  };
  gradcheck(loss, start.parameters());
});

it("is learned for a stack of different layers", () => {
  const layers = [
    { cell: lstm, hiddenSize: 3, bidirectional: true },
    { cell: gru, hiddenSize: 4, skip: "dense" as const },
    { cell: elman, hiddenSize: 2 },
  ];
  const stack = new Stack({ inputSize: I, layers, dtype: "f64" }, new Rng(4));
  const start = new LearnedState(stack);
  const names = ["h_l0", "c_l0", "h_l0_reverse", "c_l0_reverse", "h_l1", "h_l2"];
  expect(Object.entries(start.stateDict()).map(([name, { shape }]) => `${name} ${shape.join()}`)).toEqual(
    names.map((name, i) => `${name} ${[3, 3, 3, 3, 4, 2][i]}`),
  );
  for (const parameter of start.parameters()) {
    expect(parameter.dtype).toBe("f64");
    parameter.set(Array.from({ length: parameter.size }, () => rng.normal()));
  }
  const loss = (): Tensor =>
    stack
      .forward(x, { state: start.forward(B), lengths: [4, 0, 2] })
      .output.square()
      .sum();
  gradcheck(loss, start.parameters());
});
