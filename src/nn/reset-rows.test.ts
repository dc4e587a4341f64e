import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { scope, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import { LearnedState, lstm, Recurrent, resetRows, type RecurrentState } from "./index.js";

const [B, H] = [3, 2];
const net = new Recurrent(lstm, { inputSize: 2, hiddenSize: H, layers: 2, dtype: "f64" }, new Rng(1));
const rng = new Rng(2);
const numbers = (shape: number[]): Tensor => {
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal());
  return Tensor.from(values, shape, { requiresGrad: true });
};
const state: RecurrentState = [0, 1].map(() => ({ h: numbers([B, H]), c: numbers([B, H]) }));
const begins = [false, true, false];

describe("resetRows", () => {
  it("gives the next window what a fresh batch of those rows would see, and the others their past", () => {
    const x = numbers([4, B, 2]);
    scope(() => {
      const mixed = net.forward(x, { state: resetRows(state, begins) }).output;
      const [kept, fresh] = [net.forward(x, { state }).output, net.forward(x).output];
      for (const b of [0, 1, 2]) {
        expect(mixed.select(1, b).toArray()).toEqual((begins[b] ? fresh : kept).select(1, b).toArray());
      }
    });
    expect(resetRows(state, [false, false, false])).toBe(state);
  });

  it("starts rows from a state that learns, with gradients of both", () => {
    const start = new LearnedState(net);
    for (const parameter of start.parameters()) parameter.set([rng.normal(), rng.normal()]);
    const leaves = [...start.parameters(), ...state.flatMap((record) => Object.values(record))];
    const mixed = (): Tensor[] => resetRows(state, begins, start.forward(B)).flatMap((record) => Object.values(record));
    gradcheck(mixed, leaves);
    scope(() => {
      expect(mixed()[1].select(0, 1).toArray()).toEqual(start.stateDict()["c_l0"].toArray());
      expect(mixed()[1].select(0, 2).toArray()).toEqual(state[0]["c"].select(0, 2).toArray());
    });
  });

  it("takes 1 and 0 for flags, and refuses what is none", () => {
    const values = (mixed: RecurrentState): unknown => mixed.map(({ h }) => h.toArray());
    expect(values(resetRows(state, [0, 1, 0]))).toEqual(values(resetRows(state, begins)));
    expect(values(resetRows(state, new Uint8Array([0, 1, 0])))).toEqual(values(resetRows(state, begins)));
    const refused = (code: string, run: () => unknown): void =>
      expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(/^resetRows: /) }));
    refused("E_VALUE", () => resetRows(state, [2, 0, 0]));
    refused("E_VALUE", () => resetRows(state, ["yes", false, false] as never));
    refused("E_STATE", () => resetRows(undefined as never, begins));
    refused("E_STATE", () => resetRows(state, begins, [{ h: state[0]["h"] }]));
    const short = state.map(() => ({ h: numbers([1, H]), c: numbers([1, H]) }));
    refused("E_SHAPE", () => resetRows(state, begins, short));
  });

  it("refuses another number of rows", () => {
    const code = expect.objectContaining({ code: "E_SHAPE" });
    for (const begin of [true, false]) expect(() => resetRows(state, [begin])).toThrow(code);
  });
});
