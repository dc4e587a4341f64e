import { describe, expect, it, vi } from "vitest";
import { planCell } from "../cell/index.js";
import { Rng, runtime } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { CELLS, Embedding, LSTM, Recurrent } from "./index.js";

const [T, B, V, E, H] = [7, 5, 11, 6, 9];
const LENGTHS = [7, 3, 0, 7, 1];

type Numbers = Record<string, number[]>;

interface Run {
  readonly cell?: string;
  readonly dtype?: "f32" | "f64";
  readonly lengths?: readonly number[];
  readonly bidirectional?: boolean;
  /** Ids that are drawn from. */
  readonly few?: number;
  /** Touch x, so that nothing is known of its rows any more. */
  readonly unknown?: boolean;
  /** x enters the loss directly too. */
  readonly elsewhere?: boolean;
  readonly frozen?: "table" | "network";
}

/** Everything that comes out, gradients included, and the flops of products outside the emitted code. */
function run(options: Run): { values: Numbers; gradients: Numbers; flops: number } {
  const { cell = "lstm", dtype = "f32", lengths, bidirectional = false, few = 4 } = options;
  const emb = new Embedding({ vocabularySize: V, size: E, dtype }, new Rng(1));
  const net = new Recurrent(CELLS[cell], { inputSize: E, hiddenSize: H, bidirectional, dtype, layers: 2 }, new Rng(2));
  const frozen = { table: [emb.weight], network: net.parameters(), none: [] }[options.frozen ?? "none"];
  for (const parameter of frozen) parameter.requiresGrad = false;
  const rng = new Rng(3);
  const ids = Tensor.from(
    Int32Array.from({ length: T * B }, () => (3 * Math.floor(rng.uniform() * few)) % V),
    [T, B],
  );
  return scope(() => {
    const x = emb.forward(ids);
    if (options.unknown) x.data();
    const before = runtime().counters.gemmFlops;
    const { output, state } = net.forward(x, { lengths });
    let loss = output.square().sum();
    for (const record of state) for (const s of Object.values(record)) loss = loss.add(s.square().sum());
    if (options.elsewhere) loss = loss.add(x.square().sum());
    loss.backward();
    const flops = runtime().counters.gemmFlops - before;
    const values: Numbers = { output: output.toArray() };
    state.forEach((record, i) => Object.entries(record).forEach(([n, s]) => (values[`${n}${i}`] = s.toArray())));
    const leaves = [...net.namedParameters(), ["table", emb.weight] as const];
    const gradients = Object.fromEntries(leaves.map(([name, { grad }]) => [name, grad?.toArray() ?? []]));
    return { values, gradients, flops };
  });
}

function expectClose(a: Numbers, b: Numbers, tolerance: number): void {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, x] of Object.entries(a)) {
    const y = b[name];
    expect(x.length, name).toBe(y.length);
    const largest = Math.max(0, ...y.map(Math.abs));
    const worst = Math.max(0, ...x.map((value, i) => Math.abs(value - y[i])));
    expect(worst, name).toBeLessThanOrEqual(tolerance * Math.max(largest, 0.1));
  }
}

const FORMS: [string, Run][] = [
  ["whole sequences", {}],
  ["ragged", { lengths: LENGTHS }],
  ["both directions, ragged", { lengths: LENGTHS, bidirectional: true }],
  ["x used elsewhere too", { elsewhere: true }],
  ["the table frozen", { frozen: "table" }],
  ["the network frozen", { frozen: "network" }],
];

describe("a recurrent layer over few distinct embedded rows", () => {
  describe.each(FORMS)("%s", (_, form) => {
    it.each(["f32", "f64"] as const)(
      "gives the bits of any rows, and their gradients but for the order of sums: %s",
      (dtype) => {
        const few = run({ ...form, dtype });
        const any = run({ ...form, dtype, unknown: true });
        expect(few.values).toEqual(any.values);
        expectClose(few.gradients, any.gradients, dtype === "f64" ? 1e-12 : 1e-5);
        // Emitted code calls the kernel itself: only products of distinct rows pass the table then.
        if (dtype === "f32") expect([any.flops, few.flops > 0]).toEqual([0, true]);
        else expect(few.flops).toBeLessThan(any.flops);
      },
    );
  });

  it.each(Object.keys(CELLS))("in every cell: %s", (cell) => {
    const [few, any] = [false, true].map((unknown) => run({ cell, dtype: "f64", lengths: LENGTHS, unknown }));
    expect(few.values).toEqual(any.values);
    expectClose(few.gradients, any.gradients, 1e-12);
    // Taken out where x meets one weight, nothing before it, and no time but its own.
    const { sink } = planCell(CELLS[cell]);
    const spared = sink.length === 1 && sink[0].matmuls.length === 1 && sink[0].passes.length === 0;
    if (spared) expect(few.flops).toBeLessThan(any.flops);
    else expect(few.flops).toBe(any.flops);
  });

  it("multiplies all rows where they are many", () => {
    expect(run({ few: V, lengths: [1, 0, 0, 0, 1] }).flops).toBe(0);
  });

  it("multiplies each distinct row once, forward and back", () => {
    const lookups = run({ few: 1 }).flops;
    // e·Wᵀ and S·W: one row, 4H columns, E features.
    expect(lookups).toBe(2 * (2 * 4 * H * E));
  });
});

describe("what is known of rows", () => {
  const emb = new Embedding({ vocabularySize: V, size: E }, new Rng(1));
  const net = new LSTM({ inputSize: E, hiddenSize: H }, new Rng(2));
  const fresh = (): Tensor =>
    Tensor.from(
      new Int32Array(T * B).map((_, i) => i % 3),
      [T, B],
    );
  const output = (x: Tensor): number[] => net.forward(x).output.toArray();

  it("holds for the numbers that were made, whatever the table and the ids become", () => {
    const expected = scope(() => output(emb.forward(fresh())));
    scope(() => {
      const ids = fresh();
      const x = emb.forward(ids);
      const table = emb.weight.toArray();
      ids.data().fill(7);
      emb.weight.data().fill(1);
      expect(output(x)).toEqual(expected);
      emb.weight.set(table);
    });
  });

  it("is forgotten once somebody may have written", () => {
    scope(() => {
      const x = emb.forward(fresh());
      x.data()[0] = 100;
      const same = Tensor.from(Float32Array.from(x.toArray()), [T, B, E]);
      expect(output(x)).toEqual(output(same));
    });
  });

  it("gives no gradient to a table whose rows were detached, and its own to a leaf", () => {
    emb.weight.grad = null;
    scope(() => {
      net.forward(emb.forward(fresh()).detach()).output.sum().backward();
      const leaf = noGrad(() => emb.forward(fresh()));
      leaf.requiresGrad = true;
      net.forward(leaf).output.sum().backward();
      expect(leaf.grad!.toArray().some((value) => value !== 0)).toBe(true);
    });
    expect(emb.weight.grad).toBeNull();
  });

  it("serves several scopes, and a second pass over a graph that was kept", () => {
    const x = emb.forward(fresh());
    const results = [0, 1].map(() => scope(() => noGrad(() => output(x))));
    expect(results[1]).toEqual(results[0]);
    const gradients = scope(() => {
      const loss = net.forward(emb.forward(fresh())).output.square().sum();
      return [true, false].map((retain) => {
        for (const leaf of [emb.weight, ...net.parameters()]) leaf.grad = null;
        loss.backward({ retain });
        return [emb.weight, ...net.parameters()].map(({ grad }) => grad!.toArray());
      });
    });
    expect(gradients[1]).toEqual(gradients[0]);
  });
});

it("any number of threads gives the same bits", async () => {
  const runs = [];
  for (const threads of [1, 2, 3]) {
    vi.resetModules();
    const runtime = await import("../runtime/index.js");
    const machine = runtime.startSync({ threads });
    const nn = await import("./index.js");
    const tensors = await import("../tensor/index.js");
    const emb = new nn.Embedding({ vocabularySize: 70, size: 64 }, new runtime.Rng(1));
    const net = new nn.LSTM({ inputSize: 64, hiddenSize: 65, bidirectional: true }, new runtime.Rng(2));
    const ids = tensors.Tensor.from(
      new Int32Array(40 * 33).map((_, i) => (i * i) % 67),
      [40, 33],
    );
    const result = tensors.scope(() => {
      const lengths = Array.from({ length: 33 }, (_, b) => (b * 7) % 41);
      const { output } = net.forward(emb.forward(ids), { lengths });
      output.square().sum().backward();
      return [output, emb.weight.grad!, ...net.parameters().map(({ grad }) => grad!)].map((t) => t.toArray());
    });
    expect(machine.counters.forks > 0).toBe(threads > 1);
    machine.stop();
    runs.push(result);
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
});
