import { beforeAll, describe, expect, test } from "vitest";
import { MemoryRun } from "../train/index.js";
import { exampleDates } from "./translate-example.js";
import { evaluationText } from "../cli/eval.js";
import { translate, type Translator } from "./index.js";

const DATES = exampleDates(120);
const SMALL = { unit: "char", minCount: 1, hidden: 24, embed: 12, batch: 20, seed: 3 } as const;

describe("a translator is asked", () => {
  let model: Translator;
  const store = new MemoryRun();
  const seen: { prompt: string; text: string }[] = [];
  const metrics: Readonly<Record<string, number>>[] = [];
  beforeAll(async () => {
    const training = translate.train(DATES, { ...SMALL, epochs: 5 }, { store });
    for await (const event of training) {
      if (event.type === "sample") seen.push(event);
      if (event.type === "valid") metrics.push(event.valid.metrics);
    }
    model = await training.result;
  }, 60_000);

  test("for several answers, with their probabilities", async () => {
    const [source] = [DATES[0].source];
    const first = await model.predict(source, { beam: 4, best: 3 });
    expect(first.others).toHaveLength(2);
    const [{ text, json }] = await model.answer([source], { beam: 4, best: 3 });
    const lines = text.split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(`${first.logProbability.toFixed(4)}  ${first.text}`);
    expect(json).toMatchObject({ source, text: first.text, best: [{ text: first.text }, {}, {}] });
    const [one] = await model.answer([source], { beam: 4 });
    expect(one).toEqual({ text: first.text, json: { source, text: first.text, logProbability: first.logProbability } });
  });

  test("for answers that begin as it is told, whatever it would say", async () => {
    for (const prefix of ["1987-", "zebra 7"]) {
      for (const beam of [1, 3]) {
        const { text, written } = await model.predict(DATES[0].source, { beam, prefix });
        expect(text.slice(0, prefix.length)).toBe(prefix);
        expect(written.join("")).toBe(text);
      }
    }
    await expect(model.evaluate(DATES, { prefix: "1" })).rejects.toMatchObject({ code: "E_OPTION_NEEDS" });
    await expect(model.evaluate(DATES, { best: 2 })).rejects.toMatchObject({ code: "E_OPTION_NEEDS" });
  });

  test("how good it is, with intervals and what figures were computed with", async () => {
    const evaluation = await model.evaluate(DATES.slice(0, 20), { beam: 1 });
    for (const name of ["bleu", "chrf", "exact"]) {
      const { value, interval } = evaluation.figures.find((figure) => figure.name === name)!;
      expect(interval!.low).toBeLessThanOrEqual(value);
      expect(interval!.high).toBeGreaterThanOrEqual(value);
    }
    expect(evaluationText(evaluation)).toMatch(/\nBLEU, greedy: nrefs:1\|case:mixed\|.*tok:13a/);
    for (const page of ["README.md", "report.html"]) {
      expect(new TextDecoder().decode(store.pages.get(page))).toContain("nrefs:1|case:mixed");
    }
  });

  test("on the way what it makes of a held-out text, and how good a few are", () => {
    expect(seen.length).toBeGreaterThanOrEqual(4);
    const sources = DATES.map(({ source }) => source);
    for (const { prompt } of seen) expect(sources).toContain(prompt);
    expect(metrics).toHaveLength(5);
    for (const { glanceBleu } of metrics) expect(glanceBleu).toBeGreaterThanOrEqual(0);
  });

  test("what is no text is refused", async () => {
    await expect(model.predict(7 as never)).rejects.toMatchObject({ code: "E_EXAMPLE" });
    await expect(model.translateAll("abc" as never)).rejects.toMatchObject({ code: "E_EXAMPLE" });
    await expect(model.translateAll(["a", null as never])).rejects.toThrow(/text 2 must be a text, received null/);
    await expect(model.evaluate([{ source: 1 }] as never)).rejects.toMatchObject({ code: "E_EXAMPLE" });
  });
});

describe("texts that are too long", () => {
  const long = { source: "x".repeat(200), target: "y".repeat(150) };
  const data = [...DATES.slice(0, 40), long, ...DATES.slice(40, 60)];
  const options = { ...SMALL, maxLength: 100, valid: 0, steps: 1 } as const;

  test("are an error with their place, unless they are to be cut or left out", async () => {
    expect(() => translate.train(data, options)).toThrow(/the source of pair 41 has 200 units.*tooLong "cut"/);
    const read = [...DATES.slice(0, 40), { ...long, file: "a.de", line: 77 }];
    expect(() => translate.train(read, options)).toThrow(/the source of a\.de, line 77 has 200 units/);
    const cut = await translate.train(data, { ...options, tooLong: "cut" }).result;
    expect((await cut.evaluate([long])).predictions).toBe(101);
    expect((await cut.predict(long.source)).units).toHaveLength(100);
    const notes: string[] = [];
    const skipping = translate.train(data, { ...options, tooLong: "skip" }, { note: (line) => notes.push(line) });
    expect(notes).toEqual(["left out 1 pair (pair 41), too long"]);
    const model = await skipping.result;
    const { figures } = await model.evaluate([long, DATES[0]]);
    expect(figures.filter(({ name }) => /pairs|skipped/.test(name)).map(({ value }) => value)).toEqual([1, 1]);
    await expect(model.evaluate([long])).rejects.toMatchObject({ code: "E_DATA_EMPTY" });
    expect(() => translate.train([long], { ...options, tooLong: "skip" })).toThrow(
      expect.objectContaining({ code: "E_DATA_EMPTY" }),
    );
  });

  test("can be cut when a model is asked, and an error says which text it is", async () => {
    const model = await translate.train(DATES, options).result;
    await expect(model.answer(["a", long.source])).rejects.toThrow(/text 2 has 200 units/);
    await expect(model.translateAll([long.source], { tooLong: "skip" })).rejects.toMatchObject({ code: "E_VALUE" });
    expect(await model.answer([long.source], { tooLong: "cut", beam: 1 })).toHaveLength(1);
    expect((await model.evaluate([long, DATES[0]], { tooLong: "skip", beam: 1 })).predictions).toBe(11);
  });
});
