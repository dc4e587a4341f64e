import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Browser } from "./browser.js";
import { Consumer } from "./consumer.js";
import { CHROMIUM, describeWith } from "./engines.js";
import type { StreamReference } from "./stream-node-entry.js";
import type { StreamPage } from "./stream-page-entry.js";

declare const page: StreamPage;

describeWith(CHROMIUM, "a stream in an audio worklet", (path) => {
  const consumer = new Consumer();
  let reference: StreamReference;
  let browser: Browser;

  beforeAll(async () => {
    const program = await consumer.nodeProgram("stream-node-entry");
    reference = await consumer.runJson<StreamReference>(process.execPath, program, {});
    await consumer.bundleSite("stream-page-entry", "stream-worklet-entry");
    writeFileSync(join(consumer.site, "network.bin"), Buffer.from(reference.bundle, "base64"));
    browser = await Browser.start(path, consumer.site);
  });
  afterAll(async () => {
    await browser?.close();
    consumer.remove();
  });

  it.each(["plain", "policy"] as const)("plays Node's samples, bit for bit, under %s headers", async (headers) => {
    const run = await browser.visit(headers, (tab) => tab.evaluate(() => page.play()));
    expect(run.samples).toBe(reference.samples);
    expect(run.loudness).toBeGreaterThan(10);
    // Otherwise this test would not show that the player does without them.
    expect(run.missing).toEqual(expect.arrayContaining(["TextDecoder", "atob", "fetch", "setTimeout", "Worker"]));
  });

  it("is a script of its own: no import, no library behind it", () => {
    const script = readFileSync(join(consumer.site, "stream-worklet-entry.js"), "utf8");
    expect(script).not.toMatch(/\bimport\b/);
    expect(script.length).toBeLessThan(60_000);
  });
});
