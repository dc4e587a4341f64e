import { expect, test } from "vitest";
import { MemoryRun } from "../train/index.js";
import { translate, type TranslateOptions } from "./index.js";

const FORMS = [
  ["ich bin", "i am"],
  ["wo ist", "where is"],
  ["das ist", "that is"],
] as const;

/** Greetings of people of whom each occurs once. */
const DATA = Array.from({ length: 240 }, (_, i) => {
  const [german, english] = FORMS[i % FORMS.length];
  return { source: `${german} name${i}`, target: `${english} name${i}` };
});

const OPTIONS: TranslateOptions = { copy: true, hidden: 24, embed: 12, dropout: 0, batch: 16, lr: 1e-2, epochs: 8 };

test(
  "names that no training had are copied, greedily and with a beam, alone or among others",
  { timeout: 60_000 },
  async () => {
    const store = new MemoryRun();
    await translate.train(DATA, { ...OPTIONS, valid: 0 }, { store }).result;
    const model = await translate.load(store);
    const texts = ["ich bin Zorro", "wo ist Scheherazade", "das ist ich", ""];
    for (const beam of [1, 3]) {
      const together = await model.translateAll(texts, { beam, best: beam });
      expect(together.map(([{ text }]) => text).slice(0, 2)).toEqual(["i am Zorro", "where is Scheherazade"]);
      for (const [i, text] of texts.entries()) {
        expect(await model.translateAll([text], { beam, best: beam })).toEqual([together[i]]);
      }
    }
    const { written, attention } = await model.predict("das ist Zorro", { beam: 3 });
    expect(written).toEqual(["that", "is", "Zorro"]);
    expect(attention![2].indexOf(Math.max(...attention![2]))).toBe(2);
    // What the source has and the vocabulary has not is worth something as a reference, too.
    const strange = [{ source: "ich bin Zorro", target: "i am Zorro" }];
    const { exact, loss } = await model.evaluate(strange);
    expect(exact).toBe(1);
    expect(loss).toBeLessThan(0.5);
    expect((await model.predict("ich bin Zorro", { prefix: "where Zorro" })).text).toMatch(/^where Zorro/);
  },
);

test("a decoder that copies learns from what it drew itself, and by letters", async () => {
  const drawn: TranslateOptions = { ...OPTIONS, teacher: "linear", teacherSteps: 2, teacherEnd: 0, epochs: 1 };
  for (const options of [drawn, { ...drawn, unit: "char", minCount: 200, coverage: 1 } as const]) {
    const model = await translate.train(DATA, options).result;
    expect((await model.evaluate(DATA.slice(0, 3))).loss).toBeLessThan(10);
  }
});

test("copying wants attention, units that are written as they are, and no smoothed targets", () => {
  const refused = (options: TranslateOptions): void =>
    expect(() => translate.train(DATA, { copy: true, ...options })).toThrow(
      expect.objectContaining({
        code: "E_OPTION_NEEDS",
        message: expect.stringMatching(/^translate\.train: copy needs/),
      }),
    );
  refused({ attention: "none" });
  refused({ unit: "piece" });
  refused({ labelSmoothing: 0.1 });
});
