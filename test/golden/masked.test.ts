/** Recurrent dropout, input dropout and zoneout of LSTM, GRU and the ReLU network, with given masks, against the equations in PyTorch. */
import { describe, test } from "vitest";
import { inputDropout, type InputMasks, recurrentDropout, type RecurrentMasks, zoneout } from "../../src/cell/index.js";
import { elmanRelu, gru, lstm } from "../../src/nn/index.js";
import { Tensor } from "../../src/tensor/index.js";
import { type Case, expectGolden, load, TOLERANCE } from "./golden.js";
import { type Instead, type Precision, type RecurrentOptions, runRecurrent } from "./networks.js";
import { seedOf, unit } from "./streams.js";

type Masked = RecurrentOptions & {
  cell: "lstm" | "gru" | "rnn_relu";
  recurrent: RecurrentMasks | null;
  /** Cases without have none. */
  input?: InputMasks;
  zoneout: boolean;
  /** Probability of a mask to be 0. */
  p: number;
};

/** The rewritten cell of a case, and its masks by layer and direction. */
function rewritten(c: Case<Masked>, dtype: Precision): Instead {
  const plain = { lstm, gru, rnn_relu: elmanRelu }[c.cell];
  const hearing = c.input === undefined ? plain : inputDropout(plain, c.input);
  const dropping = c.recurrent === null ? hearing : recurrentDropout(hearing, c.recurrent);
  const states = plain.states.map(({ name }) => name);
  const cell = c.zoneout ? zoneout(dropping, states) : dropping;
  const mask = (name: string, shape: number[], kept: number): Tensor => {
    const seed = seedOf(`${c.seed}/${name}`);
    const size = shape.reduce((a, b) => a * b);
    const data = Float64Array.from({ length: size }, (_, i) => (unit(seed, i) < c.p ? 0 : kept));
    return Tensor.from(data, shape, { dtype });
  };
  const directions = c.bidirectional ? 2 : 1;
  const places = Array.from({ length: c.layers * directions }, (_, place) => place);
  /** The width of what a layer reads. */
  const width = (place: number): number => (place < directions ? c.I : directions * c.H);
  const inputs = (): Record<string, Tensor>[] =>
    places.map((place) =>
      Object.fromEntries(
        cell.inputs.map(({ name, dim, per }) => {
          const units = dim === "input" ? width(place) : c.H;
          const drawn = per === "step" ? [c.T, c.B, units] : [c.B, units];
          return [name, mask(`${name}_${place}`, drawn, per === "step" ? 1 : 1 / (1 - c.p))];
        }),
      ),
    );
  return { cell, inputs };
}

describe.each<Precision>(["f32", "f64"])("%s", (dtype) => {
  test.each(load<Masked>("masked"))("$name: $cell, recurrent dropout $recurrent, input dropout $input, zoneout $zoneout", (c) => {
    expectGolden(runRecurrent(c, dtype, rewritten(c, dtype)), c.tensors, TOLERANCE[dtype]);
  });
});
