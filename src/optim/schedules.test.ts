import { describe, expect, test } from "vitest";
import { learningRateOf, SCHEDULE_NAMES, type ScheduleOptions, ValidDecay } from "./index.js";

const LENGTH = { steps: 100, epochs: 10 };
const ENDLESS = { steps: null, epochs: null };

/** Factors at some steps, of ten to an epoch. */
function at(schedule: ScheduleOptions, steps: readonly number[]): number[] {
  const { factor } = learningRateOf(schedule, LENGTH);
  return steps.map((step) => factor(step, step / 10));
}

describe("schedules as JSON", () => {
  test("a schedule counts steps, or the epochs that are done", () => {
    expect(at({ name: "zaremba", after: 4 }, [0, 39, 40, 49, 50, 60])).toEqual([1, 1, 0.5, 0.5, 0.25, 0.125]);
    expect(at({ name: "step", every: 2, gamma: 0.5, unit: "epochs" }, [19, 20, 39, 40])).toEqual([1, 0.5, 0.5, 0.25]);
    expect(at({ name: "linear", unit: "epochs" }, [0, 9, 10, 95])).toEqual([1, 1, 0.9, 1 - 0.9]);
  });

  test("a schedule that stretches over the training ends with it, the way up taken off", () => {
    expect(at({ name: "linear" }, [0, 50, 100, 120])).toEqual([1, 0.5, 0, 0]);
    expect(at({ name: "linear", warmup: 20 }, [0, 9, 19, 20, 60, 100])).toEqual([0.05, 0.5, 1, 1, 0.5, 0]);
    expect(() => learningRateOf({ name: "cosine" }, ENDLESS)).toThrow("has no known number of steps");
    expect(learningRateOf({ name: "cosine", steps: 10 }, ENDLESS).factor(10, 0)).toBe(0);
  });

  test("a way up in front of what follows validations", () => {
    const { factor, adaptive } = learningRateOf({ name: "validDecay", factor: 0.1, warmup: 4 }, LENGTH);
    expect(factor(1, 0)).toBe(0.5);
    adaptive!.observe({ value: 2, better: "lower" });
    adaptive!.observe({ value: 3, better: "lower" });
    expect([factor(1, 0), factor(9, 0)]).toEqual([0.05, 0.1]);
  });

  test("every name is known, and a slip of the hand is pointed out", () => {
    const needs: Record<string, object> = {
      step: { every: 3 },
      multiStep: { at: [3] },
      piecewise: { at: [1], factors: [0.5] },
      noam: { warmup: 10 },
    };
    for (const name of SCHEDULE_NAMES) {
      const { factor } = learningRateOf({ name, ...needs[name] } as ScheduleOptions, LENGTH);
      expect(factor(5, 0.5)).toBeGreaterThanOrEqual(0);
    }
    const refuse = (schedule: object, words: string): void =>
      expect(() => learningRateOf(schedule as ScheduleOptions, LENGTH)).toThrow(words);
    refuse({ name: "cosin" }, 'Did you mean "cosine"?');
    refuse({ name: "cosine", stepps: 4 }, 'Did you mean "steps"?');
    refuse({ name: "cosine", warmup: -1 }, "warmup must be a whole number from 0");
    refuse({ name: "cosine", warmupFrom: 2 }, "warmupFrom must be");
    refuse({ name: "step", every: 0 }, "every must be an integer from 1");
    refuse({ name: "step", every: 3, unit: "epoch" }, 'Did you mean "epochs"?');
    refuse({ name: "multiStep", at: [3, 2] }, "ascending, received [3,2]");
    refuse({ name: "piecewise", at: [1], factors: [] }, "as many as at, received 0");
    refuse({ name: "oneCycle", div: 0 }, "div must be a number from 1");
    refuse({ name: "noam" }, "warmup must be an integer from 1");
    refuse({ name: "plateau", factor: 1 }, "factor must be");
    refuse({ name: "plateau", unit: "epochs" }, 'no option "unit"');
    refuse({ name: "validDecay", than: "first" }, 'than must be "last" or "best", received first');
  });

  test("a function is a schedule too, as long as it gives a factor", () => {
    expect(learningRateOf((step) => 1 / (step + 1), LENGTH).factor(3, 0)).toBe(0.25);
    expect(() => learningRateOf(() => NaN, LENGTH).factor(0, 0)).toThrow("received NaN");
  });
});

describe("a learning rate that follows validations", () => {
  const cuts = (decay: ValidDecay, values: number[], better: "lower" | "higher" = "lower"): number[] =>
    values.map((value) => {
      decay.observe({ value, better });
      return decay.factor;
    });

  test("is cut when one is worse than the one before, or than the best", () => {
    const values = [5, 4, 4.5, 4.2, 4.1, 4];
    expect(cuts(new ValidDecay(), values)).toEqual([1, 1, 0.5, 0.5, 0.5, 0.5]);
    expect(cuts(new ValidDecay({ than: "best" }), values)).toEqual([1, 1, 0.5, 0.25, 0.125, 0.0625]);
    expect(cuts(new ValidDecay({ keepOn: true }), values)).toEqual([1, 1, 0.5, 0.25, 0.125, 0.0625]);
    expect(cuts(new ValidDecay({ minDelta: 0.3 }), values)).toEqual([1, 1, 0.5, 0.25, 0.125, 0.0625]);
    expect(cuts(new ValidDecay(), [1, 2, 3, 2.5], "higher")).toEqual([1, 1, 1, 0.5]);
  });

  test("a figure that is no number is no progress", () => {
    expect(cuts(new ValidDecay(), [NaN, 3, NaN, 2])).toEqual([0.5, 0.5, 0.25, 0.25]);
  });
});
