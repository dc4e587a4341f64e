import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Browser } from "./browser.js";
import { Consumer } from "./consumer.js";
import type { ContractRun } from "./contract-entry.js";
import { CHROMIUM, describeWith, NODE24 } from "./engines.js";
import type { Page } from "./page-entry.js";
import type { TrainingRun } from "./training-run.js";

declare const page: Page;

// What fifty steps make of another rounding: 1e-7 is seen, a wrong kernel makes 1e-2 and more.
const TOLERANCE = 1e-4;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const consumer = new Consumer();
let program: string;
let strict: TrainingRun;

beforeAll(async () => {
  program = await consumer.nodeProgram("node-entry");
  strict = await consumer.runJson<TrainingRun>(process.execPath, program, { threads: 1 });
});
afterAll(() => consumer.remove());

/** Fused kernels ran, and what they computed is close to, and not the same as, what strict ones do. */
function expectFused({ report, norms, from, to }: TrainingRun): void {
  expect(report).toMatchObject({ kernels: "wasm relaxed", precision: "fast", reasons: [] });
  // Norms are float64: they show what the float32 of a loss rounds away.
  expect(norms).not.toEqual(strict.norms);
  expect(Math.abs(from - strict.from) / strict.from).toBeLessThan(TOLERANCE);
  expect(Math.abs(to - strict.to) / strict.to).toBeLessThan(TOLERANCE);
}

describeWith(NODE24, "relaxed kernels in Node 24", (node) => {
  it("keep the contract of every kernel", async () => {
    const report = await vitest(node, "test/kernels");
    const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    const relaxed = tests.filter(({ fullName }) => /^'?relaxed\b/.test(fullName));
    expect(tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName)).toEqual([]);
    expect(relaxed.filter(({ status }) => status === "passed").length).toBeGreaterThan(30);
  });

  it("keep the contract of every cell", async () => {
    const contract = await consumer.nodeProgram("contract-entry");
    const run = await consumer.runJson<ContractRun>(node, contract, { precision: "fast", threads: 2 });
    expect(run.report).toMatchObject({ kernels: "wasm relaxed", threads: 2, reasons: [] });
    expect(run.broken).toEqual([]);
    expect(run.held.length).toBeGreaterThan(60);
  });

  it("train, with the same bits on one thread and on two", async () => {
    const [one, two] = [
      await consumer.runJson<TrainingRun>(node, program, { precision: "fast", threads: 1 }),
      await consumer.runJson<TrainingRun>(node, program, { precision: "fast", threads: 2 }),
    ];
    expectFused(one);
    expect(two.report.threads).toBe(2);
    expect(two.forks).toBeGreaterThan(200);
    expect(two.losses).toEqual(one.losses);
    expect(two.norms).toEqual(one.norms);
    expect(two.weights).toBe(one.weights);
  });
});

describeWith(CHROMIUM, "relaxed kernels in Chromium", (path) => {
  let browser: Browser;
  beforeAll(async () => {
    await consumer.bundleSite("page-entry", "worker-entry");
    browser = await Browser.start(path, consumer.site);
  });
  afterAll(() => browser?.close());

  it("train in a worker", async () => {
    const run = await browser.visit("isolated", (tab) =>
      tab.evaluate(() => page.inWorker({ threads: 2, precision: "fast" })),
    );
    expectFused(run);
    expect(run.report.threads).toBe(2);
  });

  it("are a file that a page loads when it asks for them: one that does not wait has strict ones, and is told", async () => {
    const run = await browser.visit("plain", (tab) => tab.evaluate(() => page.inPage({ precision: "fast" }, true)));
    expect(run.report).toMatchObject({ kernels: "wasm strict", precision: "fast" });
    expect(run.report.reasons[0]).toContain("`await start()`");
    expect(run.norms).toEqual(strict.norms);
    const waited = await browser.visit("plain", (tab) =>
      tab.evaluate(() => page.inPage({ precision: "fast", threads: 1 }, false)),
    );
    expectFused(waited);
  });
});

interface VitestReport {
  readonly testResults: { readonly assertionResults: { readonly fullName: string; readonly status: string }[] }[];
}

/** Run tests of this repository in another Node. */
function vitest(node: string, folder: string): Promise<VitestReport> {
  // The variables by which vitest knows its own workers would make the child think that it is one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "node", "--reporter", "json", folder];
  return new Promise((resolve, reject) => {
    execFile(node, args, { cwd: ROOT, env, timeout: 50_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const at = stdout.indexOf('{"num');
      if (at < 0) reject(new Error(`vitest made no report: ${String(error)}\n${stderr}`));
      else resolve(JSON.parse(stdout.slice(at)) as VitestReport);
    });
  });
}
