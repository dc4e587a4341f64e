import { beforeAll, describe, expect, test } from "vitest";
import { cellOption } from "./cell-option.js";
import { runtime } from "../runtime/index.js";
import { type EventOf, MemoryRun, type TrainEvent, type Training } from "../train/index.js";
import { language, type LanguageModel, type LanguageOptions } from "./index.js";

const TEXT = Array.from({ length: 90 }, (_, i) => `line ${i} says ${(i * 7919) % 97} and ${"abcdefgh"[i % 8]}.\n`).join(
  "",
);
const TINY: LanguageOptions = { hidden: 9, embed: 5, window: 7, batch: 5, lr: 1e-2, steps: 30 };

async function collect(training: Training<LanguageModel>): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of training) events.push(event);
  return events;
}
const of = <Type extends TrainEvent["type"]>(events: TrainEvent[], type: Type): EventOf<Type>[] =>
  events.filter((event): event is EventOf<Type> => event.type === type);

describe("language.train", () => {
  let events: TrainEvent[];
  let model: LanguageModel;
  beforeAll(async () => {
    const training = language.train(TEXT, { ...TINY, steps: 200 });
    events = await collect(training);
    model = await training.result;
  });

  test("learns: the loss falls well below a uniform guess, and held-out text is scored", () => {
    const losses = of(events, "step").map(({ loss }) => loss);
    expect(losses.length).toBe(200);
    expect(losses[0]).toBeGreaterThan(3);
    expect(losses.at(-1)).toBeLessThan(1.8);
    const end = of(events, "end")[0];
    expect(events.at(-1)).toBe(end);
    expect(end).toMatchObject({ step: 200, reason: "finished", run: null });
    expect(end.valid?.loss).toBeLessThan(2.2);
    expect(end.valid?.metrics.nats).toBe(end.valid?.loss);
    expect(end.valid?.metrics.bpc).toBeCloseTo(end.valid!.loss / Math.LN2, 12);
    expect(end.valid?.objective).toEqual({ name: "nats", value: end.valid?.loss, better: "lower" });
  });

  test("tells samples on the way, one at the end, and is clear about where it is", () => {
    expect(of(events, "sample").map(({ step }) => step)).toEqual([50, 100, 150, 200]);
    expect(of(events, "sample")[3].text).toHaveLength(200);
    expect(events[0]).toMatchObject({ type: "start", step: 0, totalSteps: 200 });
    const { epoch, step } = of(events, "step")[99];
    expect(epoch).toBeCloseTo(step / Math.floor((Math.floor(TEXT.length * 0.9) - 1) / 35), 12);
  });

  test("writes the same with the same options, otherwise something else", () => {
    const write = (options: object): string => [...model.generate({ length: 60, ...options })].join("");
    expect(write({ seed: 3 })).toBe(write({ seed: 3 }));
    expect(write({ seed: 3 })).not.toBe(write({ seed: 4 }));
    expect(write({ seed: 3, temperature: 0 })).toBe(write({ seed: 4, temperature: 0 }));
    expect(write({ prompt: "line 4", temperature: 0 })).not.toBe(write({ prompt: "says", temperature: 0 }));
    expect(() => write({ prompt: "line é" })).toThrow("U+00E9");
  });

  test("predicts how a line goes on: the best choice each time, unless told otherwise", async () => {
    const { prompt, continuation } = await model.predict("line 4");
    expect(prompt).toBe("line 4");
    expect(continuation).toBe([...model.generate({ prompt, length: 100, temperature: 0 })].join(""));
    const drawn = await model.predict("line 4", { length: 30, temperature: 1, seed: 5 });
    expect(drawn.continuation).toBe([...model.generate({ prompt, length: 30, seed: 5 })].join(""));
    expect(await model.answer(["line 4", "line 5"], { length: 7 })).toEqual(
      await Promise.all(
        ["line 4", "line 5"].map(async (line) => {
          const json = await model.predict(line, { length: 7 });
          return { text: line + json.continuation, json };
        }),
      ),
    );
    await expect(model.predict("é")).rejects.toThrow("U+00E9");
  });

  test("refuses what is no text, no length, no option, each by its name", async () => {
    const none = expect.objectContaining({ code: "E_EXAMPLE", message: expect.stringMatching(/^language\.\w+: the /) });
    for (const data of [5, undefined, null, ["a"], {}]) {
      expect(() => language.train(data as never)).toThrow(none);
      await expect(model.predict(data as never)).rejects.toThrow(none);
      await expect(model.evaluate(data as never)).rejects.toThrow(none);
    }
    const write = (options: object): unknown => [...model.generate(options)];
    expect(() => write({ prompt: 3 })).toThrow(none);
    expect(() => model.continuations({ prompt: 3 as never })).toThrow(none);
    expect(() => write({ length: 1.5 })).toThrow("length must be a whole number from 0");
    expect(() => write({ promt: "s" })).toThrow('no option "promt". Did you mean "prompt"?');
    expect(() => write({ noRepeat: 1, length: 10_000 })).toThrow("Forbid less");
  });

  test("scores a text as one stream, whatever its length", async () => {
    const text = TEXT.slice(0, 1234);
    const score = await model.evaluate(text);
    expect(score.predictions).toBe(1233);
    expect(score.metrics.nats).toBeLessThan(1.8);
    await expect(model.evaluate("x")).rejects.toThrow();
    await expect(model.evaluate(TEXT, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  });

  test("survives save and load", async () => {
    const run = new MemoryRun();
    await model.save(run);
    const loaded = await language.load(run);
    const options = { length: 50, seed: 8 };
    expect([...loaded.generate(options)]).toEqual([...model.generate(options)]);
    expect(loaded.config).toEqual(model.config);
  });
});

test.each(cellOption("lstm", "").words)("%s trains", async (cell) => {
  const events = await collect(language.train(TEXT, { ...TINY, cell, steps: 60 }));
  const losses = of(events, "step").map(({ loss }) => loss);
  expect(losses.at(-1)).toBeLessThan(losses[0] - 0.4);
});

test("a training that is stopped and resumed, at any step, has the numbers of one that was not", async () => {
  const options = { ...TINY, dropout: 0.2, steps: 40 };
  const settings = { validSteps: 10, samples: 2 };
  const whole = new MemoryRun();
  await collect(language.train(TEXT, options, { ...settings, store: whole }));
  expect(whole.metrics.filter((line) => "loss" in line)).toHaveLength(40);
  for (const stop of [1, 10, 23, 40]) {
    const store = new MemoryRun();
    for await (const event of language.train(TEXT, options, { ...settings, store })) {
      if (event.type === "step" && event.step === stop) break;
    }
    // What a killed process would have left behind its checkpoint.
    await store.appendMetric({ step: stop, valid: "of a killed run" });
    await store.appendMetric({ step: stop + 1, loss: 7 });
    await collect(await language.resume(TEXT, store, settings));
    expect(store.metrics).toEqual(whole.metrics);
    expect(await store.read("model.safetensors")).toEqual(await whole.read("model.safetensors"));
    expect(await store.read("optimizer.safetensors")).toEqual(await whole.read("optimizer.safetensors"));
  }
});

test("an abort signal ends a training after saving", async () => {
  const controller = new AbortController();
  const store = new MemoryRun();
  const events: TrainEvent[] = [];
  for await (const event of language.train(TEXT, TINY, { store, signal: controller.signal })) {
    events.push(event);
    if (event.type === "step" && event.step === 4) controller.abort();
  }
  expect(events.at(-1)).toMatchObject({ type: "end", step: 4, reason: "cancelled", valid: null });
  expect(JSON.parse(new TextDecoder().decode(await store.read("state.json"))).step).toBe(4);
});

test("a loss that explodes stops the training and keeps the last good checkpoint", async () => {
  const store = new MemoryRun();
  const training = language.train(TEXT, { ...TINY, lr: 1e25 }, { store, checkpointSteps: 1 });
  await expect(training.result).rejects.toThrow(
    /step \d+\. The last good checkpoint, of step \d+, is kept\. Try a lower/,
  );
  const loaded = await language.load(store);
  for (const parameter of loaded.network.parameters()) expect(parameter.toArray().every(Number.isFinite)).toBe(true);
});

test("a resume under other kernels needs a word", async () => {
  const store = new MemoryRun();
  await collect(language.train(TEXT, { ...TINY, steps: 2 }, { store }));
  const state = JSON.parse(new TextDecoder().decode(await store.read("state.json")));
  expect(state.kernels).toBe(runtime().report().kernels);
  await store.put(store.next, "state.json", new TextEncoder().encode(JSON.stringify({ ...state, kernels: "of old" })));
  for (const name of ["model", "optimizer", "carry"].map((name) => `${name}.safetensors`)) {
    await store.put(store.next, name, await store.read(name));
  }
  await store.commit(store.next);
  const refused = await language.resume(TEXT, store, { steps: 4 });
  await expect(refused.result).rejects.toThrow('computed by "of old" kernels');
  const accepted = await language.resume(TEXT, store, { steps: 4, acceptKernels: true });
  expect((await collect(accepted)).at(-1)).toMatchObject({ type: "end", step: 4 });
});

test("senseless options are refused before anything happens", async () => {
  const refuse = (options: object, words: string): void =>
    expect(() => language.train(TEXT, options as LanguageOptions)).toThrow(words);
  refuse({ cell: "lstn" }, 'Did you mean "lstm"?');
  refuse({ hiden: 3 }, 'Did you mean "hidden"?');
  refuse({ hidden: 0 }, "hidden must be a whole number from 1, received 0");
  refuse({ valid: 1 }, "valid must be a share");
  refuse({ steps: 3, minutes: 1 }, "received steps and minutes");
  refuse({ window: 5000 }, "at least 250001 tokens");
  expect(() => language.train("")).toThrow("the text has 0");
  const store = new MemoryRun();
  await collect(language.train(TEXT, { ...TINY, steps: 1 }, { store }));
  await expect(language.resume(`${TEXT}!`, store)).rejects.toMatchObject({ code: "E_DATA_CHANGED" });
  const training = language.train(TEXT, { ...TINY, steps: 1 });
  await collect(training);
  await expect(collect(training)).rejects.toThrow("iterated once");
});
