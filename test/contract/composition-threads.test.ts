// Masks, resets, merges and stacks of different layers: one, two and three threads compute the same bits.
import { expect, it, vi } from "vitest";

const [T, B, I, H] = [20, 33, 17, 49];

async function numbersWith(threads: number): Promise<{ readonly numbers: number[]; readonly forks: number }> {
  vi.resetModules();
  const { Rng, startSync } = await import("../../src/runtime/index.js");
  const { gru, lstm, Stack } = await import("../../src/nn/index.js");
  const { scope, Tensor } = await import("../../src/tensor/index.js");
  const machine = startSync({ threads });
  const net = new Stack(
    {
      inputSize: I,
      dropout: 0.2,
      layers: [
        { cell: lstm, hiddenSize: H, bidirectional: true, merge: "product" },
        { cell: gru, hiddenSize: H, skip: "highway" },
        { cell: lstm, hiddenSize: H, reverse: true, skip: "dense", zoneout: 0.1 },
      ],
    },
    new Rng(1),
  );
  const rng = new Rng(2);
  const flags = (p: number): Int32Array => Int32Array.from({ length: T * B }, () => (rng.uniform() < p ? 1 : 0));
  const values = Float32Array.from({ length: T * B * I }, () => rng.normal());
  const [mask, reset] = [0.7, 0.2].map((p) => Tensor.from(flags(p), [T, B]));
  const x = Tensor.from(values, [T, B, I], { requiresGrad: true });
  const numbers = scope(() => {
    const { output, state } = net.forward(x, { mask, reset, rng: new Rng(3) });
    const all = [output, ...state.flatMap((record) => Object.values(record))];
    all
      .map((value) => value.square().sum())
      .reduce((a, b) => a.add(b))
      .backward();
    const gradients = [x, ...net.parameters()].map(({ grad }) => grad!);
    return [...all, ...gradients].flatMap((value) => value.toArray());
  });
  const { forks } = machine.counters;
  machine.stop();
  return { numbers, forks };
}

it("any number of threads gives the same bits", { timeout: 60_000 }, async () => {
  const one = await numbersWith(1);
  expect(one.forks).toBe(0);
  expect(one.numbers.every(Number.isFinite)).toBe(true);
  for (const threads of [2, 3]) {
    const many = await numbersWith(threads);
    expect(many.forks).toBeGreaterThan(0);
    expect(many.numbers.filter((value, i) => !Object.is(value, one.numbers[i]))).toEqual([]);
    expect(many.numbers).toHaveLength(one.numbers.length);
  }
});
