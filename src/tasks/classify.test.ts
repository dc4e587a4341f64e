import { beforeAll, describe, expect, test } from "vitest";
import { memoryFile } from "../data/index.js";
import { cellOption } from "./cell-option.js";
import { MemoryRun, type TrainEvent, type Training } from "../train/index.js";
import type { ClassifyData, ClassifyExample, TextExample } from "./classify-data.js";
import type { ClassifyOptions } from "./classify-options.js";
import { classify } from "./classify.js";
import type { Classifier } from "./trained-classifier.js";

const TINY: ClassifyOptions = { cell: "gru", hidden: 12, embed: 8, batch: 16, lr: 1e-2, dropout: 0.1, epochs: 6 };
const { data: SENTENCES } = classify.example();
const SOME = SENTENCES.slice(0, 240);

async function collect(training: Training<Classifier>): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of training) events.push(event);
  return events;
}

/** Waves that rise or fall, in two dimensions of very different size. */
function waves(count: number): ClassifyExample[] {
  return Array.from({ length: count }, (_, i) => {
    const [T, up] = [5 + (i % 4), i % 2 === 0];
    const values = Array.from({ length: T }, (_, t) => (up ? t : T - t) + ((i * 7 + t) % 3) / 3);
    return { series: [values, values.map((value) => 1000 - 50 * value)], label: up ? "up" : "down" };
  });
}

describe("a classifier of texts", () => {
  const run = new MemoryRun();
  let model: Classifier;
  let events: TrainEvent[];
  beforeAll(async () => {
    const training = classify.train(SENTENCES, TINY, { store: run });
    events = await collect(training);
    model = await training.result;
  });

  test("learns, and says how well after each epoch", () => {
    const valid = events.filter((event) => event.type === "valid");
    expect(valid.length).toBe(6);
    expect(valid[0].step).toBe(Math.ceil(1080 / 16));
    expect(valid.at(-1)!.valid.metrics.accuracy).toBeGreaterThan(0.95);
    expect(valid.at(-1)!.valid.objective).toMatchObject({ name: "accuracy", better: "higher" });
    expect(new TextDecoder().decode(run.pages.get("README.md"))).toContain("By label:");
  });

  test("says what it thinks, alone or among others", async () => {
    const one = await model.predict("where is the red lamp");
    expect(one).toMatchObject({ label: "question", labels: ["question"] });
    expect(one.probabilities.map(({ label }) => label).sort()).toEqual(["greeting", "order", "question", "report"]);
    expect(one.probabilities.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
    const many = await model.predictAll(["hello peter they say my friend", "where is the red lamp", ""]);
    expect(many[0].label).toBe("greeting");
    expect(many[1].probability).toBeCloseTo(one.probability, 6);
    expect((await model.answer(["hello peter"]))[0].text).toMatch(/^greeting\t[01]\.\d{4}\thello peter$/);
  });

  test("evaluates: figures for people, all numbers for programs", async () => {
    const scores = await model.evaluate(SOME);
    expect(scores.examples).toBe(240);
    expect(scores.accuracy).toBeGreaterThan(0.95);
    expect(scores.figures[0]).toMatchObject({ name: "accuracy", value: scores.accuracy });
    for (const name of ["accuracy", "macroF1", "microF1"] as const) {
      const { value, interval } = scores.figures.find((figure) => figure.name === name)!;
      expect(interval).toMatchObject({ value, level: 0.95 });
      expect(interval!.low).toBeLessThanOrEqual(value);
      expect(interval!.high).toBeGreaterThanOrEqual(value);
    }
    expect(scores.perLabel.reduce((sum, { support }) => sum + support, 0)).toBe(240);
    expect(scores.confusion!.flat().reduce((a, b) => a + b)).toBe(240);
    expect(scores.calibrationError).toBeLessThan(0.2);
  });

  test("is the same after save and load, and after a checkpoint", async () => {
    const saved = new MemoryRun();
    await model.save(saved);
    for (const each of [saved, run]) {
      const loaded = await classify.load(each);
      expect(await loaded.predict("give the cup to anna")).toEqual(await model.predict("give the cup to anna"));
      expect(loaded.config).toEqual(model.config);
    }
  });
});

test("series are standardised by the training's mean and deviation, and classified", async () => {
  const { embed: _, ...small } = TINY;
  const training = classify.train(waves(80), {
    ...small,
    bidirectional: false,
    pooling: "last",
    valid: 0.2,
    epochs: 12,
  });
  const model = await training.result;
  expect((await model.evaluate(waves(40))).accuracy).toBe(1);
  const falling = Array.from({ length: 6 }, (_, t) => 6 - t);
  const series = [falling, falling.map((value) => 1000 - 50 * value)];
  expect((await model.predict(series)).label).toBe("down");
  expect(await model.answer([JSON.stringify(series)])).toMatchObject([{ json: { labels: ["down"] } }]);
  await expect(model.answer(["[1,2"])).rejects.toThrow("an array of numbers per dimension");
  await expect(model.predict([[1, 2]])).rejects.toThrow("2 dimensions");
  await expect(model.predict("text")).rejects.toThrow("is a text, expected a series");
  const run = new MemoryRun();
  await model.save(run);
  expect(await (await classify.load(run)).evaluate(waves(9))).toEqual(await model.evaluate(waves(9)));
});

test("any number of labels: each is a yes or no", async () => {
  const data = (SENTENCES as readonly TextExample[]).slice(0, 400).map(({ text, label }) => {
    return {
      text,
      labels: [...(label === "question" ? ["asks"] : []), ...(/red|blue/.test(text) ? ["coloured"] : [])],
    };
  });
  const options = { ...TINY, multiLabel: true, epochs: 10, classWeights: "balanced" };
  const model = await classify.train(data, options).result;
  const scores = await model.evaluate(data);
  expect(scores.microF1).toBeGreaterThan(0.9);
  expect(scores.confusion).toBeNull();
  for (const { value, interval } of scores.figures.slice(0, 3))
    expect(interval).toMatchObject({ value: expect.closeTo(value, 12), level: 0.95 });
  expect((await model.predict("why is the lamp so red")).labels.toSorted()).toEqual(["asks", "coloured"]);
  expect((await model.answer(["hello peter"]))[0].text).toContain("(none)\t");
});

test.each([
  ["last", "word", "lstm"],
  ["mean", "space", "cnn"],
  ["max", "char", "none"],
  ["attention", "piece", "none"],
] as const)("pooling %s over %ss, letters by %s, all that drops", async (pooling, unit, letters) => {
  const drops = { dropout: 0.1, inputDropout: 0.1, recurrentDropout: 0.1, wordDropout: 0.1, embedDropout: 0.1 };
  const options = {
    ...TINY,
    ...drops,
    pooling,
    unit,
    letters,
    lowercase: true,
    labelSmoothing: 0.1,
    weightDecay: 0.01,
    steps: 3,
  };
  const { epochs: _, ...rest } = options;
  const run = new MemoryRun();
  const training = classify.train(SOME, rest, { store: run });
  expect((await collect(training)).at(-1)).toMatchObject({ type: "end", step: 3, reason: "finished" });
  const loaded = await classify.load(run);
  expect(await loaded.predict("a new lamp")).toEqual(await (await training.result).predict("a new lamp"));
});

test.each(cellOption("lstm", "").words)("%s reads in both directions", async (cell) => {
  const { epochs: _, ...rest } = TINY;
  const events = await collect(classify.train(SOME, { ...rest, cell, steps: 20, valid: 0 }));
  const losses = events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
  expect(losses.length).toBe(20);
  expect(Math.min(...losses)).toBeLessThan(losses[0]);
});

test("a training that is stopped and resumed, in the middle of an epoch, has the bits of one that was not", async () => {
  const options = { ...TINY, wordDropout: 0.2, epochs: 2 };
  const whole = new MemoryRun();
  await collect(classify.train(SOME, options, { store: whole }));
  for (const stop of [1, 13, 20]) {
    const store = new MemoryRun();
    for await (const event of classify.train(SOME, options, { store })) {
      if (event.type === "step" && event.step === stop) break;
    }
    await collect(await classify.resume(SOME, store));
    expect(store.metrics).toEqual(whole.metrics);
    expect(await store.read("model.safetensors")).toEqual(await whole.read("model.safetensors"));
  }
  await expect(classify.resume(SOME.slice(1), whole)).rejects.toMatchObject({ code: "E_DATA_CHANGED" });
  const valid = { data: SOME };
  await expect(classify.resume(SOME, whole, { valid })).rejects.toMatchObject({ code: "E_DATA_CHANGED" });
});

describe("data that a classifier cannot learn from", () => {
  const refuse = (data: ClassifyData, words: string | RegExp, options: ClassifyOptions = {}): void => {
    expect(() => classify.train(data, { ...TINY, ...options })).toThrow(words);
  };
  const two = [
    { text: "a b", label: "x" },
    { text: "b c", label: "y" },
  ];

  test("what is no example is refused with its place, and settings that there are not", async () => {
    refuse([...two, { label: "x" }] as never, "example 2 must be { text, label } with a string, or { series, label }");
    refuse([null] as never, "example 0 must be");
    refuse("a b" as never, "data must be an array of examples");
    refuse(
      [{ text: "a", label: 3 }] as never,
      'example 0 must be given label, a string, or labels, a list of strings, received the number "3"',
    );
    refuse([{ series: 3, label: "x" }] as never, "received an object with series, label");
    expect(() => classify.train(two, TINY, { stoer: new MemoryRun() } as object)).toThrow('Did you mean "store"?');
    expect(() => classify.train(two, TINY, { valid: { dta: two } } as object)).toThrow(
      "valid must be { data, source }",
    );
    await expect(classify.resume(two, new MemoryRun(), { step: 3 } as object)).rejects.toThrow('no option "step"');
    const seen: number[] = [];
    const callbacks = [{ step: ({ step }: { readonly step: number }) => void seen.push(step) }];
    const model = await classify.train(two, { ...TINY, epochs: 2, valid: 0 }, { callbacks }).result;
    expect(seen).toEqual([1, 2]);
    await expect(model.evaluate(two, { singal: null } as object)).rejects.toThrow("Known: signal");
    await expect(model.predict(7 as never)).rejects.toThrow(
      "must be a text, or an array of numbers for each dimension",
    );
  });

  test("no example, no label, one label, several", () => {
    refuse([], "no example in examples");
    refuse([{ text: "a" }], "example 0 has no label");
    refuse([two[0], two[0]], 'has only "x"');
    refuse([...two, { text: "c", labels: ["x", "y"] }], 'example 2 has 2 labels ("x", "y"), expected one');
    refuse(two, 'classWeights must be "none", "balanced"', { classWeights: "z=3" });
  });

  test("options that change nothing", () => {
    refuse(waves(4), "embed needs texts, and these examples are series. Leave the option out.");
    const { embed: _, ...small } = TINY;
    const train = (options: ClassifyOptions, data: ClassifyData = two): (() => unknown) => {
      return () => classify.train(data, { ...small, ...options });
    };
    expect(train({ letters: "cnn" }, waves(4))).toThrow("letters needs texts");
    expect(train({ unit: "char" }, waves(4))).toThrow("unit needs texts");
    expect(train({ letterSize: 20 })).toThrow("letterSize needs letters that are read");
    expect(train({ multiLabel: true, labelSmoothing: 0.1 })).toThrow("labelSmoothing needs examples of one label each");
    expect(train({ unit: "word", letterSize: 50 }, waves(4))).not.toThrow();
  });

  test("inputs of different kinds or shapes", () => {
    refuse([...two, { series: [[1]], label: "x" }], "example 2 is a series, expected a text");
    refuse([...waves(2), { series: [[1, 2]], label: "up" }], "the series of example 2 must have 2 dimensions");
    refuse([...waves(2), { series: [[1, 2], [1]], label: "up" }], "received dimensions of 2, 1 values");
    refuse(
      [
        ...waves(2),
        {
          series: [
            [1, NaN],
            [1, 2],
          ],
          label: "up",
        },
      ],
      "finite numbers, received NaN at step 1",
    );
  });

  test("longer sequences than allowed, unless they are to be cut", async () => {
    const long = [...two, { text: "a ".repeat(50), label: "x" }];
    refuse(long, "example 2 has 50 steps, the longest allowed has 40", { maxLength: 40, valid: 0 });
    const cut = classify.train(long, { ...TINY, maxLength: 40, valid: 0, tooLong: "cut" });
    expect((await cut.result).encoder.encode("a ".repeat(99), 0).steps).toBe(40);
  });

  test("labels in the test that the training did not have", async () => {
    const model = await classify.train(two, { ...TINY, valid: 0 }).result;
    await expect(model.evaluate([{ text: "a", label: "z" }])).rejects.toThrow(/labels that the training did not: "z"/);
    await expect(model.evaluate([])).rejects.toMatchObject({ code: "E_DATA_EMPTY" });
    expect(() => classify.train(two, TINY, { valid: { data: [{ text: "a", label: "q" }] } })).toThrow('"q"');
  });
});

describe("examples from files", () => {
  const read = (files: Readonly<Record<string, string>>, options: ClassifyOptions = {}, folder?: string) =>
    classify.read(
      Object.entries(files).map(([name, text]) => memoryFile(name, text)),
      options,
      { folder },
    );
  const want = [
    { text: "a fine film", label: "good" },
    { text: "so, so", label: "bad" },
  ];

  test("by name or by word: lines, CSV, TSV, JSON lines, a file or a folder per label, series", async () => {
    expect(await read({ "a.txt": "\ufeffgood a fine film\r\nbad so, so" })).toMatchObject(want);
    expect(await read({ "a.csv": 'text,label\na fine film,good\n"so, so",bad\n' })).toEqual(want);
    expect(await read({ "a.tsv": "label\ttext\ngood\ta fine film\nbad\tso, so\n" })).toEqual(want);
    const lines = want.map((each) => JSON.stringify(each)).join("\n");
    expect(await read({ "a.jsonl": lines })).toEqual(want);
    expect(await read({ x: lines }, { format: "jsonl" })).toEqual(want);
    const files = await read({ "d/good.txt": "a fine film\n", "d/bad.txt": "so, so\n" }, {}, "d");
    expect(files).toMatchObject(want);
    const folders = await read({ "d/good/1.txt": "a fine film\n", "d/bad/1.txt": "so, so\n" }, {}, "d");
    expect(folders).toMatchObject(want);
    const series = await read({ "a.ts": "@classLabel true a b\n@data\n1,2:3,4:a\n" });
    expect(series).toEqual([{ series: [Float64Array.of(1, 2), Float64Array.of(3, 4)], label: "a" }]);
  });

  test("columns and keys by name, labels up to a mark, several labels", async () => {
    const csv = { "a.csv": "review,stars\nfine,4:much\n" };
    const options = { textColumn: "review", labelColumn: "stars", labelEnd: ":" };
    expect(await read(csv, options)).toEqual([{ text: "fine", label: "4" }]);
    const multi = { "a.csv": "text,label\nfine,a|b\nbad,\n" };
    expect(await read(multi, { multiLabel: true })).toEqual([
      { text: "fine", labels: ["a", "b"] },
      { text: "bad", labels: [] },
    ]);
    const json = { "a.jsonl": '{"text":"fine","label":[1,"b"]}\n{"series":[[1,2]],"label":3}' };
    expect(await read(json)).toEqual([
      { text: "fine", labels: ["1", "b"] },
      { series: [[1, 2]], label: "3" },
    ]);
  });

  test("what is wrong is left out if that is asked for, and told", async () => {
    const bad = {
      "a.txt": "good a fine film\ngood\n",
      "a.csv": "text,label\na fine film,good\nfine\n",
      "a.jsonl": '{"text":"a fine film","label":"good"}\n{"text":7}\n{',
      "a.ts": "@classLabel true a b\n@data\n1,2:a\n1,x:b\n1,?:b\n",
    };
    for (const [name, text] of Object.entries(bad)) {
      const told: string[] = [];
      const note = (line: string): void => void told.push(line);
      const read = await classify.read([memoryFile(name, text)], { skipBad: true }, { note });
      expect(read).toHaveLength(1);
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/^left out [12] records? that cannot be read: a\.\w+, line [2-4]: expected/u);
    }
    const umlaut = memoryFile(
      "a.jsonl",
      Uint8Array.from('{"text":"\xfc","label":"x"}', (c) => c.charCodeAt(0)),
    );
    expect(await classify.read([umlaut], { encoding: "latin1" })).toEqual([{ text: "ü", label: "x" }]);
    await expect(classify.read([umlaut])).rejects.toThrow("--encoding latin1");
  });

  test("what is wrong is named with file and line", async () => {
    await expect(read({ "a.txt": "good\n" })).rejects.toThrow(/a\.txt.*line 1/);
    await expect(read({ "a.csv": "text,stars\nx,1\n" })).rejects.toThrow('a column "label"');
    await expect(read({ "a.jsonl": '{"text":"x","label":"y"}\n{"text":7}' })).rejects.toThrow(/a\.jsonl, line 2/);
    await expect(read({ "a.jsonl": '{"text":"x"}' })).rejects.toThrow('a label in "label"');
    await expect(read({ "a.csv": "", "b.jsonl": "" })).rejects.toMatchObject({ code: "E_FORMAT" });
  });
});
