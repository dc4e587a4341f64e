import { expect, test } from "vitest";
import { hiddenstate } from "./command.js";

test("bench start: fresh processes import the package, do their first step and say how long it took", async () => {
  const { code, out, err } = await hiddenstate(["bench", "start", "--json"]);
  expect(err).toBe("");
  expect(code).toBe(0);
  const { peer, start } = JSON.parse(out) as { peer: string; start: Record<string, number | string>[] };
  expect(peer).toBe("hiddenstate");
  expect(start.map(({ what }) => what)).toEqual(["train", "stream"]);
  for (const { import_ms: imported, step_ms: step, process_ms: all } of start) {
    expect(Math.min(Number(imported), Number(step))).toBeGreaterThan(0);
    expect(Number(all)).toBeGreaterThan(Number(imported));
  }
}, 60_000);
