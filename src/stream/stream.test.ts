import { describe, expect, it } from "vitest";
import { defineCell, inputWeight, linear, recurrentWeight, tanh, type CellDefinition } from "../cell/index.js";
import { CELLS, Embedding, Linear, LSTM, Recurrent, type RecurrentState } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { LanguageNetwork } from "../tasks/language-network.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { stepPlan } from "./compile/step-plan.js";
import { planCell } from "../cell/plan.js";
import { compileStream, streamModel, type StreamParts } from "./compile/index.js";
import { loadStream } from "./index.js";

/** Reads the old h after the new one is known, in a later stage and through a matrix: nothing may be overwritten early. */
const late = defineCell({
  name: "late",
  reference: "this test",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
    V: recurrentWeight(hidden, hidden),
    Z: recurrentWeight(hidden, hidden),
  }),
  state: { h: "hidden", y: "hidden" },
  step: ({ x, p, h, y }) => {
    const next = tanh(linear(x, p.W).add(linear(h, p.U)));
    return { h: next, y: tanh(linear(next, p.V).add(h).sub(y)).add(linear(y, p.Z)) };
  },
  output: ({ y }) => y,
});

/** The output is neither a state nor of their width, and one state is the old other one. */
const apart = defineCell({
  name: "apart",
  reference: "this test",
  params: ({ input, hidden }) => ({ W: inputWeight(hidden, input), U: recurrentWeight(hidden, hidden) }),
  state: { h: "hidden", before: "hidden" },
  step: ({ x, p, h, before }) => ({ h: tanh(linear(x, p.W).add(linear(h.sub(before), p.U))), before: h }),
  output: ({ h, before }) => h.mul(before).add(h),
});

const cells: Record<string, CellDefinition> = { ...CELLS, late, apart };

function values(rng: Rng, n: number): Float32Array {
  return Float32Array.from({ length: n }, () => 2 * rng.uniform() - 1);
}

/** The network's own steps: x[t] is [B, I] or B tokens. */
function steps(
  net: StreamParts & { recurrent: Recurrent },
  inputs: readonly ArrayLike<number>[],
  B: number,
): number[][] {
  return scope(() =>
    noGrad(() => {
      let state: RecurrentState | undefined;
      return inputs.map((input) => {
        const x =
          net.embedding == null
            ? Tensor.from(Float32Array.from(input), [B, input.length / B])
            : net.embedding.forward(Tensor.from(Int32Array.from(input), [B]));
        const next = net.recurrent.step(x, state);
        state = next.state;
        return [...(net.output == null ? next.output : net.output.forward(next.output)).data()] as number[];
      });
    }),
  );
}

describe("a stream computes the network's own numbers, bit for bit", () => {
  for (const [name, cell] of Object.entries(cells)) {
    for (const [layers, I, H, B] of [
      [1, 1, 1, 1],
      [1, 5, 7, 1],
      [2, 3, 13, 3],
      [3, 17, 33, 5],
    ]) {
      it(`${name}, ${layers} layer(s), I = ${I}, H = ${H}, B = ${B}`, () => {
        const rng = new Rng(layers * 100 + H);
        const recurrent = new Recurrent(cell, { inputSize: I, hiddenSize: H, layers }, rng.split("net"));
        // Gains and biases that start alike would leave a single row of a batch norm without a number of its own.
        for (const [name, vector] of recurrent.namedParameters())
          if (vector.rank === 1) vector.set(values(rng.split(name), vector.size));
        const inputs = Array.from({ length: 6 }, (_, t) => values(rng.split(t), B * I));
        const session = streamModel(recurrent).session({ batch: B });
        const streamed = inputs.map((x) => [...session.step(x)]);
        expect(streamed).toEqual(steps({ recurrent }, inputs, B));
        // One rectifier may be silent.
        if (H > 1) expect(streamed.flat().some((value) => value !== 0)).toBe(true);
      });
    }
  }

  for (const bias of [true, false]) {
    it(`embedding, two layers, linear ${bias ? "with" : "without"} bias`, () => {
      const rng = new Rng(4);
      const net = {
        embedding: new Embedding({ vocabularySize: 11, size: 6 }, rng.split("a")),
        recurrent: new LSTM({ inputSize: 6, hiddenSize: 9, layers: 2 }, rng.split("b")),
        output: new Linear({ inputSize: 9, outputSize: 11, bias }, rng.split("c")),
      };
      const tokens = Array.from({ length: 8 }, (_, t) => [t % 11, (5 * t + 10) % 11, (3 * t) % 11]);
      const session = streamModel(net).session({ batch: 3 });
      expect(tokens.map((x) => [...session.step(x)])).toEqual(steps(net, tokens, 3));
      const one = streamModel(net).session();
      const alone = tokens.map((x) => [x[1]]);
      expect(alone.map(([x]) => [...one.step(x)])).toEqual(steps(net, alone, 1));
    });
  }

  it("the task's character model, as it is", () => {
    const net = new LanguageNetwork({ vocabularySize: 9, hidden: 12, layers: 2, embed: 5, dropout: 0.3 });
    const tokens = [3, 1, 4, 1, 5, 8, 2, 6];
    const whole = scope(() =>
      noGrad(() => [...net.forward(Tensor.from(Int32Array.from(tokens), [tokens.length, 1])).logits.data()]),
    );
    const session = streamModel(net).session();
    expect(tokens.flatMap((token) => [...session.step(token)])).toEqual(whole);
  });

  it("stacks of different cells and widths", () => {
    const rng = new Rng(7);
    const parts = [
      new Recurrent(CELLS.gru, { inputSize: 3, hiddenSize: 5 }, rng.split("a")),
      new Recurrent(CELLS.jordan, { inputSize: 5, hiddenSize: 8, outputSize: 2 }, rng.split("b")),
      new Recurrent(apart, { inputSize: 2, hiddenSize: 4 }, rng.split("c")),
    ];
    const inputs = Array.from({ length: 5 }, (_, t) => values(rng.split(t), 2 * 3));
    const session = streamModel({ recurrent: parts }).session({ batch: 2 });
    const streamed = inputs.map((x) => [...session.step(x)]);
    let expected: ArrayLike<number>[] = inputs;
    for (const recurrent of parts) expected = steps({ recurrent }, expected, 2);
    expect(streamed).toEqual(expected);
  });

  it("whole sequences in one pass over time give the same numbers", () => {
    const rng = new Rng(3);
    const net = new LSTM({ inputSize: 4, hiddenSize: 10, layers: 2 }, rng.split("net"));
    const x = values(rng.split("x"), 20 * 4);
    const whole = scope(() => noGrad(() => [...net.forward(Tensor.from(x, [20, 1, 4])).output.data()]));
    const session = streamModel(net).session();
    expect(Array.from({ length: 20 }, (_, t) => [...session.step(x.subarray(4 * t, 4 * t + 4))]).flat()).toEqual(whole);
  });
});

describe("the plan of a step", () => {
  it("overwrites a state in place where nothing reads the old one afterwards", () => {
    for (const cell of Object.values(CELLS)) {
      const plan = stepPlan(planCell(cell, "infer"));
      expect(plan.buffers.filter(({ name }) => name.startsWith("next.")).map(({ name }) => name)).toEqual([]);
    }
  });

  it("lets a new state wait where something does", () => {
    const waiting = (cell: CellDefinition): string[] =>
      stepPlan(planCell(cell, "infer")).buffers.flatMap(({ name }) => (name.startsWith("next.") ? [name] : []));
    expect(waiting(late)).toEqual(["next.h"]);
  });
});

describe("a bundle", () => {
  const net = new LSTM({ inputSize: 2, hiddenSize: 3 });

  it("is the same for the same network, and its model's hash knows the weights", () => {
    expect(compileStream(net)).toEqual(compileStream(net));
    const { hash } = streamModel(net);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    const other = new LSTM({ inputSize: 2, hiddenSize: 3 });
    expect(streamModel(other).hash).toBe(hash);
    expect(loadStream(compileStream(other)).hash).toBe(hash);
    const weight = other.parameters()[0].data();
    weight[0] += 0.5;
    expect(streamModel(other).hash).not.toBe(hash);
  });

  it("holds the weights of the moment", () => {
    const trained = new LSTM({ inputSize: 2, hiddenSize: 3 });
    const before = streamModel(trained).session();
    const y = [...before.step([1, 2])];
    trained.parameters()[0].data().fill(0);
    before.reset();
    expect([...before.step([1, 2])]).toEqual(y);
    expect([...streamModel(trained).session().step([1, 2])]).not.toEqual(y);
  });

  it("plays from any place in a buffer", () => {
    const bundle = compileStream(net);
    const inside = new Uint8Array(bundle.length + 13);
    inside.set(bundle, 7);
    const session = loadStream(inside.subarray(7, 7 + bundle.length)).session();
    expect([...session.step([1, 2])]).toEqual([...loadStream(bundle).session().step([1, 2])]);
  });
});
