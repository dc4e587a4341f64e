import { expect, test } from "vitest";
import { Parameter, Tensor } from "../tensor/index.js";
import { ASGD, RMSprop, SGD } from "./index.js";

/** One number on which a force acts that changes with every step. */
function pushed(p: Parameter, step: number): void {
  p.grad = Tensor.from(Float32Array.of(Math.fround(((step * 7) % 5) - 2)), [1]);
}

const lower = (value: number) => ({ value, better: "lower" }) as const;

test("before validations cease to improve it is plain descent; then the model is the mean of what follows", () => {
  const p = new Parameter([1], [1]);
  const q = new Parameter([1], [1]);
  const asgd = new ASGD([p], { lr: 0.1, nonMonotone: 2 });
  const sgd = new SGD([q], { lr: 0.1 });
  // Worse than the best of all but the last two, with the fifth: 3 > min(5, 2).
  const found = [5, 2, 4, 1.9, 3, 9];
  const seen: number[] = [];
  let step = 0;
  for (const value of found) {
    for (let i = 0; i < 4; i++, step++) {
      for (const [parameter, optimizer] of [[p, asgd] as const, [q, sgd] as const]) {
        pushed(parameter, step);
        optimizer.step();
      }
      expect(p.item()).toBe(q.item());
      if (step >= 20) seen.push(p.item());
      if (asgd.averaging) {
        asgd.swapAverages();
        // Of the first two the later one alone counts, as in PyTorch.
        const counted = seen.length > 1 ? seen.slice(1) : seen;
        expect(p.item()).toBeCloseTo(counted.reduce((a, b) => a + b) / counted.length, 6);
        asgd.swapAverages();
      }
    }
    expect(asgd.averaging).toBe(seen.length > 0);
    asgd.observe(lower(value));
  }
  expect(seen).toHaveLength(4);
});

test("higher may be better, and a single dip within the window begins nothing", () => {
  const begins = (values: number[], better: "lower" | "higher"): boolean => {
    const p = new Parameter([1], [1]);
    const asgd = new ASGD([p], { nonMonotone: 2 });
    for (const value of values) {
      pushed(p, 1);
      asgd.step();
      asgd.observe({ value, better });
    }
    pushed(p, 1);
    asgd.step();
    return asgd.averaging;
  };
  expect(begins([1, 2, 3, 2.5, 2.9], "higher")).toBe(false);
  expect(begins([1, 2, 3, 2.5, 1.9], "higher")).toBe(true);
  expect(begins([5, 4, 4.5], "lower")).toBe(false);
});

test("what began is saved, and what was found", () => {
  const make = () => {
    const p = new Parameter([1], [1]);
    return { p, asgd: new ASGD([p], { lr: 0.1, nonMonotone: 1 }) };
  };
  const whole = make();
  const values = [3, 2, 4, 4];
  const saved: ReturnType<ASGD["state"]>[] = [];
  const weights: number[] = [];
  for (const [step, value] of values.entries()) {
    pushed(whole.p, step);
    whole.asgd.step();
    whole.asgd.observe(lower(value));
    saved.push(structuredClone(whole.asgd.state()));
    weights.push(whole.p.item());
  }
  for (const [at, state] of saved.entries()) {
    const again = make();
    again.p.set([weights[at]]);
    again.asgd.load(JSON.parse(JSON.stringify(state.scalars)) && state);
    for (let step = at + 1; step < values.length; step++) {
      pushed(again.p, step);
      again.asgd.step();
      again.asgd.observe(lower(values[step]));
    }
    expect(again.p.item()).toBe(whole.p.item());
    expect(again.asgd.state()).toEqual(whole.asgd.state());
  }
});

test("a gradient that is always the same leaves centered RMSprop finite", () => {
  const p = new Parameter([3], [1, 2, 3]);
  const optimizer = new RMSprop([p], { centered: true, alpha: 0.5, lr: 1e-9 });
  for (let step = 0; step < 200; step++) {
    p.grad = Tensor.from(Float32Array.of(0.1, 1e-3, 7), [3]);
    optimizer.step();
  }
  for (const value of p.toArray()) expect(value).not.toBeNaN();
});
