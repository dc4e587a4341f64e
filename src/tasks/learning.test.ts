import { expect, test } from "vitest";
import { Linear } from "../nn/index.js";
import { language, type LanguageOptions } from "./index.js";
import { learningOf, learningOptions, withSchedule } from "./learning.js";
import { completeOptions, type OptionsOf } from "./option-table.js";

const TABLE = learningOptions();
const LAYER = new Linear({ inputSize: 1, outputSize: 1 });
const complete = (options: OptionsOf<typeof TABLE>) =>
  withSchedule(completeOptions("task.train", TABLE, options), "constant");
const scheduleOf = (options: OptionsOf<typeof TABLE>) =>
  learningOf(complete(options), LAYER.namedParameters()).schedule;

test("cuts after every few epochs, after some, after each", () => {
  const unit = "epochs";
  expect(scheduleOf({ schedule: "step", decayEvery: 3 })).toEqual({
    name: "step",
    warmup: 0,
    every: 3,
    gamma: 0.5,
    unit,
  });
  expect(scheduleOf({ schedule: "multiStep", decayAt: "2, 5", decay: 0.1 })).toEqual({
    name: "multiStep",
    warmup: 0,
    at: [2, 5],
    gamma: 0.1,
    unit,
  });
  expect(scheduleOf({ schedule: "exponential", decay: 0.9 })).toMatchObject({ gamma: 0.9, unit });
  expect(scheduleOf({})).toEqual({ name: "constant", warmup: 0 });
});

test.each<[OptionsOf<typeof TABLE>, string]>([
  [{ schedule: "multiStep" }, "decayAt must be given with the schedule multiStep, as 10,15 (--decay-at 10,15)"],
  [{ decayAt: "3" }, "decayAt needs the schedule multiStep"],
  [{ schedule: "multiStep", decayAt: "3,x" }, "decayAt must be ascending epochs as 10,15, received 3,x"],
  [{ schedule: "multiStep", decayAt: "5,3" }, "ascending"],
  [{ groupLr: "embedding.*" }, "groupLr must be names and learning rates above 0"],
  [{ groupLr: "a=1,b=0" }, "received a=1,b=0"],
])("refuses %j", (options, words) => {
  expect(() => complete(options)).toThrow(words);
});

test("parameters by name learn at their own rate, and the rest as before; names of none are refused", async () => {
  const text = "abc def ghi, jkl mno. ".repeat(60);
  const tiny: LanguageOptions = {
    hidden: 6,
    layers: 1,
    embed: 4,
    window: 8,
    batch: 4,
    optimizer: "sgd",
    lr: 0.5,
    valid: 0,
  };
  const weights = async (options: LanguageOptions) => {
    const { network } = await language.train(text, { ...tiny, ...options }).result;
    return [...network.namedParameters()].map(([name, parameter]) => [name, Array.from(parameter.data())] as const);
  };
  const [start, one, own] = [
    await weights({ steps: 0 }),
    await weights({ steps: 1 }),
    await weights({ steps: 1, groupLr: "embedding.*=0.25" }),
  ];
  start.forEach(([name, values], i) => {
    if (!name.startsWith("embedding.")) return expect(own[i]).toEqual(one[i]);
    const half = values.map((value, k) => value + (one[i][1][k] - value) / 2);
    own[i][1].forEach((value, k) => expect(value).toBeCloseTo(half[k], 6));
    expect(own[i]).not.toEqual(one[i]);
  });
  expect(() => language.train(text, { ...tiny, steps: 1, groupLr: "embeding.*=1" })).toThrow(
    expect.objectContaining({ code: "E_PARAMETERS" }),
  );
});
