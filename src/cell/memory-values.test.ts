import { describe, expect, test } from "vitest";
import { Recurrent, withBahdanau, withLuong } from "../nn/index.js";
import { gru, lstm, minGru, quasiRnn, recurrentHighway } from "../nn/cells/index.js";
import { Rng } from "../runtime/index.js";
import { scope, Tensor } from "../tensor/index.js";
import {
  additiveScores,
  bias,
  type CellDefinition,
  defineCell,
  dotScores,
  explain,
  type Expression,
  inputWeight,
  linear,
  maskedSoftmax,
  type MemorySymbol,
  mix,
  planCell,
  predictedBytes,
  recurrentDropout,
  tangentCell,
  zoneout,
} from "./index.js";

interface Words {
  readonly x: Expression;
  readonly h: Expression;
  readonly m: MemorySymbol;
  readonly valid: Expression;
  readonly w: Expression;
  readonly p: { readonly W: never; readonly v: Expression };
}

/** A cell that looks at one memory as wide as its state, whose output is `look`. */
const looking = (look: (words: Words) => Expression): CellDefinition =>
  defineCell({
    name: "looking",
    reference: "",
    params: ({ hidden, input }) => ({ W: inputWeight(hidden, input), v: bias(hidden) }),
    state: { h: "hidden", w: "positions" },
    inputs: { valid: { dim: "positions", per: "sequence" } },
    memory: { m: "hidden" },
    step: ({ x, p, h, w, m, valid }) => {
      const seen = look({ x, h, m, valid, w, p } as unknown as Words);
      const query = linear(x, p.W);
      return { h: h.add(query), w: maskedSoftmax(dotScores(query, m, valid), valid), seen };
    },
    output: ({ seen }) => seen,
  });

test("what is not valid is not read, and nothing valid is nothing at all", () => {
  const cell = looking(({ m, valid, w }) => mix(w, m, valid));
  for (const dtype of ["f32", "f64"] as const) {
    scope(() => {
      const net = new Recurrent(cell, { inputSize: 2, hiddenSize: 3, dtype }, new Rng(1));
      const m = Tensor.from([1, 2, 3, NaN, Infinity, NaN, 4, 5, 6, NaN, NaN, NaN, 7, 8, 9, 1, 1, 1], [2, 3, 3], {
        dtype,
        requiresGrad: true,
      });
      const valid = Tensor.from([1, 0, -0.5, 0, -0, 0], [2, 3], { dtype });
      const x = Tensor.from([1, -1, 2, 3, 0.5, 1, -2, 2], [2, 2, 2], { dtype, requiresGrad: true });
      const { output, state, states } = net.trace(x, { inputs: { m, valid } });
      const weights = states[0].w.toArray();
      expect(weights[0] + weights[2]).toBeCloseTo(1, 6);
      expect([weights[1], ...weights.slice(3, 6)]).toEqual([0, 0, 0, 0]);
      expect(output.toArray().slice(9, 12)).toEqual([0, 0, 0]);
      output.sum().add(state[0].w.square().sum()).backward();
      expect(x.grad!.toArray().every(Number.isFinite)).toBe(true);
      expect(m.grad!.toArray().slice(3, 6)).toEqual([0, 0, 0]);
      expect(m.grad!.toArray().slice(9)).toEqual(Array.from({ length: 9 }, () => 0));
      expect(net.parameters().every((p) => (p.grad?.toArray() ?? []).every(Number.isFinite))).toBe(true);
    });
  }
});

describe("a cell with attention", () => {
  const cell = withBahdanau(lstm, { coverage: true });
  const random = (seed: number, shape: readonly number[]): Tensor => {
    const rng = new Rng(seed);
    const size = shape.reduce((a, b) => a * b);
    return Tensor.from(
      Float64Array.from({ length: size }, () => rng.normal()),
      shape,
      { dtype: "f64", requiresGrad: true },
    );
  };
  const run = (options: object): number[][] =>
    scope(() => {
      const net = new Recurrent(cell, { inputSize: 2, hiddenSize: 3, dtype: "f64" }, new Rng(1));
      const x = random(1, [7, 4, 2]);
      const inputs = { keys: random(2, [4, 5, 3]), values: random(3, [4, 5, 3]) };
      const valid = Tensor.from(
        Float64Array.from({ length: 20 }, (_, i) => (i % 3 === 1 ? 0 : 1)),
        [4, 5],
        { dtype: "f64" },
      );
      const { output, state } = net.forward(x, { inputs: { ...inputs, valid }, ...options });
      output.square().sum().add(state[0].coverage.square().sum()).backward();
      const leaves = [x, ...Object.values(inputs), ...net.parameters()];
      return [output, ...leaves.map(({ grad }) => grad!)].map((tensor) => tensor.toArray());
    });

  test("may be computed in segments", () => {
    const [whole, cut] = [{}, { segment: 2 }].map((more) => run({ lengths: [7, 3, 0, 5], ...more }));
    cut.forEach((values, i) => values.forEach((value, j) => expect(value).toBeCloseTo(whole[i][j], 10)));
    expect(cut[0]).toEqual(whole[0]);
  });

  test("begins anew within a sequence, before the same memory", () => {
    const reset = Tensor.from(
      Int32Array.from({ length: 28 }, (_, i) => (i === 4 * 3 + 1 ? 1 : 0)),
      [7, 4],
    );
    const [output] = run({ reset });
    const [plain] = run({});
    const at = (t: number, b: number): number[] => output.slice((t * 4 + b) * 3, (t * 4 + b + 1) * 3);
    // Before it, and in other sequences, nothing changes.
    expect(output.slice(0, 12 * 3)).toEqual(plain.slice(0, 12 * 3));
    expect(at(5, 0)).toEqual(plain.slice(20 * 3, 21 * 3));
    expect(at(3, 1)).not.toEqual(plain.slice(13 * 3, 14 * 3));
  });

  test("knows what it takes of memory, and prints its calls", () => {
    const sizes = { batch: 3, steps: 4, dims: { input: 2, hidden: 3, attention: 3, context: 3, positions: 6 } };
    expect(predictedBytes(cell, sizes).peak).toBeGreaterThan(predictedBytes(lstm, sizes).peak);
    const text = explain(cell, { dims: { positions: 6 } });
    expect(text).toMatch(/= additive\(.*\) over input\.keys$/m);
    expect(text).toMatch(/= additiveBack\(.*\) over input\.keys; d\.input\.keys \+= its gradient$/m);
  });

  test("costs what its memory is long", () => {
    const mflop = (positions: number): number =>
      Number(/^ {2}forward: ([\d.]+) Mflop/m.exec(explain(cell, { batch: 1000, dims: { positions } }))![1]);
    // Scores by addition and a sum, over rows of 128 numbers.
    expect(mflop(20) - mflop(10)).toBeCloseTo((1000 * 10 * 128 * (23 + 2)) / 1e6, 2);
  });

  test("is regularised as any other", () => {
    const dropped = zoneout(recurrentDropout(cell), ["h", "c"]);
    expect(planCell(dropped).forward.flatMap(({ calls = [] }) => calls)).toHaveLength(2);
  });
});

describe("what cannot be is told", () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "nothing";
  };

  test("in the language", () => {
    expect(code(() => looking(({ x, m, valid }) => dotScores(x, m, valid)))).toBe("E_WIDTH");
    expect(code(() => looking(({ h, m }) => dotScores(h, m, h)))).toBe("E_WIDTH");
    expect(code(() => looking(({ h, m, valid }) => additiveScores(h, m, 2 as never, valid)))).toBe("E_OPERAND");
    expect(code(() => looking(({ h, valid }) => mix(h, h as never, valid)))).toBe("E_OPERAND");
    expect(code(() => looking(({ h, m }) => h.add(m as never)))).toBe("E_OPERAND");
  });

  test("in a definition", () => {
    const define = (more: object): (() => unknown) => {
      const state = { h: "hidden" };
      const spec = {
        name: "mine",
        reference: "",
        params: () => ({}),
        state,
        step: ({ h }: Words) => ({ h }),
        output: ({ h }: Words) => h,
      };
      return () => defineCell({ ...spec, ...more } as never);
    };
    expect(code(define({ memory: { m: "wide" } }))).toBe("E_CELL");
    expect(code(define({ memory: { h: "hidden" } }))).toBe("E_CELL");
    expect(code(define({ memory: { m: "hidden" }, dims: { positions: "hidden" } }))).toBe("E_CELL");
    expect(code(define({ state: { h: "positions" } }))).toBe("E_CELL");
    expect(code(() => looking(({ w }) => w))).toBe("E_CELL");
    expect(define({ memory: { m: "hidden" } })).not.toThrow();
  });

  test("around cells that have no room for a context", () => {
    expect(code(() => withBahdanau(withLuong(lstm)))).toBe("E_CELL");
    expect(code(() => withLuong(zoneout(lstm, ["h"])))).toBe("E_CELL");
    expect(() => withBahdanau(recurrentHighway(2))).not.toThrow();
    for (const cell of [minGru, quasiRnn(2)]) expect(() => withLuong(cell)).not.toThrow();
  });

  test("at the door of a layer", () => {
    const net = new Recurrent(withLuong(gru, { score: "dot" }), { inputSize: 2, hiddenSize: 3 });
    const x = Tensor.zeros([2, 1, 2]);
    const valid = Tensor.full([1, 4], 1);
    const forward = (inputs: Record<string, Tensor>): string => code(() => net.forward(x, { inputs }));
    expect(forward({ values: Tensor.zeros([1, 4, 3]), valid })).toBe("nothing");
    expect(forward({ valid })).toBe("E_INPUT");
    expect(forward({ values: Tensor.zeros([1, 4, 3]) })).toBe("E_INPUT");
    expect(forward({ values: Tensor.zeros([1, 4, 2]), valid })).toBe("E_SHAPE");
    expect(forward({ values: Tensor.zeros([1, 0, 3]), valid: Tensor.zeros([1, 0]) })).toBe("E_SHAPE");
    expect(forward({ values: Tensor.zeros([1, 5, 3]), valid })).toBe("E_SHAPE");
    expect(code(() => new Recurrent(gru, { inputSize: 2, hiddenSize: 3, widths: { context: 4 } }))).toBe("E_OPTION");
  });

  test("where second derivatives end", () => {
    expect(code(() => tangentCell(withBahdanau(gru)))).toBe("E_TANGENT");
    expect(() => tangentCell(withLuong(gru))).not.toThrow();
  });
});
