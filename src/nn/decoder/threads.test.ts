import { expect, test, vi } from "vitest";

test("any number of threads gives the same bits", async () => {
  const run = async (threads: number): Promise<{ losses: number[]; gradients: string; forks: number }> => {
    vi.resetModules();
    const { Rng, startSync } = await import("../../runtime/index.js");
    const machine = startSync({ threads });
    const { scope, Tensor } = await import("../../tensor/index.js");
    const { Seq2Seq } = await import("./index.js");
    const losses: number[] = [];
    let gradients = "";
    for (const attention of ["bahdanau", "luong"] as const) {
      const sizes = { sourceSize: 31, targetSize: 29, embeddingSize: 17, hiddenSize: 33 };
      const model = new Seq2Seq({ ...sizes, attention }, new Rng(3));
      const [S, T, B] = [11, 9, 37];
      const rng = new Rng(4);
      const tokens = (steps: number, size: number): InstanceType<typeof Tensor> =>
        Tensor.from(
          Int32Array.from({ length: steps * B }, () => Math.floor(rng.uniform() * size)),
          [steps, B],
        );
      const lengths = (most: number): number[] =>
        Array.from({ length: B }, () => Math.floor(rng.uniform() * (most + 1)));
      scope(() => {
        const input = { sourceLengths: lengths(S), targetLengths: lengths(T) };
        const { loss } = model.loss(tokens(S, 31), tokens(T, 29), tokens(T, 29), input);
        loss.backward();
        losses.push(loss.item());
      });
      gradients += Array.from(model.namedParameters(), ([name, p]) => `${name} ${p.grad!.toArray().join()}`).join(";");
    }
    const { forks } = machine.counters;
    machine.stop();
    return { losses, gradients, forks };
  };
  const one = await run(1);
  expect(one.forks).toBe(0);
  for (const threads of [2, 3]) {
    const several = await run(threads);
    expect(several.forks).toBeGreaterThan(0);
    expect(several.losses).toEqual(one.losses);
    expect(several.gradients === one.gradients).toBe(true);
  }
});
