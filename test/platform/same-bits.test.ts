import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "./browser.js";
import { Consumer } from "./consumer.js";
import { CHROMIUM, describeWith, NODE24 } from "./engines.js";
import type { Page } from "./page-entry.js";
import type { TrainingRun } from "./training-run.js";

type Options = Parameters<Page["inPage"]>[0];
declare const page: Page;

const consumer = new Consumer();
let program: string;
/** What every platform must compute: the Node that runs the tests, on one thread. */
let expected: TrainingRun;

beforeAll(async () => {
  program = await consumer.nodeProgram("node-entry");
  expected = await inNode(process.execPath, { threads: 1 });
});
afterAll(() => consumer.remove());

const inNode = (node: string, options: Options): Promise<TrainingRun> =>
  consumer.runJson<TrainingRun>(node, program, options);

function expectSame({ losses, norms, weights }: TrainingRun): void {
  expect(losses).toEqual(expected.losses);
  expect(norms).toEqual(expected.norms);
  expect(weights).toBe(expected.weights);
}

/** Threads were not only started but used: most of the work of every step is dealt out. */
function expectForked({ report, forks }: TrainingRun): void {
  expect(report.threads).toBe(2);
  expect(forks).toBeGreaterThan(200);
}

describe("fifty training steps in Node", () => {
  it("learn something on one thread", () => {
    expect(expected.report).toMatchObject({ kernels: "wasm strict", threads: 1, reasons: [] });
    expect(expected.forks).toBe(0);
    expect(expected.losses).toHaveLength(50);
    expect(new Set(expected.losses).size).toBe(50);
    expect(expected.to).toBeLessThan(0.5 * expected.from);
  });

  it("have the same bits on two threads", async () => {
    const run = await inNode(process.execPath, { threads: 2 });
    expectForked(run);
    expectSame(run);
  });
});

describeWith(NODE24, "fifty training steps in Node 24", (node) => {
  it.each([1, 2])("have the same bits on %i threads", async (threads) => {
    const run = await inNode(node, { threads });
    expect(run.report.host).toMatch(/^Node (2[4-9]|[3-9]\d)\./);
    expectSame(run);
    if (threads === 2) expectForked(run);
  });
});

describeWith(CHROMIUM, "fifty training steps in Chromium", (path) => {
  let browser: Browser;
  beforeAll(async () => {
    await consumer.bundleSite("page-entry", "worker-entry");
    consumer.publish("hiddenstate/worker", "pool-worker.js");
    browser = await Browser.start(path, consumer.site);
  });
  afterAll(() => browser?.close());

  const inWorker = (headers: Parameters<Browser["visit"]>[0], options: Options): Promise<TrainingRun> =>
    browser.visit(headers, (tab) => tab.evaluate((given) => page.inWorker(given), options));
  const inPage = (headers: Parameters<Browser["visit"]>[0], options: Options, sync = false): Promise<TrainingRun> =>
    browser.visit(headers, (tab) => tab.evaluate(([given, now]) => page.inPage(given, now), [options, sync] as const));

  it("have Node's bits in an isolated web worker, on two threads", async () => {
    const run = await inWorker("isolated", { threads: 2 });
    expect(run.report).toMatchObject({ kernels: "wasm strict", host: "a web worker", reasons: [] });
    expectForked(run);
    expectSame(run);
  });

  it("have Node's bits in a web worker without isolation, on one thread that says why", async () => {
    const run = await inWorker("plain", { threads: 2 });
    expect(run.report).toMatchObject({ kernels: "wasm strict", host: "a web worker", threads: 1 });
    expect(run.report.reasons).toEqual([
      expect.stringMatching(
        /^One thread runs instead of 2: .*Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/,
      ),
    ]);
    expectSame(run);
  });

  it("have Node's bits on a page's own thread, started without waiting", async () => {
    const run = await inPage("plain", {}, true);
    expect(run.report).toMatchObject({ kernels: "wasm strict", host: "a browser page", threads: 1 });
    expect(run.report.reasons).toHaveLength(1);
    expectSame(run);
  });

  it("have Node's bits on an isolated page's own thread and one worker", async () => {
    const run = await inPage("isolated", { threads: 2 });
    expect(run.report).toMatchObject({ host: "a browser page", reasons: [] });
    expectForked(run);
    expectSame(run);
  });

  it("run on one thread where workerUrl leads nowhere, and name it", async () => {
    const run = await inPage("isolated", { threads: 2, workerUrl: "no-such-worker.js" });
    expect(run.report.reasons).toEqual([expect.stringMatching(/instead of 2: .*workerUrl, no-such-worker\.js/)]);
    expectSame(run);
  });

  describe("under a content security policy", () => {
    it("run on two threads with a worker file of the page's own", async () => {
      const run = await inPage("policy", { threads: 2, workerUrl: "pool-worker.js" });
      expect(run.report).toMatchObject({ kernels: "wasm strict", reasons: [] });
      expectForked(run);
      expectSame(run);
    });

    it("run on one thread without it and name what to do", async () => {
      const run = await inPage("policy", { threads: 2 });
      expect(run.report).toMatchObject({ kernels: "wasm strict", threads: 1 });
      expect(run.report.reasons).toEqual([expect.stringMatching(/worker-src blob:.*workerUrl/)]);
      expectSame(run);
    });

    it("say which directive is missing where wasm is refused", async () => {
      const report = await browser.visit("no-wasm", (tab) => tab.evaluate(() => page.start({ threads: 2 })));
      expect(report).toMatchObject({ kernels: "reference", threads: 1 });
      expect(report.reasons).toEqual([expect.stringContaining("'wasm-unsafe-eval'")]);
    });
  });
});
