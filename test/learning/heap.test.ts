import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { runtime, startSync } from "../../src/runtime/index.js";
import { language } from "../../src/tasks/index.js";
import { sampleText } from "../cli/command.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that the heap holds, and bytes that JavaScript holds once garbage is gone. */
function held(): { heap: number; capacity: number; javascript: number } {
  collect();
  const { persistentBytes, arenaBytes, capacityBytes } = runtime().heap.stats();
  return { heap: persistentBytes + arenaBytes, capacity: capacityBytes, javascript: process.memoryUsage().heapUsed };
}

const TINY = { cell: "lstm", hidden: 4, layers: 1, embed: 3, window: 3, batch: 2, dropout: 0.1, valid: 0 };
const STEPS = 10_000;
const CHARACTERS = 100_000;
// The engine itself grows while it compiles what runs often: 0.8 MB until step 2,000, then 0.1 MB up to step 20,000, single readings 0.3 MB above.
const WARM = 2500;
// What is left is 100 bytes a step: one object kept.
const GROWTH = 750 * 2 ** 10;

test(`${STEPS} training steps and ${CHARACTERS} streamed steps leave the heap flat`, { timeout: 120_000 }, async () => {
  startSync({ threads: 1 });
  const training = language.train(sampleText(40), { ...TINY, steps: STEPS }, { samples: 0 });
  let early = held();
  for await (const event of training) if (event.type === "step" && event.step === WARM) early = held();
  const trained = held();
  expect(trained.heap).toBe(early.heap);
  expect(trained.capacity).toBe(early.capacity);
  expect(trained.javascript - early.javascript).toBeLessThan(GROWTH);

  const model = await training.result;
  let written = 0;
  for (const _ of model.generate({ length: CHARACTERS })) if (++written === WARM) early = held();
  const streamed = held();
  expect(written).toBe(CHARACTERS);
  expect(streamed.heap).toBeLessThanOrEqual(early.heap);
  expect(streamed.capacity).toBe(early.capacity);
  expect(streamed.javascript - early.javascript).toBeLessThan(GROWTH);
});
