import { describe, expect, test } from "vitest";
import { SGD } from "../optim/index.js";
import { Parameter } from "../tensor/index.js";
import {
  budgetOf,
  Calendar,
  MemoryRun,
  scoreOf,
  totalSteps,
  type TrainEvent,
  type Trainee,
  trainingLoop,
} from "./index.js";
import type { LoopOptions } from "./index.js";
import { Pace } from "./pace.js";
import { spent } from "./budget.js";

/** One number that is pulled to zero: loss w², gradient 2w. */
class Spring implements Trainee {
  readonly weight = new Parameter([1], [1]);
  readonly parameters = [this.weight];
  readonly position = { epoch: 0, index: 0 };
  validations = 0;
  saves = 0;
  /** Loss to pretend at a step. */
  readonly lies = new Map<number, number>();

  steps = 0;

  batchesIn(): number {
    return 4;
  }
  compute(): { loss: number; predictions: number } {
    const step = ++this.steps;
    const w = this.weight.item();
    this.weight.grad ??= new Parameter([1]);
    this.weight.grad.set([2 * w]);
    return { loss: this.lies.get(step) ?? w * w, predictions: 10 };
  }
  async validate() {
    this.validations++;
    return scoreOf(this.weight.item() * 5, 5);
  }
  sample(step: number) {
    return { prompt: "p", text: `w after ${step}` };
  }
  loadModel(): void {}
  save() {
    this.saves++;
    return { files: new Map([["weight", new Uint8Array(new Float32Array([this.weight.item()]).buffer)]]), state: {} };
  }
  async restore(read: (name: string) => Promise<Uint8Array>) {
    this.weight.set(new Float32Array((await read("weight")).buffer));
  }
}

function setUp(options: Partial<LoopOptions> = {}): { spring: Spring; store: MemoryRun; options: LoopOptions } {
  const spring = new Spring();
  const store = new MemoryRun();
  const optimizer = new SGD(spring.parameters, { lr: 0.1 });
  const base = { trainee: spring, optimizer, clip: Infinity, config: {}, store, budget: { steps: 8 } };
  return { spring, store, options: { ...base, ...options } };
}

async function types(options: LoopOptions): Promise<string[]> {
  const told: string[] = [];
  for await (const event of trainingLoop(options)) {
    told.push("step" in event ? `${event.type} ${event.step}` : (event as TrainEvent).type);
  }
  return told;
}

describe("what happens when", () => {
  test("steps, validations, samples and checkpoints come in one order", async () => {
    const { options, store } = setUp({ validSteps: 4, samples: 2, checkpointSteps: 3 });
    expect(await types(options)).toEqual(
      [
        ["start 0", "checkpoint 0", "step 1", "step 2", "step 3", "checkpoint 3", "step 4", "valid 4", "sample 4"],
        // The best so far is saved at once.
        [
          "checkpoint 4",
          "step 5",
          "step 6",
          "step 7",
          "checkpoint 7",
          "step 8",
          "valid 8",
          "sample 8",
          "checkpoint 8",
          "end 8",
        ],
      ].flat(),
    );
    expect(store.metrics.map(({ step, loss }) => (loss === undefined ? `valid ${step}` : step))).toEqual([
      1,
      2,
      3,
      4,
      "valid 4",
      5,
      6,
      7,
      8,
      "valid 8",
    ]);
  });

  test("a consumer that breaks or throws leaves a checkpoint of the last step", async () => {
    for (const stop of ["break", "throw"]) {
      const { options, store } = setUp();
      const iterate = async (): Promise<void> => {
        for await (const event of trainingLoop(options)) {
          if (event.type !== "step" || event.step < 3) continue;
          if (stop === "break") break;
          throw new Error("consumer");
        }
      };
      if (stop === "break") await iterate();
      else await expect(iterate()).rejects.toThrow("consumer");
      expect(JSON.parse(new TextDecoder().decode(await store.read("state.json"))).step).toBe(3);
    }
  });

  test.each([NaN, Infinity])("a loss of %s stops before it touches the weights, and saves nothing", async (loss) => {
    const { options, spring, store } = setUp();
    spring.lies.set(5, loss);
    let last = 0;
    const all = async (): Promise<void> => {
      for await (const event of trainingLoop(options)) if (event.type === "step") last = spring.weight.item();
    };
    await expect(all()).rejects.toThrow(
      `the loss became ${loss} at step 5. The last good checkpoint, of step 0, is kept.`,
    );
    expect(spring.weight.item()).toBe(last);
    expect(store.generation).toBe(0);
  });

  test("a weight that is not finite is never saved", async () => {
    const { options, spring, store } = setUp({ checkpointSteps: 2 });
    const events = trainingLoop(options);
    const all = async (): Promise<void> => {
      for await (const event of events) if (event.type === "step" && event.step === 2) spring.weight.set([Infinity]);
    };
    await expect(all()).rejects.toThrow(
      "the weights are no longer finite at step 2. The last good checkpoint, of step 0, is kept.",
    );
    expect(store.generation).toBe(0);
  });

  test("a store that fails ends the training, and the error is the store's own", async () => {
    const { options, store } = setUp({ checkpointSteps: 2 });
    const put = store.put.bind(store);
    store.put = async (generation, name, bytes) => {
      if (generation === 1 && name === "state.json") throw new Error("no space");
      return put(generation, name, bytes);
    };
    await expect(types(options)).rejects.toThrow("no space");
    expect(store.generation).toBe(0);
  });

  test("the host gets turns while training goes on: its timers come", async () => {
    const controller = new AbortController();
    const { options } = setUp({ store: null, budget: { minutes: 1 }, signal: controller.signal });
    let turns = 0;
    const timer = setInterval(() => void (++turns === 3 && controller.abort()), 1);
    expect((await types(options)).at(-1)).toMatch(/^end /);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

test("budgets: exactly one, and what it comes to", () => {
  expect(() => budgetOf({})).toThrow("received none of them");
  expect(() => budgetOf({ steps: 1, epochs: 1 })).toThrow("received steps and epochs");
  expect(() => budgetOf({ steps: 1.5 })).toThrow("steps must be a whole number from 0, received 1.5");
  expect(() => budgetOf({ minutes: -1 })).toThrow("minutes must be a number from 0");
  const calendar = new Calendar({ batchesIn: () => 7 });
  expect(totalSteps({ epochs: 2.5 }, calendar)).toBe(18);
  expect(totalSteps({ minutes: 1 }, calendar)).toBeNull();
  expect([0, 5, 10, 12].map((step) => spent({ steps: 10 }, 10, step, 0))).toEqual([0, 0.5, 1, 1.2]);
  expect(spent({ minutes: 2 }, null, 0, 30)).toBe(0.25);
  expect(spent({ minutes: 0 }, null, 0, 0)).toBe(1);
  expect(spent({ epochs: 0 }, 0, 0, 0)).toBe(1);
});

test("a calendar of passes that differ in length, of steps that take two batches", () => {
  const lengths = [5, 4, 1];
  const calendar = new Calendar({ batchesIn: (epoch) => lengths[epoch] ?? 3 }, 2);
  expect([0, 1, 2, 3, 4].map((epochs) => calendar.stepsOf(epochs))).toEqual([0, 3, 5, 6, 8]);
  expect([0, 1, 3, 4, 5, 6, 7].map((step) => calendar.epochOf(step))).toEqual([0, 1 / 3, 1, 1.5, 2, 3, 3.5]);
  expect([0.5, 1.5, 1.6].map((epochs) => calendar.stepsOf(epochs))).toEqual([2, 4, 5]);
});

test("the pace forgets what is long past, and pauses do not count", () => {
  const pace = new Pace(0);
  for (let now = 100; now <= 5000; now += 100) pace.add(50, now);
  expect(pace.predictionsPerSecond).toBeCloseTo(500, -1);
  pace.skip(60_000);
  for (let now = 65_200; now <= 75_000; now += 200) pace.add(50, now);
  expect(pace.predictionsPerSecond).toBeGreaterThan(230);
  expect(pace.predictionsPerSecond).toBeLessThan(270);
});
