// Masks with holes, states that begin anew, and reversal, held to the same sequences cut and joined by hand.
import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { concat, scope, Tensor } from "../tensor/index.js";
import { gradcheck } from "../testing/index.js";
import { CELLS, LearnedState, lstm, Recurrent, type RecurrentState } from "./index.js";

const [T, B, I, H] = [6, 4, 2, 3];
const normal = (seed: number, shape: number[], dtype: "f32" | "f64" = "f32"): Tensor => {
  const rng = new Rng(seed);
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return Tensor.from(values, shape, { dtype, requiresGrad: true });
};
// Statistics over the rows of a step are another matter: there no row stands alone.
const ROWWISE = Object.keys(CELLS).filter((name) => (CELLS[name] as { crossRow?: boolean }).crossRow !== true);
const OPTIONS = { inputSize: I, hiddenSize: H, layers: 2, bidirectional: true } as const;
/** Rows by sequence, for reading: one list of steps each. */
const bySequence = (rows: readonly (readonly number[])[]): Tensor => {
  const steps = rows[0].length;
  return Tensor.from(
    Int32Array.from({ length: steps * rows.length }, (_, i) => rows[i % rows.length][Math.floor(i / rows.length)]),
    [steps, rows.length],
  );
};
const statesOf = (state: RecurrentState): Tensor[] => state.flatMap((record) => Object.values(record));
const numbers = (state: RecurrentState): number[][] => statesOf(state).map((value) => value.toArray());
const randomState = (net: Recurrent, batch: number, seed: number): RecurrentState =>
  net
    .zeroState(batch)
    .map((record, i) =>
      Object.fromEntries(
        Object.entries(record).map(([name, { shape, dtype }], j) => [
          name,
          normal(seed + 10 * i + j, [...shape], dtype as "f32"),
        ]),
      ),
    );
const code = (name: string) => expect.objectContaining({ code: name });

const HOLES = bySequence([
  [1, 0, 1, 1, 0, 1],
  [0, 0, 1, 0, 1, 0],
  [0, 0, 0, 0, 0, 0],
  [1, 1, 1, 1, 1, 1],
]);
const STEPS = [[0, 2, 3, 5], [2, 4], [], [0, 1, 2, 3, 4, 5]];

describe("a mask", () => {
  it("that is a prefix is the lengths, to the bit, dropout too", () => {
    const net = new Recurrent(lstm, { ...OPTIONS, dropout: 0.3, zoneout: 0.2, recurrentDropout: 0.2 }, new Rng(1));
    const x = normal(2, [T, B, I]);
    const lengths = [4, 6, 0, 1];
    const mask = bySequence(lengths.map((n) => Array.from({ length: T }, (_, t) => (t < n ? 1 : 0))));
    const run = (selection: object): number[][] =>
      scope(() => {
        for (const leaf of [x, ...net.parameters()]) leaf.grad = null;
        const { output, state } = net.forward(x, { ...selection, rng: new Rng(4) });
        output.backward({ gradient: normal(3, [T, B, 2 * H]) });
        return [output.toArray(), ...numbers(state), ...[x, ...net.parameters()].map(({ grad }) => grad!.toArray())];
      });
    expect(run({ mask })).toEqual(run({ lengths }));
    expect(run({ mask: Tensor.from(new Float64Array(T * B).fill(1), [T, B]) })).toEqual(run({}));
  });

  it.each(ROWWISE)("leaves the valid steps to stand alone: %s", (cell) => {
    const net = new Recurrent(CELLS[cell], OPTIONS, new Rng(1));
    const x = normal(2, [T, B, I]);
    const state = randomState(net, B, 5);
    scope(() => {
      const all = net.trace(x, { mask: HOLES, state });
      STEPS.forEach((steps, b) => {
        const own = state.map((record) =>
          Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value.slice(0, b, b + 1)])),
        );
        const rows = steps.map((t) => x.slice(0, t, t + 1).slice(1, b, b + 1));
        const alone = rows.length === 0 ? null : net.trace(concat(rows, 0), { state: own });
        const width = all.output.shape[2];
        for (let t = 0; t < T; t++) {
          const at = steps.indexOf(t);
          const expected = at < 0 ? Array<number>(width).fill(0) : alone!.output.select(0, at).toArray();
          expect(all.output.select(0, t).select(0, b).toArray()).toEqual(expected);
          if (at >= 0) {
            const [traced, own] = [all, alone!].map(({ states }) => statesOf(states));
            expect(traced.map((value) => value.select(0, t).select(0, b).toArray())).toEqual(
              own.map((value) => value.select(0, at).toArray()),
            );
          }
        }
        const ends = all.state.map((record) =>
          Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value.slice(0, b, b + 1)])),
        );
        expect(numbers(ends)).toEqual(numbers(alone === null ? own : alone.state));
      });
    });
  });

  it("has the gradients of differences, and none at the holes, where x may be anything", () => {
    const net = new Recurrent(lstm, { ...OPTIONS, dtype: "f64" }, new Rng(1));
    const x = normal(2, [T, B, I], "f64");
    const state = randomState(net, B, 5);
    const run = (): Tensor[] => {
      const { output, state: final } = net.forward(x, { mask: HOLES, state });
      return [output, ...statesOf(final)];
    };
    gradcheck(run, [x, ...net.parameters(), ...statesOf(state)], { directions: 3 });
    const before = scope(() => run()[0].toArray());
    const wild = x.toArray().map((v, i) => {
      const row = Math.floor(i / I);
      return STEPS[row % B].includes(Math.floor(row / B)) ? v : NaN;
    });
    expect(
      net.forward(Tensor.from(Float64Array.from(wild), [T, B, I]), { mask: HOLES, state }).output.toArray(),
    ).toEqual(before);
  });

  it.each<[string, string, object]>([
    ["E_MASK", "[6, 4]", { mask: Tensor.zeros([B, T]) }],
    [
      "E_MASK",
      "0.5 at step 1 of sequence 1",
      {
        mask: Tensor.from(
          Array.from({ length: T * B }, (_, i) => (i === 5 ? 0.5 : 1)),
          [T, B],
        ),
      },
    ],
    ["E_MASK", "no tensor", { mask: [[1]] }],
    ["E_MASK", "reset", { reset: Tensor.zeros([T, 1]) }],
    ["E_OPTION", "both lengths and mask", { mask: HOLES, lengths: [1, 1, 1, 1] }],
    ["E_OPTION_NEEDS", "resetTo needs reset", { resetTo: new Recurrent(lstm, OPTIONS).zeroState(B) }],
    ["E_STATE", "8 records|4 records", { reset: HOLES, resetTo: [] }],
  ])("%s: %s", (name, words, given) => {
    const run = () => new Recurrent(lstm, OPTIONS).forward(normal(1, [T, B, I]), given);
    expect(run).toThrow(code(name));
    expect(run).toThrow(new RegExp(words.replace(/[[\]]/g, "\\$&")));
  });
});

const RESETS = bySequence([
  [0, 0, 1, 0, 0, 1],
  [1, 0, 0, 1, 0, 0],
  [0, 1, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0],
]);
const LENGTHS = [6, 5, 0, 6];
// Pieces by sequence: where each begins, and whether anew.
const CUTS: readonly (readonly [from: number, to: number, anew: boolean])[][] = [
  [
    [0, 2, false],
    [2, 5, true],
    [5, 6, true],
  ],
  [
    [0, 3, true],
    [3, 5, true],
  ],
  [],
  [[0, 6, false]],
];

/** One layer in one direction after the other over every piece by itself, with tape ops only. */
function cutByHand(
  net: Recurrent,
  x: Tensor,
  state: RecurrentState,
  anew: RecurrentState,
): { readonly outputs: Tensor[][]; readonly final: RecurrentState[] } {
  const outputs: Tensor[][] = [];
  const final: RecurrentState[] = [];
  const row = (from: RecurrentState, b: number): RecurrentState =>
    from.map((record) =>
      Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value.slice(0, b, b + 1)])),
    );
  CUTS.forEach((pieces, b) => {
    let running = row(state, b);
    outputs.push([]);
    for (const [from, to, begins] of pieces) {
      const run = net.forward(x.slice(0, from, to).slice(1, b, b + 1), { state: begins ? row(anew, b) : running });
      outputs[b].push(run.output);
      running = run.state;
    }
    final.push(running);
  });
  return { outputs, final };
}

describe("a reset", () => {
  const net = (dtype: "f32" | "f64", cell = lstm): Recurrent =>
    new Recurrent(cell, { ...OPTIONS, bidirectional: false, dtype }, new Rng(1));

  it.each(ROWWISE)("is the sequence cut there, to the bit: %s", (cell) => {
    const own = net("f32", CELLS[cell]);
    const x = normal(2, [T, B, I]);
    const [state, resetTo] = [randomState(own, B, 5), randomState(own, B, 50)];
    scope(() => {
      for (const to of [undefined, resetTo]) {
        const all = own.forward(x, { lengths: LENGTHS, reset: RESETS, resetTo: to, state });
        const { outputs, final } = cutByHand(own, x, state, to ?? own.zeroState(B));
        CUTS.forEach((pieces, b) => {
          const whole = all.output.slice(1, b, b + 1);
          pieces.forEach(([from, end], i) =>
            expect(whole.slice(0, from, end).toArray()).toEqual(outputs[b][i].toArray()),
          );
          expect(statesOf(all.state).map((value) => value.select(0, b).toArray())).toEqual(numbers(final[b]));
        });
        // Nothing after the end, in segments as in one.
        expect(all.output.slice(0, 5).select(1, 1).toArray()).toEqual(Array(all.output.shape[2]).fill(0));
        const segments = own.forward(x, { lengths: LENGTHS, reset: RESETS, resetTo: to, state, segment: 2 });
        expect(segments.output.toArray()).toEqual(all.output.toArray());
      }
    });
  });

  it("has the gradients of the cut sequence, those of both initial states too", () => {
    const own = net("f64");
    const x = normal(2, [T, B, I], "f64");
    const [state, resetTo] = [randomState(own, B, 5), randomState(own, B, 50)];
    const leaves = [x, ...own.parameters(), ...statesOf(state), ...statesOf(resetTo)];
    const gradients = (loss: () => Tensor): number[] => {
      for (const leaf of leaves) leaf.grad = null;
      scope(() => loss().backward());
      return leaves.flatMap(({ grad, size }) => grad?.toArray() ?? Array<number>(size).fill(0));
    };
    const sum = (values: Tensor[]): Tensor => values.map((v) => v.square().sum()).reduce((a, b) => a.add(b));
    const mine = gradients(() => {
      const { output, state: final } = own.forward(x, { lengths: LENGTHS, reset: RESETS, resetTo, state });
      return sum([output, ...statesOf(final)]);
    });
    const hand = gradients(() => {
      const { outputs, final } = cutByHand(own, x, state, resetTo);
      return sum([...outputs.flat(), ...final.flatMap(statesOf)]);
    });
    expect(hand.some((value) => value !== 0)).toBe(true);
    mine.forEach((value, i) =>
      expect(Math.abs(value - hand[i])).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(hand[i]))),
    );
  });

  it("ends both directions at the boundary, over holes, and learns where to begin anew", () => {
    const both = new Recurrent(lstm, { ...OPTIONS, layers: 1, dtype: "f64" }, new Rng(1));
    const x = normal(2, [T, B, I], "f64");
    const state = randomState(both, B, 5);
    const start = new LearnedState(both);
    for (const [i, parameter] of start.parameters().entries()) parameter.set(normal(90 + i, [H]).toArray());
    const run = (): Tensor[] => {
      const out = both.trace(x, { mask: HOLES, reset: RESETS, resetTo: start.forward(B), state });
      return [out.output, ...statesOf(out.state), ...statesOf(out.states)];
    };
    gradcheck(run, [x, ...statesOf(state), ...start.parameters(), ...both.parameters()], { directions: 3 });
    scope(() => {
      const all = both.forward(x, { mask: HOLES, reset: RESETS, resetTo: start.forward(B), state });
      // Sequence 0 has steps 0 | 2 3 | 5; read backwards, 5 starts from the given state, 3 and 0 anew.
      const one = (rows: number[], from: RecurrentState, b: number): Tensor =>
        both.forward(
          concat(
            rows.map((t) => x.slice(0, t, t + 1).slice(1, 0, 1)),
            0,
          ),
          {
            state: from.map((record) =>
              Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value.slice(0, b, b + 1)])),
            ),
          },
        ).output;
      const anew = start.forward(B);
      const middle = one([2, 3], anew, 0);
      expect(all.output.slice(0, 2, 4).slice(1, 0, 1).toArray()).toEqual(middle.toArray());
      const [first, last] = [one([0], [state[0], anew[1]], 0), one([5], [anew[0], state[1]], 0)];
      expect(all.output.slice(0, 0, 1).slice(1, 0, 1).toArray()).toEqual(first.toArray());
      expect(all.output.slice(0, 5).slice(1, 0, 1).toArray()).toEqual(last.toArray());
      expect(all.state[1]["h"].select(0, 0).toArray()).toEqual(first.slice(2, H).toArray());
      expect(all.state[0]["h"].select(0, 0).toArray()).toEqual(last.slice(2, 0, H).toArray());
    });
  });
});

describe("reverse", () => {
  it("is the second direction of a bidirectional layer, at the time of the input", () => {
    const both = new Recurrent(lstm, { ...OPTIONS, layers: 1 }, new Rng(1));
    const back = new Recurrent(lstm, { inputSize: I, hiddenSize: H, reverse: true }, new Rng(2));
    expect(Object.keys(back.stateDict())).toContain("weight_hh_l0");
    for (const [name, value] of back.namedParameters()) value.set(both.stateDict()[`${name}_reverse`].data());
    const x = normal(2, [T, B, I]);
    for (const given of [{}, { lengths: [2, 6, 0, 3] }, { mask: HOLES }, { mask: HOLES, reset: RESETS }]) {
      scope(() => {
        const [one, two] = [back.trace(x, given), both.trace(x, given)];
        expect(one.output.toArray()).toEqual(two.output.slice(2, H).toArray());
        expect(numbers(one.state)).toEqual(numbers(two.state.slice(1)));
        expect(numbers(one.states)).toEqual(numbers(two.states.slice(1)));
      });
    }
  });

  it("in a stack is every layer from the end: the stack on the turned sequence, turned", () => {
    const options = { inputSize: I, hiddenSize: H, layers: 3 };
    const [back, ahead] = [true, false].map((reverse) => new Recurrent(lstm, { ...options, reverse }, new Rng(2)));
    const x = normal(2, [T, B, I]);
    const turned = (value: Tensor): Tensor =>
      concat(
        Array.from({ length: T }, (_, t) => value.slice(0, T - 1 - t, T - t)),
        0,
      );
    expect(back.forward(x).output.toArray()).toEqual(turned(ahead.forward(turned(x)).output).toArray());
    expect(() => back.step(normal(3, [B, I]))).toThrow(code("E_OPTION_NEEDS"));
  });

  it("has exact gradients", () => {
    const net = new Recurrent(
      lstm,
      { inputSize: I, hiddenSize: H, layers: 2, reverse: true, dtype: "f64" },
      new Rng(1),
    );
    const x = normal(2, [T, B, I], "f64");
    gradcheck(() => net.forward(x, { lengths: LENGTHS }).output, [x, ...net.parameters()], { directions: 3 });
  });

  it("is refused with both directions", () => {
    expect(() => new Recurrent(lstm, { ...OPTIONS, reverse: true })).toThrow(code("E_OPTION_NEEDS"));
  });
});
