/** Schedules given as JSON against torch.optim.lr_scheduler. */
import { expect, test } from "vitest";
import { type Observation, learningRateOf, Plateau, type PlateauSettings, type ScheduleOptions } from "../../src/optim/index.js";
import { expectGolden, load, TOLERANCE } from "./golden.js";

interface ScheduleCase {
  schedule: ScheduleOptions;
  steps: number;
}

interface PlateauCase {
  better: Observation["better"];
  options: Partial<PlateauSettings>;
  observed: number[];
}

test.each(load<ScheduleCase>("schedules"))("$seed: $schedule", ({ schedule, steps, tensors }) => {
  // PyTorch refuses the step after the last one of a cycle.
  const length = { steps: schedule.name === "oneCycle" ? steps + 1 : steps, epochs: null };
  const { factor } = learningRateOf(schedule, length);
  const factors = Array.from({ length: steps }, (_, step) => factor(step, 0));
  expectGolden({ factors }, tensors, TOLERANCE.f64);
});

test.each(load<PlateauCase>("plateaus"))("$seed: $better is better, $options", ({ better, options, observed, tensors }) => {
  let plateau = new Plateau(options);
  const factors = observed.map((value) => {
    const { factor } = plateau;
    plateau.observe({ value, better });
    // What was saved and loaded goes on as if nothing had been.
    const again = new Plateau(options);
    again.load(JSON.parse(JSON.stringify(plateau.state())));
    plateau = again;
    return factor;
  });
  expect(new Set(factors).size).toBeGreaterThan(1);
  expectGolden({ factors }, tensors, TOLERANCE.f64);
});
