import { describe, expect, test } from "vitest";
import { bucketedBatches } from "../data/index.js";
import { Dropout, GRU, Linear, Module } from "../nn/index.js";
import { AdamW, optimizerOf, type OptimizerOptions } from "../optim/index.js";
import { Rng } from "../runtime/index.js";
import { crossEntropy, slice, Tensor } from "../tensor/index.js";
import { type EventOf, MemoryRun, train, type TrainEvent, type TrainLoss, type TrainOptions } from "./index.js";

/** A row of numbers, and whether the first is larger than the last. */
interface Example {
  readonly numbers: readonly number[];
  readonly label: number;
}

function examples(count: number, seed: number): Example[] {
  return Array.from({ length: count }, (_, i) => {
    const rng = new Rng(seed).split(i);
    const numbers = Array.from({ length: 3 + (i % 4) }, () => rng.normal());
    return { numbers, label: numbers[0] > numbers.at(-1)! ? 1 : 0 };
  });
}

class Judge extends Module {
  readonly recurrent: GRU;
  readonly dropout = new Dropout({ p: 0.1 });
  readonly output: Linear;

  constructor(rng = new Rng(2)) {
    super();
    this.recurrent = new GRU({ inputSize: 1, hiddenSize: 8 }, rng.split("recurrent"));
    this.output = new Linear({ inputSize: 8, outputSize: 2 }, rng.split("output"));
  }

  /** Rows of one length → logits [B, 2]. */
  forward(batch: readonly Example[], rng?: Rng): Tensor {
    const T = batch[0].numbers.length;
    const x = Float32Array.from(
      { length: T * batch.length },
      (_, i) => batch[i % batch.length].numbers[Math.floor(i / batch.length)],
    );
    const { output } = this.recurrent.forward(Tensor.from(x, [T, batch.length, 1]));
    const last = slice(output, 0, T - 1, T).reshape([batch.length, 8]);
    return this.output.forward(this.dropout.forward(last, { rng }));
  }
}

const batchesOf = (rows: readonly Example[]) => {
  const byLength = new Map<number, Example[]>();
  for (const row of rows) byLength.set(row.numbers.length, [...(byLength.get(row.numbers.length) ?? []), row]);
  const groups = [...byLength.values()].map((group) => bucketedBatches(group, { batch: 16, length: () => 1 }));
  return {
    count: (epoch: number) => groups.reduce((sum, group) => sum + group.count(epoch), 0),
    batch(epoch: number, index: number): readonly Example[] {
      let at = index;
      for (const group of groups) {
        if (at < group.count(epoch)) return group.batch(epoch, at);
        at -= group.count(epoch);
      }
      throw new RangeError();
    },
  };
};

const lossOf =
  (model: Judge): TrainLoss<readonly Example[]> =>
  (batch, { rng }) => {
    const logits = model.forward(batch, rng);
    const scores = logits.toArray();
    const right = batch.filter(({ label }, i) => scores[2 * i + label] > scores[2 * i + 1 - label]).length;
    const loss = crossEntropy(logits, Tensor.from(Int32Array.from(batch.map(({ label }) => label))));
    return { loss, predictions: batch.length, metrics: { accuracy: right / batch.length } };
  };

const data = { train: batchesOf(examples(300, 1)), valid: batchesOf(examples(60, 2)) };

describe("train", () => {
  const settings = {
    optimizer: { name: "adamw", lr: 0.02, groups: [{ match: "*bias*", weightDecay: 0 }] },
    schedule: { name: "cosine", warmup: 10 },
    objective: { name: "accuracy", better: "higher" },
    clip: 1,
    epochs: 6,
    keep: "best",
    unit: "rows",
  } as const;

  test("any module learns from batches, and is judged by others after each pass", async () => {
    const model = new Judge();
    const training = train(model, data, { ...settings, loss: lossOf(model) });
    const valid: EventOf<"valid">[] = [];
    for await (const event of training) if (event.type === "valid") valid.push(event);
    expect(valid).toHaveLength(6);
    expect(valid.at(-1)!.valid.objective.name).toBe("accuracy");
    expect(Math.max(...valid.map(({ valid }) => valid.metrics.accuracy))).toBeGreaterThan(0.85);
    expect(await training.result).toBe(model);
  });

  test("without held-out batches there is no validation; an optimizer may be made before", async () => {
    const model = new Judge();
    const optimizer = new AdamW(model.parameters(), { lr: 0.01 });
    const events: TrainEvent[] = [];
    for await (const event of train(model, data.train, { loss: lossOf(model), optimizer, steps: 5 }))
      events.push(event);
    expect(events.map(({ type }) => type)).toEqual(["start", "step", "step", "step", "step", "step", "end"]);
    expect(events[1]).toMatchObject({ lr: 0.01 });
  });

  test("goes on in the middle of a pass to the same bits", async () => {
    const whole = new MemoryRun();
    const first = new Judge();
    await train(first, data, { ...settings, loss: lossOf(first), store: whole }).result;
    const store = new MemoryRun();
    const killed = new Judge();
    for await (const event of train(killed, data, { ...settings, loss: lossOf(killed), store })) {
      if (event.type === "step" && event.step === 31) break;
    }
    // The weights it begins with do not matter: those of the checkpoint come.
    const model = new Judge(new Rng(99));
    await train(model, data, { ...settings, loss: lossOf(model), store, resume: true }).result;
    expect(store.metrics).toEqual(whole.metrics);
    expect(await store.readBest("model.safetensors")).toEqual(await whole.readBest("model.safetensors"));
    expect(model.parameters().map((p) => p.toArray())).toEqual(first.parameters().map((p) => p.toArray()));
  });

  test("a training that another version began is refused with words", async () => {
    const store = new MemoryRun();
    const model = new Judge();
    const options = { loss: lossOf(model), store, checkpointSteps: 1 };
    await train(model, data, { ...options, steps: 2 }).result;
    const state = JSON.parse(new TextDecoder().decode(await store.read("state.json")));
    for (const [change, words] of [
      [
        { version: 1 },
        "saved in version 1 of state.json, this program goes on with version 2. Its model can still be used",
      ],
      [{ format: "other" }, "is not the state of a training"],
      [{ trainee: { epoch: 0, index: 99, done: 99 } }, "no place in these batches"],
    ] as const) {
      const files = ["model.safetensors", "optimizer.safetensors"];
      const kept = await Promise.all(files.map((name) => store.read(name)));
      for (const [i, name] of files.entries()) await store.put(store.next, name, kept[i]);
      await store.put(store.next, "state.json", new TextEncoder().encode(JSON.stringify({ ...state, ...change })));
      await store.commit(store.next);
      await expect(train(model, data, { ...options, steps: 4, resume: true }).result).rejects.toThrow(words);
    }
  });

  test("what cannot be is refused at once", () => {
    const model = new Judge();
    const refuse = (options: object, words: string): void => {
      const all = { loss: lossOf(model), ...options } as TrainOptions<readonly Example[]>;
      expect(() => train(model, data, all)).toThrow(words);
    };
    refuse({ epoch: 3 }, 'Did you mean "epochs"?');
    refuse({}, "exactly one of steps, epochs and minutes");
    refuse({ steps: 1, patience: -1 }, "patience must be");
    refuse({ steps: 1, optimizer: { name: "adm" } }, 'Did you mean "adam"?');
    refuse({ steps: 1, optimizer: { name: "sgd", beta: 1 } }, 'no option "beta"');
  });
});

describe("an optimizer as JSON", () => {
  const model = new Judge();
  const make = (options: OptimizerOptions) => optimizerOf(options, model.namedParameters());

  test("groups take parameters by name, the first that matches", () => {
    const optimizer = make({
      name: "sgd",
      lr: 1,
      groups: [
        { match: ["output.*"], lr: 0.5 },
        { match: "*bias*", lr: 0 },
      ],
    });
    for (const parameter of model.parameters()) {
      parameter.set(new Float32Array(parameter.size));
      parameter.grad = Tensor.from(new Float32Array(parameter.size).fill(-1), parameter.shape);
    }
    optimizer.step();
    const moved = Object.fromEntries(Array.from(model.namedParameters(), ([name, p]) => [name, p.toArray()[0]]));
    expect(optimizer.lr).toBe(1);
    expect(moved).toEqual({
      "recurrent.weight_ih_l0": 1,
      "recurrent.weight_hh_l0": 1,
      "recurrent.bias_ih_l0": 0,
      "recurrent.bias_hh_l0": 0,
      "output.weight": 0.5,
      "output.bias": 0.5,
    });
  });

  test("a group in which nothing is left is a mistake", () => {
    expect(() => make({ name: "sgd", groups: [{ match: "encoder.*" }] })).toThrow(
      'no parameter is left for the group of "encoder.*"',
    );
    expect(() => make({ name: "sgd", groups: [{ match: "*" }, { match: "output.bias" }] })).toThrow("output.bias");
    expect(() => make({ name: "sgd", groups: [{ match: "output.bias", lrr: 1 }] } as never)).toThrow(
      'Did you mean "lr"?',
    );
  });
});
