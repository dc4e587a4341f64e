import { describe, expect, test } from "vitest";
import type { BatchSource } from "../data/index.js";
import { Dropout, Linear, Module } from "../nn/index.js";
import { Adam, ASGD, SGD } from "../optim/index.js";
import { Rng } from "../runtime/index.js";
import { mseLoss, Tensor } from "../tensor/index.js";
import {
  type Callback,
  ExampleTrainee,
  type ExampleLesson,
  type LoopOptions,
  MemoryRun,
  type Score,
  scoreBatches,
  scoreOf,
  type TrainEvent,
  trainingLoop,
} from "./index.js";

type Row = readonly [x: number, y: number, target: number];

/** 24 rows of target = 2x − y + noise, in batches of unequal size: 3, 5, 4 and so on, in another order each epoch. */
const ROWS: readonly Row[] = Array.from({ length: 24 }, (_, i) => {
  const rng = new Rng(7).split(i);
  const [x, y] = [rng.normal(), rng.normal()];
  return [x, y, 2 * x - y + 0.1 * rng.normal()];
});
const SIZES = [3, 5, 4, 1, 6, 5];

const batches: BatchSource<readonly Row[]> = {
  count: () => SIZES.length,
  batch(epoch, index) {
    const turned = ROWS.map((_, i) => ROWS[(i * 5 + epoch * 7) % ROWS.length]);
    const from = SIZES.slice(0, index).reduce((a, b) => a + b, 0);
    return turned.slice(from, from + SIZES[index]);
  },
};

class Model extends Module {
  readonly dropout = new Dropout({ p: 0.25 });
  readonly hidden = new Linear({ inputSize: 2, outputSize: 6 }, new Rng(3));
  readonly output = new Linear({ inputSize: 6, outputSize: 1 }, new Rng(4));

  loss(rows: readonly Row[], rng?: Rng): Tensor {
    const x = Tensor.from(new Float32Array(rows.flatMap(([a, b]) => [a, b])), [rows.length, 2]);
    const target = Tensor.from(new Float32Array(rows.map(([, , t]) => t)), [rows.length, 1]);
    return mseLoss(this.output.forward(this.dropout.forward(this.hidden.forward(x).tanh(), { rng })), target);
  }
}

interface Lesson {
  readonly model: Model;
  readonly trainee: ExampleTrainee<readonly Row[]>;
}

function lesson(more: Partial<ExampleLesson<readonly Row[]>> = {}): Lesson {
  const model = new Model();
  const measure = (rows: readonly Row[], rng?: Rng) => ({ loss: model.loss(rows, rng), predictions: rows.length });
  const trainee = new ExampleTrainee({
    module: model,
    batches,
    seed: 5,
    unit: "rows",
    loss: (rows, { rng }) => measure(rows, rng),
    validate: () => scoreBatches(batches, (rows) => measure(rows)),
    ...more,
  });
  return { model, trainee };
}

function optionsFor({ model, trainee }: Lesson, more: Partial<LoopOptions> = {}): LoopOptions {
  const optimizer = new Adam(model.parameters(), { lr: 0.02 });
  const base = { trainee, optimizer, clip: 1, config: {}, store: null, budget: { epochs: 3 }, validEpochs: 1 };
  return { ...base, ...more };
}

async function run(options: LoopOptions): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of trainingLoop(options)) events.push(event);
  return events;
}

const of = <Type extends TrainEvent["type"]>(events: readonly TrainEvent[], type: Type) =>
  events.filter((event): event is Extract<TrainEvent, { type: Type }> => event.type === type);

/** Objectives to tell, one a validation, then the last for ever. */
const scripted = (values: number[], better: Score["objective"]["better"] = "lower") => {
  let i = 0;
  return async (): Promise<Score> => {
    const value = values[Math.min(i++, values.length - 1)];
    return scoreOf(value, 1, { figure: value }, { name: "figure", better });
  };
};

describe("examples", () => {
  test("are gone through epoch by epoch, with validations where an epoch ends", async () => {
    const events = await run(optionsFor(lesson()));
    expect(of(events, "start")[0]).toMatchObject({ unit: "rows", totalSteps: 18 });
    expect(of(events, "step").map(({ predictions }) => predictions)).toEqual([...SIZES, ...SIZES, ...SIZES]);
    expect(of(events, "valid").map(({ step }) => step)).toEqual([6, 12, 18]);
    expect(of(events, "valid")[0].valid.predictions).toBe(ROWS.length);
    expect(of(events, "step")[8].epoch).toBe(1.5);
  });

  test("the loss learns where it is, and its randomness is that of the place", async () => {
    const seen: { epoch: number; step: number; drawn: number }[] = [];
    const { model } = lesson();
    const loss = (rows: readonly Row[], { rng, epoch, step }: { rng: Rng; epoch: number; step: number }) => {
      seen.push({ epoch, step, drawn: rng.split("x").uniform() });
      return { loss: model.loss(rows), predictions: rows.length };
    };
    const trainee = new ExampleTrainee({ module: model, batches, loss });
    await run({ ...optionsFor({ model, trainee }), budget: { steps: 8 } });
    expect(seen.map(({ epoch, step }) => [epoch, step])).toEqual(
      [1, 2, 3, 4, 5, 6]
        .map((s) => [0, s])
        .concat([
          [1, 7],
          [1, 8],
        ]),
    );
    expect(new Set(seen.map(({ drawn }) => drawn)).size).toBe(8);
  });

  test("a batch in which nothing is predicted is an error, and so is a place that is not in the data", async () => {
    const { model, trainee } = lesson({ loss: (rows) => ({ loss: model.loss(rows), predictions: 0 }) });
    await expect(run(optionsFor({ model, trainee }))).rejects.toThrow("batch 0 of epoch 0 has 0 predictions");
    const { trainee: other } = lesson();
    const read = async () => new Uint8Array();
    await expect(other.restore(read, { epoch: 0, index: 6, done: 6 })).rejects.toThrow("no place in these batches");
  });
});

describe("accumulation", () => {
  test("batches of a step add up to the big one, weighted by their predictions, the last of a pass as they come", async () => {
    const big: BatchSource<readonly Row[]> = {
      count: () => 2,
      batch: (epoch, index) =>
        [0, 1, 2, 3].flatMap((i) => (index * 4 + i < 6 ? batches.batch(epoch, index * 4 + i) : [])),
    };
    const whole = lesson({
      batches: big,
      loss: (rows) => ({ loss: whole.model.loss(rows), predictions: rows.length }),
    });
    const parts = lesson({ loss: (rows) => ({ loss: parts.model.loss(rows), predictions: rows.length }) });
    const expected = of(await run(optionsFor(whole)), "step");
    const found = of(await run(optionsFor(parts, { accumulate: 4 })), "step");
    expect(found.map(({ predictions }) => predictions)).toEqual([13, 11, 13, 11, 13, 11]);
    expect(found.map(({ epoch }) => epoch)).toEqual(expected.map(({ epoch }) => epoch));
    for (const [i, { loss, gradNorm }] of found.entries()) {
      expect(loss).toBeCloseTo(expected[i].loss, 5);
      expect(gradNorm).toBeCloseTo(expected[i].gradNorm, 5);
    }
    for (const [i, parameter] of parts.model.parameters().entries()) {
      for (const [j, value] of parameter.toArray().entries()) {
        expect(value).toBeCloseTo(whole.model.parameters()[i].toArray()[j], 5);
      }
    }
  });
});

describe("learning rates, patience and the best", () => {
  test("events and log tell the rate that moved the weights", async () => {
    const lr = 0.5;
    for (const schedule of [{ name: "linear" } as const, (step: number) => 1 - step / 18]) {
      const { model, trainee } = lesson();
      const store = new MemoryRun();
      const optimizer = new SGD(model.parameters(), { lr });
      const before: number[] = [];
      const callbacks: Callback[] = [{ start: () => void before.push(model.output.bias!.item()) }];
      const events = await run(
        optionsFor({ model, trainee }, { optimizer, schedule, store, callbacks, clip: Infinity }),
      );
      const rates = of(events, "step").map((event) => event.lr);
      expect(rates[0]).toBe(lr);
      for (const [i, rate] of rates.entries()) expect(rate).toBeCloseTo(lr * (1 - i / 18), 12);
      expect(store.metrics.flatMap((line) => (line.lr === undefined ? [] : [line.lr]))).toEqual(rates);
    }
  });

  test("a rate of nothing moves nothing", async () => {
    const { model, trainee } = lesson();
    const before = model.parameters().map((parameter) => parameter.toArray());
    await run(optionsFor({ model, trainee }, { schedule: { name: "piecewise", at: [0], factors: [0] } }));
    expect(model.parameters().map((parameter) => parameter.toArray())).toEqual(before);
  });

  test("a plateau cuts the rate after validations without progress", async () => {
    const options = optionsFor(lesson({ validate: scripted([1]) }), {
      schedule: { name: "plateau", factor: 0.5, patience: 1 },
      budget: { epochs: 5 },
    });
    const rates = of(await run(options), "step").map(({ lr }) => lr);
    // The first validation is progress; the two after it are not.
    expect(rates).toEqual([...Array<number>(18).fill(0.02), ...Array<number>(12).fill(0.01)]);
  });

  test("patience ends a training, counted in validations; small progress does not help", async () => {
    const told = async (values: number[], more: Partial<LoopOptions>, better?: "higher") => {
      const events = await run(
        optionsFor(lesson({ validate: scripted(values, better) }), { budget: { epochs: 9 }, ...more }),
      );
      const { reason, step, best } = of(events, "end")[0];
      return [reason, step / 6, best!.step / 6, of(events, "valid").map((event) => event.best)];
    };
    expect(await told([5, 4, 4.5, 4.2, 3], { patience: 2 })).toEqual(["patience", 4, 2, [true, true, false, false]]);
    expect(await told([5, 4, 3.9, 3.8], { patience: 2, minDelta: 0.5 })).toEqual([
      "patience",
      4,
      4,
      [true, true, true, true],
    ]);
    expect(await told([0.5, 0.7, 0.6, 0.6], { patience: 2 }, "higher")).toEqual([
      "patience",
      4,
      2,
      [true, true, false, false],
    ]);
    expect((await told([NaN, 2, NaN], { patience: 3 }))[3]).toEqual([false, true, false, false, false]);
    expect((await told([3, 2, 1], {}))[0]).toBe("finished");
  });

  test("the best is kept beside the last, and the model ends with the one asked for", async () => {
    const script = () => scripted([5, 3, 4]);
    const weights = (model: Model): number[][] => model.parameters().map((parameter) => parameter.toArray());
    let atBest: number[][] = [];
    for (const store of [null, new MemoryRun()]) {
      const kept = lesson({ validate: script() });
      const callbacks: Callback[] = [{ valid: ({ step }) => void (step === 12 && (atBest = weights(kept.model))) }];
      const events = await run(optionsFor(kept, { store, keep: "best", callbacks }));
      expect(of(events, "end")[0].best).toMatchObject({ step: 12, value: 3 });
      expect(weights(kept.model)).toEqual(atBest);
    }
    const last = lesson({ validate: script() });
    const store = new MemoryRun();
    await run(optionsFor(last, { store }));
    expect(weights(last.model)).not.toEqual(atBest);
    expect(store.best).toBeLessThan(store.generation!);
    last.trainee.loadModel(await store.readBest("model.safetensors"));
    expect(weights(last.model)).toEqual(atBest);
  });
});

test("a schedule that remembers goes on with its own memory alone", async () => {
  const store = new MemoryRun();
  const settings = { store, budget: { epochs: 1 }, schedule: { name: "plateau" } } as const;
  await run(optionsFor(lesson(), settings));
  const other = { ...settings, resume: true, budget: { epochs: 2 }, schedule: { name: "validDecay" } } as const;
  await expect(run(optionsFor(lesson(), other))).rejects.toThrow("has the memory of another schedule");
  await run(optionsFor(lesson(), { ...other, schedule: { name: "cosine" } }));
});

describe("callbacks", () => {
  test("are called before the event is told, may wait, and may end the training", async () => {
    const told: string[] = [];
    const callbacks: Callback[] = [
      { step: async ({ step }) => void told.push(`a ${await Promise.resolve(step)}`) },
      { step: ({ step }) => (step === 4 ? "stop" : undefined), end: ({ reason }) => void told.push(reason) },
    ];
    const events = await run(optionsFor(lesson(), { callbacks }));
    expect(told).toEqual(["a 1", "a 2", "a 3", "a 4", "callback"]);
    // As at every other end there is a validation.
    expect(of(events, "valid").map(({ step }) => step)).toEqual([4]);
    expect(of(events, "end")[0]).toMatchObject({ step: 4, reason: "callback" });
  });

  test("an event that there is not is refused, and so is what is no function", async () => {
    const refuse = (callback: object, words: string) =>
      expect(run(optionsFor(lesson(), { callbacks: [{}, callback as Callback] }))).rejects.toThrow(words);
    await refuse({ steps: () => {} }, 'callbacks[1]: there is no option "steps". Did you mean "step"?');
    await refuse({ step: 3 }, "callbacks[1].step must be a function, received number");
  });

  test("one that throws ends the training behind a checkpoint", async () => {
    const store = new MemoryRun();
    const callbacks: Callback[] = [{ step: ({ step }) => void (step === 3 && JSON.parse("{")) }];
    await expect(run(optionsFor(lesson(), { callbacks, store }))).rejects.toThrow(SyntaxError);
    expect(JSON.parse(new TextDecoder().decode(await store.read("state.json"))).step).toBe(3);
  });
});

test("options out of range are refused", async () => {
  const refuse = (more: object, words: string) => expect(run(optionsFor(lesson(), more))).rejects.toThrow(words);
  await refuse({ accumulate: 0 }, "accumulate must be a whole number from 1, received 0");
  await refuse({ patience: 0.5 }, "patience must be a whole number from 1");
  await refuse({ validEpochs: 0 }, "validEpochs must be a number above 0");
  await refuse({ minDelta: -1 }, "minDelta must be");
  await refuse({ keep: "first" }, 'keep must be "last" or "best", received first');
  await refuse({ clip: -1 }, "clip must be");
  await refuse({ schedule: { name: "cosine" }, budget: { minutes: 1 } }, "has no known number of steps");
});

describe("a training that goes wrong says where", () => {
  test("the first result that is no number, by its operation and weights", async () => {
    const { model } = lesson();
    const trainee = new ExampleTrainee({
      module: model,
      batches,
      loss: (rows, { step }) => {
        const loss = model.loss(rows);
        return { loss: step < 4 ? loss : loss.sub(loss).log().mul(0), predictions: rows.length };
      },
    });
    const failed = run(optionsFor({ model, trainee }));
    await expect(failed).rejects.toThrow("the loss became NaN at step 4. Nothing was saved by this training.");
    await expect(failed).rejects.toThrow(
      "First to be no number: the result of log, shape [].\nKeep what log is given away from 0",
    );
    await expect(failed).rejects.toThrow(
      /Norm of the gradient before, at a learning rate of 0\.02: [\d.]+, [\d.]+, [\d.]+\./,
    );
  });

  test("a weight that is no number, and the gradients that are", async () => {
    const { model, trainee } = lesson();
    const callbacks: Callback[] = [
      { step: ({ step }) => void (step === 2 && model.hidden.bias!.set([NaN, 0, 0, 0, 0, 0])) },
    ];
    const failed = run(optionsFor({ model, trainee }, { callbacks }));
    await expect(failed).rejects.toThrow("First to be no number: the weight hidden.bias.");
  });

  test("a gradient that is no number: the one that the backward pass came to first", async () => {
    const { model } = lesson();
    const trainee = new ExampleTrainee({
      module: model,
      batches,
      loss: (rows) => {
        // √x at 0 has no slope; its value is fine.
        const bad = model.hidden.bias!.mul(0).sum().sqrt().mul(0);
        return { loss: model.loss(rows).add(bad), predictions: rows.length };
      },
    });
    const failed = run(optionsFor({ model, trainee }));
    await expect(failed).rejects.toThrow(/the norm of the gradient became NaN at step 1/);
    await expect(failed).rejects.toThrow("First to be no number: the gradient of hidden.bias.");
    await expect(failed).rejects.toThrow(/Largest gradients: (hidden|output)\.\w+ [\d.]+, /);
  });

  test("a layer's result names its weights", async () => {
    const { model, trainee } = lesson();
    model.output.weight.set(new Float32Array(6).fill(3e38));
    model.hidden.bias!.set(new Float32Array(6).fill(9));
    await expect(run(optionsFor({ model, trainee }))).rejects.toThrow(
      /the loss became (Infinity|NaN).*\nFirst to be no number: the result of linear of output\.weight, output\.bias, shape \[3, 1\]/,
    );
  });
});

test("averaged weights are what is scored, saved and kept; what training goes on with comes back", async () => {
  const script = [3, 2, 4, 4, 1, 5];
  const make = () => {
    // The n-th validation, by the step it happens at, so that it is the same after a resume.
    const made: Lesson & { at: number } = {
      ...lesson({ validate: async () => scoreOf(script[made.at / 6 - 1], 1) }),
      at: 0,
    };
    return made;
  };
  const runOn = (made: ReturnType<typeof make>, store: MemoryRun, more: Partial<LoopOptions> = {}) => {
    const optimizer = new ASGD(made.model.parameters(), { lr: 0.3, nonMonotone: 1 });
    const callbacks: Callback[] = [
      { step: ({ step }) => void (made.at = step), start: ({ step }) => void (made.at = step) },
    ];
    return { optimizer, options: optionsFor(made, { store, optimizer, callbacks, budget: { epochs: 6 }, ...more }) };
  };
  const weights = ({ model }: Lesson): number[][] => model.parameters().map((parameter) => parameter.toArray());
  const straight = make();
  const whole = new MemoryRun();
  const { optimizer, options } = runOn(straight, whole);
  await run(options);
  expect(optimizer.averaging).toBe(true);
  const averaged = weights(straight);
  const read = make();
  read.trainee.loadModel(await whole.read("model.safetensors"));
  expect(weights(read)).toEqual(averaged);
  optimizer.swapAverages();
  expect(weights(straight)).not.toEqual(averaged);
  for (const stop of [7, 18, 20, 35]) {
    const store = new MemoryRun();
    for await (const event of trainingLoop(runOn(make(), store).options)) {
      if (event.type === "step" && event.step === stop) break;
    }
    await run(runOn(make(), store, { resume: true }).options);
    expect(store.metrics).toEqual(whole.metrics);
    for (const file of ["model.safetensors", "optimizer.safetensors", "raw.safetensors"]) {
      expect(await store.read(file)).toEqual(await whole.read(file));
    }
    expect(await store.readBest("model.safetensors")).toEqual(await whole.readBest("model.safetensors"));
  }
});

test("a training that is stopped at any step has the bits of one that was not: schedule, accumulation, patience and all", async () => {
  const more = {
    accumulate: 4,
    schedule: { name: "plateau", factor: 0.5, patience: 0, warmup: 3 },
    patience: 3,
  } as const;
  const settings = { ...more, budget: { epochs: 6 }, validSteps: 3, validEpochs: undefined };
  const script = [5, 4, 4.5, 4.2, 4.1, 4.3];
  // A pure function of the weights, so that it is the same after a resume.
  const scores = (model: Model) => async () => {
    const noise = model.output.bias!.item();
    return scoreOf(script[Math.abs(Math.round(noise * 1e6)) % script.length], 1);
  };
  const make = (): Lesson => {
    const made = lesson({ validate: () => scores(made.model)() });
    return made;
  };
  const whole = new MemoryRun();
  const events = await run(optionsFor(make(), { ...settings, store: whole }));
  const last = of(events, "end")[0].step;
  expect(new Set(of(events, "step").map(({ lr }) => lr)).size).toBeGreaterThan(3);
  for (const stop of [1, 3, 4, 5, 6, last - 1]) {
    for (const at of ["step", "valid"] as const) {
      const store = new MemoryRun();
      for await (const event of trainingLoop(optionsFor(make(), { ...settings, store }))) {
        if (event.type === at && event.step >= stop) break;
      }
      await run(optionsFor(make(), { ...settings, store, resume: true }));
      expect(store.metrics).toEqual(whole.metrics);
      for (const file of ["model.safetensors", "optimizer.safetensors"]) {
        expect(await store.read(file)).toEqual(await whole.read(file));
        expect(await store.readBest(file)).toEqual(await whole.readBest(file));
      }
    }
  }
});
