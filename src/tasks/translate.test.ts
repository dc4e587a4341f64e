import { expect, test } from "vitest";
import type { FileSource } from "../data/index.js";
import { MemoryRun, type TrainEvent } from "../train/index.js";
import { exampleDates } from "./translate-example.js";
import type { TranslateOptions } from "./translate-options.js";
import { translate } from "./translate.js";

const SMALL: TranslateOptions = {
  unit: "char",
  minCount: 1,
  hidden: 24,
  embed: 12,
  batch: 20,
  dropout: 0.1,
  seed: 3,
};
const DATES = exampleDates(120);

async function collect(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function file(name: string, text: string): FileSource {
  return {
    name,
    async *open() {
      yield new TextEncoder().encode(text);
    },
  };
}

test("the example is dates that mean what they say", () => {
  for (const { source, target } of exampleDates(2000)) {
    const [year, month, day] = target.split("-").map(Number);
    const date = new Date(Date.UTC(year, month - 1, day));
    expect(date.getUTCDate()).toBe(day);
    const weekday = /^([A-Z]\w+day), /.exec(source)?.[1];
    const said = date.toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
    if (weekday !== undefined) expect(`${source}: ${weekday}`).toBe(`${source}: ${said}`);
  }
});

test("it learns to copy backwards, and looks where it should", { timeout: 60_000 }, async () => {
  const words = "one two three four five six seven".split(" ");
  const data = Array.from({ length: 300 }, (_, i) => {
    const chosen = Array.from({ length: 2 + (i % 3) }, (_unused, k) => words[(i * (k + 3) + k * k + (i >> 2)) % 7]);
    return { source: chosen.join(" "), target: chosen.toReversed().join(" ") };
  });
  const options: TranslateOptions = {
    hidden: 32,
    embed: 16,
    dropout: 0,
    minCount: 1,
    batch: 20,
    lr: 1e-2,
    epochs: 12,
  };
  const model = await translate.train(data, options).result;
  const held = [
    { source: "one five two", target: "two five one" },
    { source: "seven six", target: "six seven" },
  ];
  const scores = await model.evaluate(held, { beam: 1 });
  expect(scores.exact).toBe(1);
  const { text, attention, units, ended } = await model.predict("one five two", { beam: 1 });
  expect({ text, ended, units }).toEqual({ text: "two five one", ended: true, units: ["one", "five", "two"] });
  const most = (weights: readonly number[]): number => weights.indexOf(Math.max(...weights));
  expect(attention!.slice(0, 3).map(most)).toEqual([2, 1, 0]);
  for (const weights of attention!) expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5);
});

test.each(["none", "luong", "bahdanau"] as const)(
  "attention %s: interrupted, it goes on to the same bits",
  async (attention) => {
    const whole = new MemoryRun();
    const options: TranslateOptions = { ...SMALL, attention, steps: 9, teacher: "linear", teacherSteps: 6 };
    await collect(translate.train(DATES, options, { store: whole }));
    const cut = new MemoryRun();
    const stop = new AbortController();
    for await (const event of translate.train(DATES, options, { store: cut, signal: stop.signal })) {
      if (event.type === "step" && event.step === 4) stop.abort();
    }
    await collect(await translate.resume(DATES, cut));
    expect(await cut.read("model.safetensors")).toEqual(await whole.read("model.safetensors"));
    const model = await translate.load(whole);
    const { text } = await model.predict(DATES[0].source);
    expect(await (await translate.load(cut)).predict(DATES[0].source)).toMatchObject({ text });
    await expect(translate.resume(DATES.slice(1), whole)).rejects.toMatchObject({ code: "E_DATA_CHANGED" });
  },
);

test("a saved model answers as the one that was trained, alone or among others", async () => {
  const model = await translate.train(DATES, { ...SMALL, epochs: 2 }).result;
  const store = new MemoryRun();
  await model.save(store);
  const again = await translate.load(store);
  const texts = DATES.slice(0, 5).map(({ source }) => source);
  const together = await model.translateAll(texts, { beam: 3, best: 2 });
  for (const [i, text] of texts.entries()) {
    expect(await again.translateAll([text], { beam: 3, best: 2 })).toEqual([together[i]]);
  }
  expect(together[0]).toHaveLength(2);
});

test("pairs from two files, tables and JSON lines; what cannot be read is said", async () => {
  const notes: string[] = [];
  const read = (...files: FileSource[]) => translate.read(files, {}, { note: (line) => notes.push(line) });
  const at = (name: string, ...lines: number[]) => found.map((pair, i) => ({ ...pair, file: name, line: lines[i] }));
  const found = [
    { source: "ein Haus", target: "a house" },
    { source: "zwei", target: "two" },
  ];
  expect(await read(file("a.de", "ein Haus\r\n\r\nzwei\r\n"), file("a.en", "a house\n\ntwo\n"))).toEqual(
    at("a.de", 1, 3),
  );
  expect(notes).toEqual(["left out 1 pair (a.de, line 2) with an empty side"]);
  expect(await read(file("a.tsv", "source\ttarget\nein Haus\ta house\nzwei\ttwo\n"))).toEqual(at("a.tsv", 2, 3));
  expect(await read(file("a.csv", 'target,source\n"a house",ein Haus\ntwo,zwei\n'))).toEqual(at("a.csv", 2, 3));
  const lines = found.map((pair) => JSON.stringify(pair)).join("\n");
  expect(await read(file("a.jsonl", lines))).toEqual(at("a.jsonl", 1, 2));
  const many = "x\n\n\ny\n\n\n\n";
  await read(file("b.de", many), file("b.en", many));
  expect(notes.at(-1)).toBe("left out 5 pairs (b.de, line 2; b.de, line 3; b.de, line 5; …) with an empty side");
  await expect(read(file("a.de", "eins\nzwei\n"), file("a.en", "one\n"))).rejects.toMatchObject({ code: "E_PARALLEL" });
  await expect(read(file("a.de", "eins\n"))).rejects.toMatchObject({ code: "E_FORMAT" });
  await expect(read(file("a.jsonl", '{"source": "a"}\n'))).rejects.toThrow(/a\.jsonl.*line 1/);
  await expect(read(file("a.de", ""), file("a.en", ""))).rejects.toMatchObject({ code: "E_DATA_EMPTY" });
});

test("senseless options and data are refused", async () => {
  const bad = (options: object) => () => translate.train(DATES, options);
  expect(bad({ attention: "self" })).toThrow(expect.objectContaining({ code: "E_VALUE" }));
  expect(bad({ beams: 3 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  expect(() => translate.train([], SMALL)).toThrow(expect.objectContaining({ code: "E_DATA_EMPTY" }));
  expect(bad({ ...SMALL, maxLength: 5 })).toThrow(expect.objectContaining({ code: "E_TOO_LONG" }));
  const model = await translate.train(DATES, { ...SMALL, steps: 0 }).result;
  await expect(model.evaluate([])).rejects.toMatchObject({ code: "E_DATA_EMPTY" });
  await expect(model.predict("a", { beam: 2, best: 3 })).rejects.toMatchObject({ code: "E_VALUE" });
});
