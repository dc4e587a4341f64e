import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer } from "./consumer.js";
import type { OwnCellRun } from "./own-cell-entry.js";

describe("a cell that is defined outside the package", () => {
  const consumer = new Consumer();
  let found: OwnCellRun;
  beforeAll(async () => {
    found = await consumer.runJson<OwnCellRun>(process.execPath, await consumer.nodeProgram("own-cell-entry"), {});
  });
  afterAll(() => consumer.remove());

  it("keeps the whole contract", () => {
    expect(found.broken).toEqual([]);
    expect(found.held.length).toBeGreaterThan(15);
    expect(found.held).toContain("gradients = finite differences, element by element (f64)");
  });

  it("is told when it does not", () => {
    expect(found.mistake).toBe("E_CONTRACT");
  });

  it("is told which of its own lines is wrong", () => {
    expect(found.letter).toMatch(/a symbol was used as a plain value at .*own-cell-entry\.js:\d+:\d+/);
  });

  it("is explained, runs over sequences, and streams the same bits", () => {
    expect(found.explained).toBe(true);
    expect(new Set(found.output).size).toBe(11);
    for (const unit of found.output) expect(Math.abs(unit)).toBeLessThan(1);
    expect(found.streamed).toBe(0);
  });
});
