import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { runtime, startSync } from "../../src/runtime/index.js";
import { language } from "../../src/tasks/index.js";
import { hiddenstate, sampleText, temporaryFolder } from "../cli/command.js";

const folder = temporaryFolder();

test.each(["lstm", "gruResetBefore"])(
  "%s: one, two and three threads write the same losses, bit for bit: dropout, odd sizes, a batch of 33",
  { timeout: 120_000 },
  async (cell) => {
    const text = path.join(folder, "text.txt");
    fs.writeFileSync(text, sampleText(400));
    const sizes = "--hidden 33 --layers 2 --embed 19 --window 20 --batch 33 --dropout 0.2 --steps 12 --lr 1e-2";
    const logs: Buffer[] = [];
    for (const threads of ["1", "2", "3"]) {
      const run = path.join(folder, `${cell}-${threads}`);
      const args = ["train", "language", "--data", text, "--cell", cell, ...sizes.split(" "), "--threads", threads];
      const { code, out } = await hiddenstate([...args, "--out", run]);
      expect(out).toContain(`on ${threads} thread`);
      expect(code).toBe(0);
      logs.push(fs.readFileSync(path.join(run, "metrics.jsonl")));
      if (threads === "1") continue;
      expect(logs.at(-1)!.equals(logs[0])).toBe(true);
      const weights = (n: string): Buffer => fs.readFileSync(path.join(folder, `${cell}-${n}`, "model.safetensors"));
      expect(weights(threads).equals(weights("1"))).toBe(true);
    }
    expect(logs[0].toString().trim().split("\n")).toHaveLength(13);
  },
);

test("a model of these sizes is large enough for threads to take part", async () => {
  startSync({ threads: 2 });
  const options = { hidden: 33, layers: 2, embed: 19, window: 20, batch: 33, steps: 2, valid: 0 };
  await language.train(sampleText(400), options, { samples: 0 }).result;
  expect(runtime().counters.forks).toBeGreaterThanOrEqual(8);
});
