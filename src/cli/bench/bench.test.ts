import { describe, expect, it, vi } from "vitest";
import { Command } from "commander";
import { startSync } from "../../runtime/index.js";
import { defineBench } from "../bench.js";
import { exitCodeOf } from "../failure.js";
import { checkGolden, checkReduced, TOLERANCE } from "./check.js";
import { GOLDEN } from "./golden.js";
import { MemoryWatch, predictedPeak } from "./memory.js";
import { measure, measureInTurns, median } from "./measure.js";
import { supports } from "./models.js";
import { integers, seedOf, uniform, unit } from "./numbers.js";
import { prepare } from "./phases.js";
import { type BenchLine, type BenchRequest, runBench } from "./run.js";
import { builtIn, type Workload, workloadsCalled } from "./workloads.js";

// What `runBench` starts where no threads are asked for; the models below must not start more before it does.
startSync({ threads: 1, precision: "strict" });

const TINY = { kind: "lm", cell: "gru", phase: "train", B: 3, T: 4, V: 7, emb: 5, H: 6, L: 2 };

/** What a runner of many programs may ask for and this one cannot do. */
const TRANSDUCER = JSON.stringify({
  kind: "transducer",
  cell: "lstm",
  phase: "train",
  B: 32,
  T: 20,
  H: 128,
  L: 1,
});

function lines(request: Partial<BenchRequest>): { code: number; printed: BenchLine[] } {
  const printed: BenchLine[] = [];
  const code = runBench({ workload: "tiny.train", version: "9.9.9", budgetS: 0.01, ...request }, (line) =>
    printed.push(line),
  );
  return { code, printed };
}

describe("the numbers that peers share", () => {
  it("are the hash of a counter", () => {
    expect(seedOf("emb")).toBe(0x7e8ac38f);
    expect([unit(0, 0), unit(1, 0)]).toEqual([0, 0x514e28b7 / 2 ** 32]);
    for (const value of uniform("x", 1000, 0.5)) expect(Math.abs(value)).toBeLessThanOrEqual(0.5);
    expect(new Set(integers("x", 1000, 5))).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});

describe("workloads", () => {
  it("compute PyTorch's numbers", { timeout: 60_000 }, () => {
    // The two largest take seconds and differ in nothing but size; `bench` itself checks them whenever it runs them.
    const checked = builtIn().filter(({ name }) => !/^(big|word-large|custom)/.test(name));
    expect(checked).toHaveLength(17);
    for (const workload of checked) expect(checkGolden(workload, prepare(workload).proof())).toBe(true);
  });

  it("have a PyTorch number each", () => {
    // The bench's own cells have no other implementation.
    const others = builtIn().filter(({ name }) => !name.startsWith("custom"));
    expect(Object.keys(GOLDEN)).toEqual(others.map(({ name }) => name));
  });

  it("agree with the float64 definition on a reduced size", () => {
    const models = ["char-small", "gru-small", "elman-small", "tagger", "long", "stream-h64", "stream-h256x2"];
    for (const name of models.concat("custom-peephole", "custom-layernorm")) {
      for (const workload of workloadsCalled(name)) expect(() => checkReduced(workload)).not.toThrow();
    }
  });
});

describe("the check", () => {
  const [train, infer] = workloadsCalled("elman-small");

  it("sees a missing update, which changes the second loss by 4e-3 here", () => {
    const [first] = GOLDEN[train.name].loss!;
    expect(() => checkGolden(train, { loss: [first, first, first] })).toThrow(/E_BENCH_NUMBERS|PyTorch gives/);
  });

  it("sees what lies beyond the tolerance, NaN and numbers that are missing", () => {
    const value = GOLDEN[infer.name].checkAbs!;
    expect(checkGolden(infer, { checkAbs: value * (1 + TOLERANCE / 2) })).toBe(true);
    for (const checkAbs of [value * (1 + 2 * TOLERANCE), Number.NaN, undefined]) {
      expect(() => checkGolden(infer, { checkAbs })).toThrow("Nothing was timed");
    }
    expect(() => checkGolden(train, { loss: GOLDEN[train.name].loss!.slice(0, 2) })).toThrow("Nothing was timed");
  });

  it("knows nothing about other sizes", () => {
    const other: Workload = { ...train, B: train.B + 1 };
    expect(checkGolden(other, { loss: [0, 0, 0] })).toBe(false);
    expect(checkGolden({ ...train, optimizer: { ...train.optimizer, lr: 0.1 } }, { loss: [0, 0, 0] })).toBe(false);
  });
});

describe("bench", () => {
  it("prints a line in the runner's form for a workload given as JSON", () => {
    const { code, printed } = lines({ spec: JSON.stringify({ ...TINY, threads: 1, budgetS: 60, tokens: 12 }) });
    expect(code).toBe(0);
    expect(printed).toHaveLength(1);
    const {
      median_ms: middle,
      min_ms: least,
      runs,
      tokens_per_s: rate,
      peak_rss_mb: rss,
      note,
      loss,
      predicted_mb: predicted,
      peak_mb: peak,
      heap_mb: heap,
      ...rest
    } = printed[0];
    expect(rest).toEqual({
      peer: "hiddenstate",
      version: "9.9.9",
      workload: "tiny.train",
      phase: "train",
      threads: 1,
    });
    expect(least).toBeGreaterThan(0);
    expect(middle).toBeGreaterThanOrEqual(least!);
    expect(runs).toBeGreaterThanOrEqual(5);
    expect(Math.abs(rate! / (12_000 / middle!) - 1)).toBeLessThan(0.01);
    expect(rss).toBeGreaterThan(10);
    expect(Math.min(predicted!, peak!)).toBeGreaterThan(0);
    expect(heap).toBeGreaterThanOrEqual(peak!);
    expect(note).toMatch(
      /^wasm strict kernels on 1 thread \(Node [^)]+\)\. Numbers as the float64 definition's on .* size\.$/,
    );
    expect(loss).toHaveLength(3);
    expect(loss![2]).toBeLessThan(loss![0]);
  });

  it.each([
    ["char-small", { B: 16, T: 20, V: 700, emb: 32, H: 32 }],
    ["tagger", { B: 16, T: 20, V: 40, emb: 24, H: 24 }],
    ["long", { B: 8, T: 200, H: 24 }],
  ])("predicts the heap that a step of %s takes", (name, sizes) => {
    const workload = { ...workloadsCalled(name)[0], ...sizes };
    const watch = new MemoryWatch();
    const bench = prepare(workload);
    bench.run();
    bench.run();
    expect(watch.peak / predictedPeak(workload)).toBeGreaterThan(0.9);
    expect(watch.peak / predictedPeak(workload)).toBeLessThan(1.1);
  });

  it.each(["customPeephole", "customLayerNorm"])("times %s in turns with the LSTM of its size", (cell) => {
    const { code, printed } = lines({ spec: JSON.stringify({ ...TINY, cell }) });
    expect(code).toBe(0);
    const [{ lstm_ms: plain, median_ms: own, ratio, loss, runs }] = printed;
    expect(ratio! / (own! / plain!)).toBeCloseTo(1, 1);
    expect(runs).toBeGreaterThanOrEqual(5);
    expect(loss![2]).toBeLessThan(loss![0]);
  });

  it("reports mean |output| for inference", () => {
    const { printed } = lines({ workload: "tiny.infer", spec: JSON.stringify({ ...TINY, phase: "infer" }) });
    expect(printed[0].check_abs).toBeGreaterThan(0);
    expect(printed[0]).not.toHaveProperty("loss");
    expect(printed[0]).not.toHaveProperty("predicted_mb");
  });

  it("answers a runner for what it cannot do, without failing, and does not name it itself", () => {
    const { code, printed } = lines({ workload: "transducer.train", spec: TRANSDUCER });
    expect(code).toBe(0);
    expect(builtIn().every(supports)).toBe(true);
    expect(printed).toMatchObject([{ workload: "transducer.train", median_ms: null, runs: 0 }]);
    expect(printed[0].error).toMatch(/^unsupported/);
  });

  it("measures a stream step by step, beside the speed of reading its weights", () => {
    const { code, printed } = lines({ workload: "stream-h64" });
    expect(code).toBe(0);
    const [line] = printed;
    expect(line).toMatchObject({ workload: "stream-h64.stream", phase: "stream", threads: 1 });
    expect(line.note).toMatch(/^wasm strict kernels on 1 thread \(Node [^)]+\)\. Numbers as PyTorch's\.$/);
    expect(line).toMatchObject({ check_abs: expect.closeTo(0.0761, 4) });
    expect(line.runs).toBeGreaterThan(1000);
    expect(line.p99_us! / 1000).toBeGreaterThanOrEqual(line.median_ms!);
    expect(line.weights_gb_s! / ((33_280 * 4e-6) / line.median_ms!)).toBeGreaterThan(0.5);
    expect(line.read_gb_s).toBeGreaterThan(1);
  });

  it("does not time what computes other numbers", () => {
    const golden = GOLDEN as Record<string, { checkAbs: number }>;
    const right = golden["elman-small.infer"];
    try {
      golden["elman-small.infer"] = { checkAbs: right.checkAbs * 1.001 };
      const timed = vi.spyOn(performance, "now");
      const { code, printed } = lines({ workload: "elman-small.infer" });
      expect(timed).not.toHaveBeenCalled();
      expect(code).toBe(1);
      expect(printed).toMatchObject([{ median_ms: null, min_ms: null, runs: 0, check_abs: expect.closeTo(0.0953, 4) }]);
      expect(printed[0].error).toContain("Nothing was timed");
    } finally {
      golden["elman-small.infer"] = right;
      vi.restoreAllMocks();
    }
  });

  it("names the known workloads where it is asked for others", () => {
    const usage = (message: string): unknown =>
      expect.objectContaining({ code: "E_USAGE", message: expect.stringContaining(message) });
    const thrown = (request: Partial<BenchRequest>): unknown => {
      try {
        lines(request);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(thrown({ workload: "char-smal" })).toEqual(usage('Did you mean "char-small"?'));
    expect(thrown({ workload: "char-small.stream" })).toEqual(usage("Known: train, infer"));
    expect(thrown({ workload: "constructor" })).toEqual(usage("Known: char-small, char-medium"));
    expect(thrown({ spec: "{" })).toEqual(usage("JSON"));
    expect(thrown({ spec: JSON.stringify({ ...TINY, B: 0 }) })).toEqual(usage("B must be a whole number from 1"));
    expect(thrown({ spec: JSON.stringify({ ...TINY, V: undefined }) })).toEqual(usage("lacks V"));
    expect(thrown({ spec: JSON.stringify({ ...TINY, cell: "lsmt" }) })).toEqual(usage('Did you mean "lstm"?'));
    expect(thrown({ spec: JSON.stringify({ ...TINY, optimizer: { lr: "x" } }) })).toEqual(usage("optimizer.lr"));
  });
});

describe("the command", () => {
  const failure = (...words: string[]): unknown => {
    try {
      const command = new Command("bench").exitOverride();
      defineBench(command);
      command.parse(words, { from: "user" });
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it("ends with exit code 2 for words that it cannot use", () => {
    expect(failure("nonsense")).toMatchObject({ message: expect.stringContaining("Known: char-small,") });
    for (const words of [["nonsense"], ["char-small", "--threads", "two"], ["char-small", "--precision", "loose"]]) {
      expect(exitCodeOf(failure(...words))).toBe(2);
    }
    expect(exitCodeOf(failure("char-small", "--budget=0"))).toBe(2);
    expect(exitCodeOf(failure("char-small.train", "[]"))).toBe(2);
  });

  it("prints lines of JSON and sets the exit code", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      expect(failure("transducer.train", TRANSDUCER)).toBeUndefined();
      const [text] = write.mock.calls[0];
      expect(JSON.parse(String(text))).toMatchObject({ peer: "hiddenstate", workload: "transducer.train" });
      expect(String(text)).toMatch(/^[^\n]+\n$/);
      expect(process.exitCode).toBe(0);
    } finally {
      write.mockRestore();
      process.exitCode = undefined;
    }
  });
});

describe("measure", () => {
  it("takes turns, the first of which warm up", () => {
    let order = "";
    const [a, b] = measureInTurns(
      () => (order += "a"),
      () => (order += "b"),
      { budgetS: 1e-9 },
    );
    expect(order).toBe("abbaabbaabbaab");
    expect([a.length, b.length]).toEqual([5, 5]);
    expect(a).toEqual(a.toSorted((x, y) => x - y));
  });

  it("warms up, runs at least five times, and sorts", () => {
    let calls = 0;
    const times = measure(() => calls++, { budgetS: 1e-9 });
    expect([calls, times.length]).toEqual([7, 5]);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(median([1, 2, 9])).toBe(2);
  });

  it("starts nothing that would pass the hard limit", () => {
    const wait = (): void => {
      const start = performance.now();
      while (performance.now() - start < 20);
    };
    expect(measure(wait, { budgetS: 60, hardS: 0.1 }).length).toBeLessThanOrEqual(4);
  });
});
