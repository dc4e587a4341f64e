/** What an editor sees of a training; like `usage.ts`, for hosts that have an `AbortSignal`. */
import type { Rng, Tensor } from "hiddenstate";
import type { Linear } from "hiddenstate/nn";
import { type Callback, type EventOf, MemoryRun, train } from "hiddenstate/train";

/** Compiles only if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_Claim extends true>(): void {}

export async function trained(model: Linear, loss: Tensor, signal: AbortSignal): Promise<number> {
  const batches = { count: () => 3, batch: (epoch: number, index: number): readonly number[] => [epoch, index] };
  const callback: Callback = { valid: ({ valid }) => (valid.loss < 1 ? "stop" : undefined) };
  const training = train(
    model,
    { train: batches, valid: batches },
    {
      loss: (batch, { rng }) => {
        is<Same<typeof batch, readonly number[]>>();
        is<Same<typeof rng, Rng | undefined>>();
        return { loss, predictions: batch.length };
      },
      optimizer: { name: "sgd", lr: 1, momentum: 0.9, groups: [{ match: "*bias*", lr: 2 }] },
      schedule: { name: "cosine", warmup: 10 },
      callbacks: [callback],
      store: new MemoryRun(),
      epochs: 2,
      signal,
    },
  );
  let last: EventOf<"end"> | undefined;
  for await (const event of training) if (event.type === "end") last = event;
  is<Same<Awaited<typeof training.result>, Linear>>();
  return last?.valid?.metrics["accuracy"] ?? 0;
}

export function mistakes(model: Linear, x: Tensor): void {
  const source = { count: () => 1, batch: () => x };
  const loss = (): { loss: Tensor; predictions: number } => ({ loss: x, predictions: 1 });
  // @ts-expect-error schedules have names of a list
  train(model, source, { loss, schedule: { name: "cosin" } });
  // @ts-expect-error settings are those of the optimizer that is named
  train(model, source, { loss, optimizer: { name: "adam", momentum: 0.9 } });
  // @ts-expect-error callbacks have the types of events
  train(model, source, { loss, callbacks: [{ steps: () => {} }] });
}
