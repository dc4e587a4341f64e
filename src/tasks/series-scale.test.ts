import { expect, test } from "vitest";
import { compareLabels } from "./compare-labels.js";
import { SeriesScale } from "./series-scale.js";

test("mean and deviation over all steps of all series; a dimension that never changes is only moved", () => {
  const scale = SeriesScale.of([
    [
      [1, 2, 3],
      [5, 5, 5],
    ],
    [[6], [5]],
  ]);
  expect(scale.mean).toEqual([3, 5]);
  expect(scale.deviation).toEqual([Math.sqrt(3.5), 1]);
  const rows = scale.rows(
    [
      [3, 3 + Math.sqrt(3.5), 9],
      [5, 6, 9],
    ],
    2,
  );
  expect(Array.from(rows)).toEqual([0, 0, 1, 1]);
  expect(SeriesScale.fromJSON(JSON.parse(JSON.stringify(scale)))).toEqual(scale);
  const stored = scale.toJSON();
  for (const json of [null, {}, { ...stored, format: "x" }, { ...stored, mean: [1] }]) {
    expect(() => SeriesScale.fromJSON(json)).toThrow("is no scale of a series");
  }
});

test("labels stand in the order that people expect", () => {
  const labels = ["yes", "10", "2", "-1", "No", "no", "1.5", "\u{1F600}", "\uffee"];
  expect(labels.sort(compareLabels)).toEqual(["-1", "1.5", "2", "10", "No", "no", "yes", "\uffee", "\u{1F600}"]);
});
