import { describe, expect, it } from "vitest";
import { Command } from "commander";
import { planParts } from "../../../cell/emit/index.js";
import { planCell } from "../../../cell/plan.js";
import { CELLS } from "../../../nn/index.js";
import { type Kernels, runtime, startSync } from "../../../runtime/index.js";
import { defineBench } from "../../bench.js";
import { exitCodeOf } from "../../failure.js";
import { prepare } from "../phases.js";
import { type Workload, workloadsCalled } from "../workloads.js";
import { bookedKernels } from "./kernel-work.js";
import { Ledger, meanStep } from "./ledger.js";
import { modelFlops } from "./model-flops.js";
import { watch } from "./observe.js";
import { workOf } from "./plan-work.js";
import { summary } from "./profile.js";
import { runProfile } from "./run-profile.js";
import { profileTable } from "./table.js";

startSync({ threads: 1, precision: "strict" });

const [train] = workloadsCalled("char-small");
const [tag] = workloadsCalled("tagger");
const TINY: Workload = { ...train, name: "tiny.train", B: 6, T: 5, V: 11, emb: 7, H: 8, L: 2 };
const CEILINGS = { matmulGflops: 50, readGbs: 20, copyGbs: 10 };

describe("the ledger", () => {
  it("books every moment once", () => {
    const times = [0, 1, 3, 6, 10, 15];
    const ledger = new Ledger(() => times.shift()!);
    ledger.start();
    for (const detail of ["a", "b", "a"]) ledger.lap({ group: "packing", detail }, { read: 8 });
    ledger.lap({ group: "embedding", detail: "" });
    const { ms, entries } = ledger.end();
    expect(ms).toBe(10);
    expect(entries.map(({ detail, ms: spent, read }) => [detail, spent, read])).toEqual([
      ["a", 4, 16],
      ["b", 2, 8],
      ["", 4, 0],
    ]);
    const other = { ms: 4, entries: [{ ...entries[0], ms: 4 }] };
    const mean = meanStep([{ ms, entries }, other]);
    expect(mean.ms).toBe(7);
    expect(mean.entries.map(({ group, detail, ms: spent }) => [group, detail, spent])).toEqual([
      ["embedding", "", 2],
      ["packing", "a", 4],
      ["packing", "b", 1],
    ]);
  });
});

describe("a watched step", () => {
  const wanted = prepare(TINY).proof();

  it("computes the same bits, booked or not, and its accounts sum to its time", () => {
    const { bench, booked } = watch(TINY);
    const first = bench.run();
    const { ms, entries } = booked();
    expect([first, bench.run(), bench.run()]).toEqual([wanted.loss![0], wanted.loss![2], expect.any(Number)]);
    expect(entries.reduce((sum, entry) => sum + entry.ms, 0)).toBeCloseTo(ms, 6);
  });

  it("names layers, stages and products, with the flops of the model", () => {
    // As many words as rows: too many of them differ for a product per word.
    const workload = { ...TINY, V: 60 };
    const { entries } = watch(workload).booked();
    const names = entries.map(({ group, detail }) => `${group}/${detail}`);
    for (const layer of ["layer 0", "layer 1"]) {
      for (const group of ["hoisted products", "recurrent products", "element-wise program", "sunk products"]) {
        expect(names).toContain(`${group}/${layer}`);
      }
    }
    expect(names).toEqual(expect.arrayContaining(["embedding/", "output layer products/", "loss/", "optimizer/"]));
    expect(names).toEqual(expect.arrayContaining(["weight gradients/", "column sums/", "packing/"]));
    const { B, H, L, V } = workload;
    const [T, emb] = [workload.T!, workload.emb!];
    // Forward, gradients of the inputs, gradients of the weights.
    const perRow = 3 * 2 * (4 * H * (emb + H + (L - 1) * 2 * H) + H * V);
    expect(entries.reduce((sum, { flops }) => sum + flops, 0)).toBe(T * B * perRow);
    expect(modelFlops(workload)).toBe(T * B * perRow);
  });

  it("counts what is computed beside what is asked for, where few words make many rows", () => {
    const { booked, flops } = watch(TINY);
    const { entries } = booked();
    expect(entries).toContainEqual(expect.objectContaining({ group: "hoisted products", detail: "distinct rows" }));
    expect(entries).toContainEqual(expect.objectContaining({ group: "sunk products", detail: "distinct rows" }));
    expect(entries.reduce((sum, entry) => sum + entry.flops, 0)).toBeLessThan(flops);
    expect(modelFlops({ ...TINY, phase: "infer" })).toBe(flops / 3);
  });

  it("tells directions apart", () => {
    const { entries } = watch({ ...tag, B: 3, T: 4, V: 9, emb: 5, H: 6, labels: 3 }).booked();
    const layers = new Set(entries.filter(({ group }) => group === "recurrent products").map(({ detail }) => detail));
    expect(layers).toEqual(new Set(["layer 0", "layer 0 reverse"]));
  });

  it("leaves nothing behind", () => {
    const before = runtime().kernels("f32");
    watch(TINY).booked();
    expect(runtime().kernels("f32")).toBe(before);
  });
});

describe("work", () => {
  it("of a kernel is booked with its bytes", () => {
    let now = 0;
    const ledger = new Ledger(() => now++);
    ledger.start();
    const table = { dtype: "f32", bytes: 4, columnSum: () => {}, pack: () => {} } as unknown as Kernels;
    const sources: number[] = [];
    const place = { region: "recurrent" as const, backward: true };
    const booked = bookedKernels(
      table,
      ledger,
      () => place,
      (source) => sources.push(source),
    );
    booked.columnSum(0, 0, 10, 100, 10, false);
    booked.pack(64, 128, 9, 3, 3, 1);
    const { entries } = ledger.end();
    expect(entries).toMatchObject([
      { group: "everything else", detail: "JavaScript" },
      { group: "column sums", read: 4000, written: 40 },
      { group: "packing", read: 108, written: 192 },
    ]);
    expect(sources).toEqual([128]);
  });

  it("of a plan's part is 2·R·N·K, or the columns loaded and stored", () => {
    const plan = planCell(CELLS.lstm);
    const [hoist] = planParts(plan);
    expect(workOf(plan, hoist, 10, { input: 3, hidden: 5 })).toEqual({ flops: 2 * 10 * 20 * 3 });
    const passes = planParts(plan).find(({ section, work }) => section === "forward" && work === "passes")!;
    const { read, written } = workOf(plan, passes, 10, { input: 3, hidden: 5 });
    expect([read! % 200, written! % 200]).toEqual([0, 0]);
    expect(written).toBeGreaterThan(200);
  });
});

describe("the table", () => {
  const entry = { detail: "", flops: 0, read: 0, written: 0 };
  const step = {
    ms: 10,
    entries: [
      { ...entry, group: "recurrent products" as const, detail: "layer 0", ms: 5, flops: 2e8 },
      { ...entry, group: "optimizer" as const, ms: 2, read: 1e7, written: 1e7 },
      { ...entry, group: "column sums" as const, ms: 1, read: 1e7 },
      { ...entry, group: "everything else" as const, detail: "JavaScript", ms: 1.5 },
      { ...entry, group: "everything else" as const, detail: "axpy", ms: 0.5, read: 1e6 },
    ],
  };
  const found = { ...summary(step, 8, CEILINGS, 2, 3e8), steps: 12, processor: 0.5 };

  it("has rates, shares of the ceiling of their kind, and rows that sum to the profiled total", () => {
    const [products, optimizer, sums, ...rest] = found.rows;
    expect(products).toEqual({
      phase: "recurrent products",
      detail: "layer 0",
      ms: 5,
      share: 0.5,
      gflops: 40,
      of_ceiling: 0.8,
    });
    expect(optimizer).toEqual({ phase: "optimizer", ms: 2, share: 0.2, gb_s: 10, of_ceiling: 1 });
    expect(sums).toMatchObject({ gb_s: 10, of_ceiling: 0.5 });
    expect(rest.map((row) => Object.keys(row))).toEqual([
      ["phase", "detail", "ms", "share"],
      ["phase", "detail", "ms", "share"],
    ]);
    expect(found.rows.reduce((sum, { ms }) => sum + ms, 0)).toBe(found.profiled_ms);
    expect(found).toMatchObject({ gflop: 0.2, gflops: 25, of_ceiling: 0.5 });
    expect(found).toMatchObject({ model_gflop: 0.3, model_gflops: 37.5, model_of_ceiling: 0.75 });
  });

  it("is read by people: both totals, the rest taken apart, the whole step", () => {
    const text = profileTable("a title", found, 2);
    expect(text).toMatch(/^a title\nphase {2,}ms {2}of step/);
    expect(text).toMatch(/recurrent products, layer 0 +5\.000 +50\.0 % +40\.0 GFLOP\/s +80\.0 %\n/);
    expect(text).toMatch(/everything else +2\.000 +20\.0 %\n/);
    expect(text).toMatch(/total, profiled +10\.000 +100\.0 %\n/);
    expect(text).toMatch(/total, not profiled +8\.000 +the probe costs 25\.0 %\n/);
    expect(text).toContain("JavaScript 1.500, axpy 0.500 ms");
    expect(text).toContain("had 50.0 % of its processors");
    expect(text).toContain("one of 2");
    expect(text).toContain("The equations ask for 0.300 GFLOP");
    expect(text).toMatch(/Whole step: 0\.200 GFLOP in 8\.000 ms: 25\.0 GFLOP\/s, 50\.0 % of the ceiling/);
  });
});

describe("bench --profile", () => {
  it("gives a line and a table for each phase", { timeout: 60_000 }, () => {
    const lines: { line: object; table: string }[] = [];
    const spec = JSON.stringify({ kind: "lm", cell: "gru", phase: "train", B: 5, T: 4, V: 7, emb: 5, H: 6, L: 1 });
    const request = { workload: "tiny.train", spec, version: "9.9.9", budgetS: 0.01 };
    expect(runProfile(request, (found) => lines.push(found))).toBe(0);
    expect(lines).toHaveLength(1);
    const [{ line, table }] = lines;
    expect(line).toMatchObject({
      peer: "hiddenstate",
      version: "9.9.9",
      workload: "tiny.train",
      phase: "train",
      threads: 1,
      steps: expect.any(Number),
      unprofiled_ms: expect.any(Number),
      ceilings: { matmulGflops: expect.any(Number), readGbs: expect.any(Number), copyGbs: expect.any(Number) },
    });
    const { rows, profiled_ms: total } = line as { rows: { ms: number }[]; profiled_ms: number };
    expect(rows.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(total, 6);
    expect(table).toContain("Whole step:");
  });

  it("ends with words and code 2 where there is nothing to profile", () => {
    const failure = (...words: string[]): unknown => {
      try {
        const command = new Command("bench").exitOverride().configureOutput({ outputError: () => {} });
        defineBench(command);
        command.parse(words, { from: "user" });
      } catch (error) {
        return error;
      }
      return undefined;
    };
    for (const words of [
      ["stream-h64", "--profile"],
      ["seq2seq.train", '{"kind":"seq2seq","cell":"lstm","phase":"train","B":1,"H":1,"L":1}', "--profile"],
      ["char-small", "--json"],
    ]) {
      expect(exitCodeOf(failure(...words))).toBe(2);
    }
    expect(failure("stream-h64", "--profile")).toMatchObject({ message: expect.stringContaining("has no profile") });
    expect(failure("char-small", "--profil")).toMatchObject({ code: "commander.unknownOption" });
  });
});
