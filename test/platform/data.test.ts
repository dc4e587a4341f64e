import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Browser } from "./browser.js";
import { Consumer } from "./consumer.js";
import type { DataPage } from "./data-page-entry.js";
import type { DataRun } from "./data-run.js";
import { CHROMIUM, describeWith } from "./engines.js";

declare const page: DataPage;

const TABLE = '\ufefftext,label\r\n"größer, ""größer""",ja\r\nlonely\r\n"two\r\nlines",nein\r\n漢字,ja\r\n';
const packed = gzipSync(TABLE).toString("base64");

describeWith(CHROMIUM, "data in a page", (path) => {
  const consumer = new Consumer();
  let reference: DataRun;
  let browser: Browser;

  beforeAll(async () => {
    const program = await consumer.nodeProgram("data-node-entry");
    reference = await consumer.runJson<DataRun>(process.execPath, program, { packed });
    await consumer.bundleSite("data-page-entry");
    browser = await Browser.start(path, consumer.site);
  });
  afterAll(async () => {
    await browser?.close();
    consumer.remove();
  });

  it("is read, cut into tokens and dealt out as in Node, without Node's globals and without eval", async () => {
    const { nodeGlobals, ...run } = await browser.visit("policy", (tab) =>
      tab.evaluate((text) => page.run(text), packed),
    );
    expect(nodeGlobals).toBe(false);
    expect(run).toEqual(reference);
    expect(run.rows).toEqual(['2 ja: größer, "größer"', "4 nein: two\nlines", "6 ja: 漢字"]);
    expect(run.problems).toHaveLength(1);
    expect(run.error).toContain("bad.txt, line 2: byte 2 from the start (0xFF)");
  });
});
