import { expect, test } from "vitest";
import { MemoryRun } from "../train/index.js";
import { language } from "./index.js";

const TEXT = "abc def ghi, jkl mno. ".repeat(60);
const TINY = { hidden: 8, layers: 1, embed: 4, window: 8, batch: 4 };
const card = (run: MemoryRun): string => new TextDecoder().decode(run.pages.get("README.md"));

test("a run explains itself: data, scores, options, how to use it", async () => {
  const run = new MemoryRun();
  const training = language.train(
    TEXT,
    { ...TINY, steps: 7 },
    { store: run, run: "runs/a", source: "a text", licence: "CC0" },
  );
  await training.result;
  const page = card(run);
  expect(page).toMatch(/^---\nlibrary_name: hiddenstate\n(.*\n)*---\n\n# language: 1 × 8 lstm\n/);
  expect(page).toContain("- Learned from a text, 1,320 characters (fingerprint ");
  expect(page).toContain("Licence of the data: CC0.");
  expect(page).toMatch(/\| perplexity \| \d+\.\d{3} \|/);
  expect(page).toContain("- Step 7 of 7, finished.");
  expect(page).toContain("| window | 8 |");
  expect(page).toContain('await language.load(openRun("runs/a"));');
  const report = new TextDecoder().decode(run.pages.get("report.html"));
  expect(report).toMatch(/^<!doctype html>/);
  expect(report).toContain("language: 1 × 8 lstm");
  expect(report).toContain("<svg");
  expect(report).toContain("What it said on the way");
});

test.each(["last", "best"] as const)(
  "the scores at the end are those of the %s weights, with intervals",
  async (keep) => {
    const run = new MemoryRun();
    const options = { ...TINY, steps: 12, lr: 0.3, keep };
    const model = await language.train(TEXT, options, { store: run, validSteps: 3, valid: { data: TEXT } }).result;
    const { figures } = await model.evaluate(TEXT);
    const report = new TextDecoder().decode(run.pages.get("report.html"));
    for (const { value, digits, interval } of figures.slice(0, 3)) {
      expect(card(run)).toContain(`| ${value.toFixed(digits)} |`);
      expect(report).toContain(interval!.high.toFixed(digits));
    }
  },
);

test("the weights that it names are there", async () => {
  for (const valid of [0, 0.2]) {
    const run = new MemoryRun();
    await language.train(TEXT, { ...TINY, keep: "best", steps: 6, valid }, { store: run }).result;
    expect(card(run)).toContain(`Weights are in \`${valid > 0 ? "best/" : ""}model.safetensors\``);
  }
});

test("a training that goes on has a page too, without scores that there are not", async () => {
  const run = new MemoryRun();
  for await (const event of language.train(TEXT, { ...TINY, valid: 0, steps: 7 }, { store: run })) {
    if (event.type === "step") break;
  }
  expect(card(run)).toContain("- Step 0 of 7, going on.");
  expect(card(run)).toContain("None: no data was held back");
  expect(card(run)).toContain("Licence of the data: not known");
});

test("a page that cannot be written is told once, and the training goes on without it", async () => {
  const run = new MemoryRun();
  run.putPage = async (name) => {
    throw new Error(`no room for ${name}.`);
  };
  const notes: string[] = [];
  let last = "";
  for await (const event of language.train(TEXT, { ...TINY, steps: 7 }, { store: run, checkpointSteps: 1 })) {
    if (event.type === "note") notes.push(event.text);
    last = event.type;
  }
  expect(notes).toHaveLength(2);
  expect(notes[0]).toContain("README.md is not up to date: no room for README.md.");
  expect(notes[1]).toContain("report.html is not up to date");
  expect(last).toBe("end");
  expect(run.generation).not.toBeNull();
});
