/** Stacks of different layers as streams, as steps and as sequences: one network, the same bits. */
import { describe, expect, it } from "vitest";
import type { CellDefinition } from "../cell/index.js";
import {
  type CellState,
  CELLS,
  elman,
  Embedding,
  gru,
  LearnedState,
  Linear,
  lstm,
  Module,
  Recurrent,
  type RecurrentState,
  type Skip,
  Stack,
  type StepModule,
  TapeRecurrent,
} from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { compileStream, streamModel, streamState } from "./compile/index.js";

const [T, B] = [6, 3];
const values = (rng: Rng, n: number): Float32Array => Float32Array.from({ length: n }, () => 2 * rng.uniform() - 1);

/** Outputs of every step [B·O]: of the whole sequence, step by step, and as a stream. */
function threeWays(net: Stack, seed = 9): number[][][] {
  const rows = Array.from({ length: T }, (_, t) => values(new Rng(seed).split(t), B * net.inputSize));
  const tensor = (row: Float32Array): Tensor => Tensor.from(row, [B, net.inputSize]);
  return scope(() =>
    noGrad(() => {
      const x = Tensor.from(Float32Array.from(rows.flatMap((row) => [...row])), [T, B, net.inputSize]);
      const { output } = net.forward(x);
      const whole = rows.map((_, t) => output.select(0, t).toArray());
      let state: RecurrentState | undefined;
      const stepped = rows.map((row) => {
        const next = net.step(tensor(row), state);
        state = next.state;
        return next.output.toArray();
      });
      const session = streamModel(net).session({ batch: B });
      return [whole, stepped, rows.map((row) => [...session.step(row)])];
    }),
  );
}

const mixed = (skips: readonly Skip[]): Stack =>
  new Stack(
    {
      inputSize: 7,
      layers: [
        { cell: lstm, hiddenSize: 7, skip: skips[0] },
        { cell: gru, hiddenSize: skips[0] === "dense" ? 14 : 7, skip: skips[1], zoneout: 0.2 },
        { cell: elman, hiddenSize: 5 },
      ],
    },
    new Rng(4),
  );

describe("a stack has the same bits as a sequence, in steps, and as a stream", () => {
  const names = Object.keys(CELLS).filter((name) => !CELLS[name].crossRow);
  it.each(names.map((name, i) => [name, names[(i + 1) % names.length]]))("%s under %s", (below, above) => {
    const own = ({ extraDims }: CellDefinition): object => ("output" in extraDims ? { outputSize: 3 } : {});
    const net = new Stack(
      {
        inputSize: 5,
        layers: [
          { cell: CELLS[below], hiddenSize: 9, ...own(CELLS[below]) },
          { cell: CELLS[above], hiddenSize: 6, ...own(CELLS[above]) },
        ],
      },
      new Rng(2),
    );
    const [whole, stepped, streamed] = threeWays(net);
    expect(stepped).toEqual(whole);
    expect(streamed).toEqual(whole);
    expect(new Set(whole.flat()).size).toBeGreaterThan(2);
  });

  it.each<[Skip, Skip]>([
    ["residual", "highway"],
    ["dense", "dense"],
    ["highway", "residual"],
    ["dense", "residual"],
    ["none", "dense"],
  ])("with %s and %s", (first, second) => {
    const [whole, stepped, streamed] = threeWays(mixed([first, second]));
    expect(stepped).toEqual(whole);
    expect(streamed).toEqual(whole);
  });

  it("with a skip past the last layer, between an embedding and a linear layer, and in pools", () => {
    const rng = new Rng(5);
    const net = {
      embedding: new Embedding({ vocabularySize: 11, size: 6 }, rng.split("a")),
      recurrent: [
        new Recurrent(gru, { inputSize: 6, hiddenSize: 4, layers: 2 }, rng.split("b")),
        new Stack({ inputSize: 4, layers: [{ cell: lstm, hiddenSize: 3, skip: "dense" }] }, rng.split("c")),
      ] as const,
      output: new Linear({ inputSize: 7, outputSize: 11 }, rng.split("d")),
    };
    const tokens = [3, 1, 4, 1, 5, 9, 2, 6];
    const [below, above] = net.recurrent;
    const expected = scope(() =>
      noGrad(() => {
        const x = net.embedding.forward(Tensor.from(Int32Array.from(tokens), [tokens.length, 1]));
        const logits = net.output.forward(above.forward(below.forward(x).output).output);
        return tokens.map((_, t) => logits.select(0, t).toArray());
      }),
    );
    const model = streamModel(net);
    const session = model.session();
    expect(tokens.map((token) => [...session.step(token)])).toEqual(expected);
    const pool = model.pool(2);
    const [late, member] = [pool.join(), pool.join()];
    tokens.forEach((token, t) => {
      member.feed(token);
      if (t > 3) late.feed(tokens[t - 4]);
      pool.step();
      expect([...member.output]).toEqual(expected[t]);
      if (t > 3) expect([...late.output]).toEqual(expected[t - 4]);
    });
  });

  it("and a name that knows what goes past its layers", () => {
    const hash = (skip: Skip): string => streamModel(mixed([skip, "none"])).hash;
    expect(hash("none")).not.toBe(hash("residual"));
  });
});

describe("streamState", () => {
  const layers = [
    { cell: lstm, hiddenSize: 4, skip: "residual" as const },
    { cell: CELLS["quasiRnn2"], hiddenSize: 3 },
  ];
  const net = new Stack({ inputSize: 4, layers }, new Rng(6));
  const rng = new Rng(7);
  const rows = (n: number, width: number): Tensor => Tensor.from(values(rng, n * width), [n, width]);

  it("goes on from where the network is, and from a learned start", () => {
    const x = Tensor.from(values(rng, T * B * 4), [T, B, 4]);
    const start = new LearnedState(net);
    for (const parameter of start.parameters()) parameter.set(values(rng, parameter.size));
    scope(() =>
      noGrad(() => {
        const { output } = net.forward(x, { state: start.forward(B) });
        const middle = net.forward(x.slice(0, 0, 3), { state: start.forward(B) }).state;
        const model = streamModel(net);
        for (const [from, state] of [
          [0, start.forward(B)],
          [3, middle],
        ] as const) {
          const session = model.session({ batch: B, state: streamState(model, state) });
          for (let t = from; t < T; t++) {
            expect([...session.step(x.select(0, t).toArray())]).toEqual(output.select(0, t).toArray());
          }
        }
      }),
    );
  });

  it("refuses what is no state of the model's", () => {
    const model = streamModel(net);
    const good = net.zeroState(2);
    expect(streamState(model, good).batch).toBe(2);
    const wrong: [string, RecurrentState][] = [
      ["of 2 records", good.slice(1)],
      ["{ h, c } in record 0", [{ h: rows(2, 4) }, good[1]]],
      ["state c of record 0", [{ h: rows(2, 4), c: rows(3, 4) }, good[1]]],
    ];
    for (const [words, state] of wrong) expect(() => streamState(model, state)).toThrow(words);
  });
});

describe("what cannot be streamed", () => {
  class Echo extends Module implements StepModule {
    readonly inputSize = 3;
    readonly outputSize = 3;
    readonly stateSizes = { h: 3 };
    step(x: Tensor, { h }: CellState): { output: Tensor; state: CellState } {
      return { output: x.add(h), state: { h: x } };
    }
  }
  const layer = { cell: gru, hiddenSize: 3 };
  it.each<[string, Stack]>([
    ["both directions", new Stack({ inputSize: 3, layers: [layer, { ...layer, bidirectional: true }] })],
    ["in reverse", new Stack({ inputSize: 3, layers: [{ ...layer, reverse: true }] })],
    ["module with a step", new Stack({ inputSize: 3, layers: [layer, { layer: new TapeRecurrent(new Echo()) }] })],
    ["f64", new Stack({ inputSize: 3, layers: [layer], dtype: "f64" })],
  ])("is refused: %s", (words, net) => {
    expect(() => compileStream(net)).toThrow(
      expect.objectContaining({ code: "E_STREAM_NET", message: expect.stringContaining(words) }),
    );
  });
});
