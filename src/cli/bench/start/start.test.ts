import { existsSync, readFileSync } from "node:fs";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { loadStream } from "../../../stream/index.js";
import { defineBench } from "../../bench.js";
import { exitCodeOf } from "../../failure.js";
import { measureStart, startTable } from "./start.js";

describe("bench start", () => {
  it("takes the median of each figure, and counts no process that warms up the disk", () => {
    const spawned: string[] = [];
    let file = "";
    const lines = measureStart(3, (what, bundle) => {
      file = bundle;
      spawned.push(what);
      const round = spawned.filter((each) => each === what).length;
      // What warms up is slowest, then 1, 3, 2; streams ten times as quick.
      const ms = [900, 10, 30, 20][round - 1] / (what === "stream" ? 10 : 1);
      return JSON.stringify({ import_ms: ms, step_ms: 40 - ms, process_ms: 100 + ms });
    });
    expect(spawned).toEqual(Array.from({ length: 4 }, () => ["train", "stream"]).flat());
    expect(lines).toEqual([
      { what: "train", processes: 3, import_ms: 20, step_ms: 20, process_ms: 120 },
      { what: "stream", processes: 3, import_ms: 2, step_ms: 38, process_ms: 102 },
    ]);
    expect(existsSync(file)).toBe(false);
    const text = startTable(lines);
    expect(text).toMatch(/first training step +20\.0 +20\.0 +40\.0 +120\.0 +3\n/);
    expect(text).toMatch(/first streamed step +2\.0 +38\.0 +40\.0 +102\.0 +3$/);
  });

  it("hands a process a bundle that streams", () => {
    const outputs: number[] = [];
    measureStart(0, (_, bundle) => {
      outputs.push(
        loadStream(new Uint8Array(readFileSync(bundle)))
          .session()
          .step(1).length,
      );
      return "{}";
    });
    expect(outputs).toEqual([64, 64]);
  });

  it("leaves no file behind when a process fails", () => {
    let file = "";
    const failing = (): void => {
      measureStart(1, (_, bundle) => {
        file = bundle;
        throw new Error("no process");
      });
    };
    expect(failing).toThrow("no process");
    expect(existsSync(file)).toBe(false);
  });

  it("refuses words that mean nothing with it", () => {
    for (const words of [["{}"], ["--full"], ["--profile"], ["--threads=2"], ["--budget=1"]]) {
      const command = new Command("bench").exitOverride();
      defineBench(command);
      try {
        command.parse(["start", ...words], { from: "user" });
        expect.unreachable(words.join(" "));
      } catch (error) {
        expect(exitCodeOf(error), words.join(" ")).toBe(2);
      }
    }
  });
});
