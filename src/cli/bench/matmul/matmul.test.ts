import { describe, expect, it, vi } from "vitest";
import { Command } from "commander";
import { runtime, startSync } from "../../../runtime/index.js";
import { defineBench } from "../../bench.js";
import { exitCodeOf } from "../../failure.js";
import { checkProduct, Operands, type Prepared } from "./forms.js";
import { sweepReport, weakPoints } from "./report.js";
import { type Sweep, sweep, type SweepPoint } from "./sweep.js";

startSync({ threads: 1, precision: "strict" });

const SHAPE = { m: 5, n: 37, k: 11 };

describe("the forms of a product", () => {
  const operands = new Operands([SHAPE]);

  it.each(["product", "gradient", "row"] as const)("%s agrees with float64, in every element", (form) => {
    const prepared = operands[form](SHAPE);
    prepared.run();
    const found = prepared.result();
    expect(found).toHaveLength({ product: 5 * 37, gradient: 37 * 11, row: 37 }[form]);
    expect(prepared.flops).toBe(2 * 37 * 11 * { product: 5, gradient: 5 * 32, row: 1 }[form]);
    found.forEach((value, i) => {
      const { value: wanted, size } = prepared.expected(Math.floor(i / prepared.columns), i % prepared.columns);
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-6 * size);
      expect(size).toBeGreaterThan(0);
    });
  });

  it.each(["product", "gradient", "row"] as const)("%s: the check sees a wrong element and NaN", (form) => {
    const prepared = operands[form](SHAPE);
    expect(() => checkProduct("it", prepared)).not.toThrow();
    for (const spoil of [(x: number) => x + 1e-3, () => NaN]) {
      const wrong: Prepared = {
        ...prepared,
        result: () => {
          const values = prepared.result();
          values[values.length - 1] = spoil(values[values.length - 1]);
          return values;
        },
      };
      expect(() => checkProduct("it", wrong)).toThrow(expect.objectContaining({ code: "E_BENCH_NUMBERS" }));
    }
  });
});

describe("a sweep", () => {
  const sizes = { m: [1, 16], n: [8, 128], k: [64] };

  it("times every size of every form, and gives its memory back", () => {
    const before = runtime().heap.stats().persistentBytes;
    const found = sweep({ sizes, budgetS: 0.01 });
    expect(runtime().heap.stats().persistentBytes).toBe(before);
    expect(found.note).toMatch(/^wasm strict kernels on 1 thread \(/);
    expect(found.points.map(({ form, m, n, k }) => `${form} ${m}×${n}×${k}`)).toEqual([
      ...["product", "gradient"].flatMap((form) => [1, 16].flatMap((m) => [8, 128].map((n) => `${form} ${m}×${n}×64`))),
      "row 1×8×64",
      "row 1×128×64",
    ]);
    for (const { gflops, of_ceiling: share, gb_s: rate, form } of found.points) {
      expect(gflops).toBeGreaterThan(0);
      expect(share).toBeCloseTo(gflops / found.ceiling_gflops, 10);
      expect(rate).toEqual(form === "row" ? expect.closeTo(2 * gflops, 5) : undefined);
    }
  });

  it("times nothing when a product is wrong", () => {
    const right = runtime().kernels("f32");
    runtime().wrapKernels((table) => ({ ...table, gemm: () => {} }));
    const clock = vi.spyOn(performance, "now");
    try {
      expect(() => sweep({ sizes })).toThrow(expect.objectContaining({ code: "E_BENCH_NUMBERS" }));
      expect(clock).not.toHaveBeenCalled();
    } finally {
      vi.restoreAllMocks();
      runtime().wrapKernels();
    }
    expect(runtime().kernels("f32")).toBe(right);
  });

  it("is reported as a table for each form and depth, with the worst and the weak sizes", () => {
    const point = (form: SweepPoint["form"], m: number, n: number, share: number): SweepPoint => ({
      form,
      m,
      n,
      k: 64,
      gflops: 40 * share,
      of_ceiling: share,
      ...(form === "row" ? { gb_s: 80 * share } : {}),
    });
    const points = [
      ...[1, 16].flatMap((m) => [8, 128].map((n) => point("product", m, n, m === 1 ? 0.25 : n === 8 ? 0.5 : 0.9))),
      ...[1, 16].flatMap((m) => [8, 128].map((n) => point("gradient", m, n, 0.7))),
      ...[8, 128].map((n) => point("row", 1, n, 0.6)),
    ];
    const found: Sweep = { note: "wasm strict kernels on 1 thread (Node 1)", threads: 1, ceiling_gflops: 40, points };
    const text = sweepReport(found);
    expect(text).toContain("in %, K = 64\nM \\ N   8  128\n1      25   25\n16     50   90\n");
    expect(text).toMatch(/K \\ N +8 +128\n64 +24\.0 \(48\) +24\.0 \(48\)\n/);
    expect(text).toContain("\ngradient (of weights), out[N, K] summed over 32·M rows");
    expect(text).toContain(
      "\nwasm strict kernels on 1 thread (Node 1)\nCeiling in this run: 40.0 GFLOP/s on 1 thread.",
    );
    expect(text).toContain("worst product 16×128×64 at 36.0 GFLOP/s (90 %); 0 of 1 sizes below 85 %.");
    expect(text).toContain("1 of 1 sizes below 85 %: gradient 16×128×64 at 28.0 GFLOP/s (70 %).");
    expect(weakPoints(points)).toHaveLength(1);
  });
});

describe("bench matmul", () => {
  const failure = (...words: string[]): unknown => {
    try {
      const command = new Command("bench").exitOverride().configureOutput({ writeErr: () => {} });
      defineBench(command);
      command.parse(words, { from: "user" });
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it("refuses flags that do not go together, and unknown ones", () => {
    for (const words of [
      ["char-small", "--full"],
      ["matmul", "--profile"],
      ["matmul", "{}"],
      ["matmul", "--threads", "two"],
    ]) {
      expect(exitCodeOf(failure(...words)), words.join(" ")).toBe(2);
    }
    expect(failure("matmul", "--ful")).toMatchObject({ code: "commander.unknownOption" });
  });
});
