import { expect, test } from "vitest";
import { MemoryRun } from "../train/index.js";
import { exampleDates } from "./translate-example.js";
import { translate, type TranslateOptions } from "./index.js";

const DATES = exampleDates(60);
const SMALL: TranslateOptions = { unit: "char", minCount: 1, hidden: 8, embed: 6, steps: 1 };

test.each<[options: TranslateOptions, words: RegExp]>([
  [{ bridge: "copy" }, /^translate\.train: bridge "copy" needs bidirectional false/],
  [{ attention: "none", coverage: 1 }, /^translate\.train: coverage needs attention "bahdanau"/],
  [{ attention: "luong", coverage: 1 }, /^translate\.train: coverage needs .* score "concat"/],
  [{ score: "dot" }, /^translate\.train: score needs attention "luong"/],
  [{ inputFeeding: false }, /^translate\.train: inputFeeding needs attention "luong"/],
  [{ teacherSteps: 10 }, /^translate\.train: teacherSteps needs teacher/],
  [{ teacher: "exponential", teacherEnd: 0.1 }, /^translate\.train: teacherEnd needs teacher "linear"/],
  [{ batch: 3, batchTokens: 100 }, /^translate\.train: batch and batchTokens cannot both be given/],
])("%o is refused in the words of the options", (options, words) => {
  expect(() => translate.train(DATES, { ...SMALL, ...options })).toThrow(
    expect.objectContaining({ code: "E_OPTION_NEEDS", message: expect.stringMatching(words) }),
  );
});

test.each<TranslateOptions>([
  { attention: "luong", score: "dot" },
  { attention: "luong", inputFeeding: false, cell: "mogrifierLstm5" },
  { attention: "luong", cell: "mogrifierLstm5" },
  { attention: "none", cell: "quasiRnn2" },
  { cell: "quasiRnn2", layers: 2, bridge: "copy", bidirectional: false },
  { bridge: "copy", bidirectional: false },
  { teacher: "linear", teacherSteps: 10, teacherEnd: 0 },
])("%o trains, and its run is read again", async (options) => {
  const store = new MemoryRun();
  await translate.train(DATES, { ...SMALL, ...options }, { store }).result;
  const model = await translate.load(store);
  expect((await model.predict(DATES[0].source, { beam: 2 })).units.join("")).toBe(DATES[0].source);
});

test("a batch may be as many units as fit, however many pairs that is", async () => {
  const predictions: number[] = [];
  const store = new MemoryRun();
  const options: TranslateOptions = { ...SMALL, batchTokens: 200, valid: 0, steps: 8 };
  for await (const event of translate.train(DATES, options, { store })) {
    if (event.type === "step") predictions.push(event.predictions);
  }
  expect(new Set(predictions).size).toBeGreaterThan(1);
  // Eleven units of each target, at most 200 of the longest source with as many pairs.
  for (const units of predictions) expect(units).toBeLessThanOrEqual(200);
  const { options: kept } = (await translate.load(store)).config;
  expect(kept).toMatchObject({ batchTokens: 200 });
  expect(kept).not.toHaveProperty("batch");
});

test("what are no pairs is said to be none", () => {
  const refused = (data: unknown, words: RegExp): void =>
    expect(() => translate.train(data as never, SMALL)).toThrow(
      expect.objectContaining({ code: "E_EXAMPLE", message: expect.stringMatching(words) }),
    );
  refused([{ source: 1 }], /pair 1 must be an object with the texts source and target, received {"source":1}/);
  refused([DATES[0], null], /pair 2 must be .* received null/);
  refused("text", /the data must be a list of pairs/);
  refused(undefined, /the data must be a list of pairs/);
});
