import { expect, test } from "vitest";
import { scoreOf } from "./score.js";
import { NO_STANDING, standingAfter } from "./standing.js";

const score = (accuracy: number, loss: number) =>
  scoreOf(loss, 1, { accuracy }, { name: "accuracy", better: "higher" });

test("of equal evaluations the one with the lower loss is the best, and counts as no progress", () => {
  let standing = standingAfter(NO_STANDING, score(0.9, 2), 10, 0);
  standing = standingAfter(standing, score(0.9, 1), 20, 0);
  expect(standing).toEqual({ best: { step: 20, value: 0.9, loss: 1 }, reference: 0.9, waited: 1 });
  standing = standingAfter(standing, score(0.9, 1.5), 30, 0);
  expect(standing.best?.step).toBe(20);
  standing = standingAfter(standing, score(0.8, 0.1), 40, 0);
  expect(standing).toMatchObject({ best: { step: 20 }, waited: 3 });
  standing = standingAfter(standing, score(0.91, 3), 50, 0);
  expect(standing).toEqual({ best: { step: 50, value: 0.91, loss: 3 }, reference: 0.91, waited: 0 });
});
