/** Recurrent dropout and zoneout of LSTM and GRU, with given masks, against the equations in PyTorch. */
import { describe, test } from "vitest";
import { recurrentDropout, type RecurrentMasks, zoneout } from "../../src/cell/index.js";
import { gru, lstm } from "../../src/nn/index.js";
import { Tensor } from "../../src/tensor/index.js";
import { type Case, expectGolden, load, TOLERANCE } from "./golden.js";
import { type Instead, type Precision, type RecurrentOptions, runRecurrent } from "./networks.js";
import { seedOf, unit } from "./streams.js";

type Masked = RecurrentOptions & {
  cell: "lstm" | "gru";
  recurrent: RecurrentMasks | null;
  zoneout: boolean;
  /** Probability of a mask to be 0. */
  p: number;
};

/** The rewritten cell of a case, and its masks by layer and direction. */
function rewritten(c: Case<Masked>, dtype: Precision): Instead {
  const plain = { lstm, gru }[c.cell];
  const dropping = c.recurrent === null ? plain : recurrentDropout(plain, c.recurrent);
  const states = plain.states.map(({ name }) => name);
  const cell = c.zoneout ? zoneout(dropping, states) : dropping;
  const mask = (name: string, shape: number[], kept: number): Tensor => {
    const seed = seedOf(`${c.seed}/${name}`);
    const size = shape.reduce((a, b) => a * b);
    const data = Float64Array.from({ length: size }, (_, i) => (unit(seed, i) < c.p ? 0 : kept));
    return Tensor.from(data, shape, { dtype });
  };
  const places = Array.from({ length: c.layers * (c.bidirectional ? 2 : 1) }, (_, place) => place);
  const inputs = (): Record<string, Tensor>[] =>
    places.map((place) =>
      Object.fromEntries(
        cell.inputs.map(({ name, per }) => {
          const drawn = per === "step" ? [c.T, c.B, c.H] : [c.B, c.H];
          return [name, mask(`${name}_${place}`, drawn, per === "step" ? 1 : 1 / (1 - c.p))];
        }),
      ),
    );
  return { cell, inputs };
}

describe.each<Precision>(["f32", "f64"])("%s", (dtype) => {
  test.each(load<Masked>("masked"))("$name: $cell, recurrent dropout $recurrent, zoneout $zoneout", (c) => {
    expectGolden(runRecurrent(c, dtype, rewritten(c, dtype)), c.tensors, TOLERANCE[dtype]);
  });
});
