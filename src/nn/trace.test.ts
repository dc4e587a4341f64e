import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import { CELLS, Embedding, lstm, Recurrent } from "./index.js";

const [T, B, I, H] = [5, 3, 2, 4];
const LENGTHS = [3, 5, 0];
const numbers = (seed: number, shape: number[], dtype: "f32" | "f64"): Tensor => {
  const rng = new Rng(seed);
  return Tensor.from(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
    shape,
    { dtype },
  );
};
const OPTIONS = { inputSize: I, hiddenSize: H, layers: 2, bidirectional: true } as const;

describe("trace", () => {
  it.each(Object.keys(CELLS))("gives forward's numbers and the state after every step: %s", (cell) => {
    const net = new Recurrent(CELLS[cell], { ...OPTIONS, bidirectional: false }, new Rng(1));
    const x = numbers(2, [T, B, I], "f32");
    scope(() =>
      noGrad(() => {
        const { output, state, states } = net.trace(x);
        expect(output.toArray()).toEqual(net.forward(x).output.toArray());
        let stepped = net.zeroState(B);
        for (let t = 0; t < T; t++) {
          stepped = net.step(x.select(0, t), stepped).state;
          stepped.forEach((record, i) => {
            for (const [name, value] of Object.entries(record)) {
              expect(states[i][name].select(0, t).toArray(), `${name} of layer ${i} at ${t}`).toEqual(value.toArray());
              if (t === T - 1) expect(state[i][name].toArray()).toEqual(value.toArray());
            }
          });
        }
      }),
    );
  });

  it("of the reverse direction is the state after reading that step; there is none after the end", () => {
    const net = new Recurrent(lstm, { ...OPTIONS, layers: 1 }, new Rng(1));
    const x = numbers(2, [T, B, I], "f32");
    const { states, output, state } = net.trace(x, { lengths: LENGTHS });
    expect(states[1]["h"].toArray()).toEqual(output.slice(2, H).toArray());
    // Reading backwards, the last state is that after step 0.
    expect(states[1]["c"].slice(0, 0, 1).slice(1, 0, 2).toArray()).toEqual(state[1]["c"].slice(0, 0, 2).toArray());
    expect(states[0]["c"].select(1, 0).slice(0, 3).toArray()).toEqual(Array(2 * H).fill(0));
    expect(states[0]["c"].select(1, 2).toArray()).toEqual(Array(T * H).fill(0));
  });

  it.each(Object.keys(CELLS))("takes a gradient for each of them: %s", (cell) => {
    const net = new Recurrent(CELLS[cell], { ...OPTIONS, layers: 1, dtype: "f64" }, new Rng(1));
    const x = numbers(2, [T, B, I], "f64");
    x.requiresGrad = true;
    const everything = (segment?: number) => (): Tensor[] => {
      const { output, state, states } = net.trace(x, { lengths: LENGTHS, segment });
      return [output, ...[...state, ...states].flatMap((record) => Object.values(record))];
    };
    for (const segment of [undefined, 2]) gradcheck(everything(segment), [x, ...net.parameters()], { directions: 2 });
  });

  it("runs as emitted code and over rows of a table with the same gradients", () => {
    const gradients = (dtype: "f32" | "f64", unknown: boolean): number[][] => {
      const net = new Recurrent(lstm, { ...OPTIONS, dtype }, new Rng(1));
      const emb = new Embedding({ vocabularySize: 3, size: I, dtype }, new Rng(2));
      const all = [...net.parameters(), emb.weight];
      for (const parameter of all) parameter.set(parameter.toArray().map(Math.fround));
      return scope(() => {
        const x = emb.forward(
          Tensor.from(
            new Int32Array(T * B).map((_, i) => i % 3),
            [T, B],
          ),
        );
        if (unknown) x.data();
        const { states } = net.trace(x, { lengths: LENGTHS });
        // Only a middle state: neither output nor final states are in the loss.
        states[3]["c"].select(0, 1).square().sum().add(states[0]["c"].select(0, 2).sum()).backward();
        return all.map(({ grad, size }) => grad?.toArray() ?? Array<number>(size).fill(0));
      });
    };
    const exact = gradients("f64", true);
    for (const [dtype, unknown, tolerance] of [
      ["f64", false, 1e-12],
      ["f32", true, 1e-5],
      ["f32", false, 1e-5],
    ] as const) {
      gradients(dtype, unknown).forEach((list, i) => {
        const largest = Math.max(1e-2, ...exact[i].map(Math.abs));
        expect(Math.max(...list.map((value, j) => Math.abs(value - exact[i][j])))).toBeLessThanOrEqual(
          tolerance * largest,
        );
      });
    }
    expect(exact.flat().some((value) => value !== 0)).toBe(true);
  });
});
