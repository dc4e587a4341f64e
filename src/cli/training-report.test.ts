import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { EventOf, TrainEvent } from "../train/index.js";
import { clock, grouped } from "./figures.js";
import { scoreText } from "./score-text.js";
import { type Output, reportFor } from "./training-report.js";

/** Remembers what was written. */
class Screen extends Writable {
  written = "";
  readonly isTTY: boolean;
  readonly columns: number;
  constructor(isTTY: boolean, columns = 100) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString();
    done();
  }
  /** What a terminal would show: a line that was cleared is gone. */
  get shown(): string {
    return this.written.replace(/[^\n]*\r\u001b\[2K/g, "");
  }
}

const step = (n: number, more: object = {}): TrainEvent => ({
  type: "step",
  step: n,
  totalSteps: 200,
  epoch: 0.1,
  loss: 2,
  predictions: 64,
  metrics: { bpc: 2.885 },
  lr: 0.01,
  gradNorm: 1,
  predictionsPerSecond: 12345.6,
  etaSeconds: 75.4,
  ...more,
});
const valid: TrainEvent = {
  type: "valid",
  step: 200,
  valid: {
    loss: 1.5,
    predictions: 99,
    metrics: { nats: 1.5, bpc: 2.164, perplexity: 4.4817 },
    objective: { name: "nats", value: 1.5, better: "lower" },
  },
  best: false,
};
const start: TrainEvent = {
  type: "start",
  step: 0,
  totalSteps: 200,
  run: "r",
  parameters: 9,
  unit: "chars",
  config: {},
  machine: {} as EventOf<"start">["machine"],
};
const sample: TrainEvent = { type: "sample", step: 200, prompt: "", text: "to be\nor not\n" };
const made: TrainEvent = { type: "sample", step: 200, prompt: "être", text: "to be" };
const end: TrainEvent = { type: "end", step: 200, reason: "finished", valid: null, best: null, run: "r", seconds: 3 };

function show(out: Output & Screen, env: NodeJS.ProcessEnv, json = false): Screen {
  const report = reportFor(out, json, env);
  report.say("before");
  for (const event of [start, step(1), step(2), step(200), valid, sample, end]) report.event(event);
  report.say("after");
  return out;
}

const LINE = "loss 2.000  2.885 bpc  12,346 chars/s  1:15 left";

describe("a training as people see it", () => {
  test("in a pipe: plain lines, not one for every step, but the last", () => {
    expect(show(new Screen(false), {}).written).toBe(
      `before\nstep 1/200  ${LINE}\nstep 200/200  ${LINE}\n` +
        "validation after step 200: 1.5000 nats, 2.1640 bits per character, perplexity 4.482 (not the best)\n" +
        "--- it writes, after step 200 ---\nto be\nor not\n---\nafter\n",
    );
  });

  test("at a terminal: one bar that stays below everything else, and a line of its own at the end", () => {
    const { shown, written } = show(new Screen(true), {});
    expect(shown.split("\n")).toEqual([
      "before",
      expect.stringContaining("validation after step 200"),
      "\u001b[2m--- it writes, after step 200 ---",
      "to be",
      "or not",
      "---\u001b[22m",
      expect.stringMatching(/^█{29} 100 % {2}step 200\/200/),
      "after",
      "",
    ]);
    expect(written).toContain("░   0 %  step 1/200");
  });

  test("NO_COLOR takes the colours, a dumb terminal gets plain lines, a narrow one no broken line", () => {
    expect(show(new Screen(true), { NO_COLOR: "1" }).written).not.toContain("\u001b[2m");
    expect(show(new Screen(true), { TERM: "dumb" }).written).not.toContain("\r");
    for (const columns of [30, 70, 80, 120]) {
      const { written } = show(new Screen(true, columns), {});
      const drawn = Array.from(written.matchAll(/\u001b\[2K([^\n\r]*step \d+\/200[^\n\r]*)/g), ([, line]) => line);
      expect(drawn.length).toBe(2);
      for (const line of drawn) expect(line.length).toBeLessThan(columns);
    }
    expect(show(new Screen(true, 0), {}).written).toContain("left");
  });

  test("a sample that was made of something stands below it", () => {
    const out = new Screen(false);
    reportFor(out, false, {}).event(made);
    expect(out.written).toBe("--- it writes, after step 200 ---\nêtre\n→ to be\n---\n");
  });

  test("without a number of steps the bar follows the time", () => {
    const out = new Screen(true, 120);
    const report = reportFor(out, false, {});
    report.event(step(1, { totalSteps: null, etaSeconds: 60 }));
    expect(out.written).toContain("  0 %  step 1  loss");
  });
});

test("a training as programs see it: events alone, with their numbers exact", () => {
  const lines = show(new Screen(false), {}, true).written.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).event)).toEqual([
    "start",
    "step",
    "step",
    "step",
    "valid",
    "sample",
    "end",
  ]);
  expect(JSON.parse(lines[1])).toEqual({ ...step(1), type: undefined, event: "step" });
});

test("figures", () => {
  expect([0, 59.6, 75, 3599, 4000].map(clock)).toEqual(["0:00", "1:00", "1:15", "59:59", "1:06:40"]);
  expect([7, 1115394.2].map(grouped)).toEqual(["7", "1,115,394"]);
});

test("figures that nobody has words for have their name", () => {
  const score = { loss: 0.5, predictions: 9, metrics: { accuracy: 0.75, nats: 2 } };
  const objective = { name: "accuracy", value: 0.75, better: "higher" } as const;
  expect(scoreText({ ...score, objective })).toBe("accuracy 0.7500, 2.0000 nats");
  expect(scoreText({ ...score, metrics: { accuracy: 0.75 }, objective })).toBe("loss 0.5000, accuracy 0.7500");
});
