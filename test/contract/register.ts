/** Registers the contract of a cell with vitest; FULL=1 runs every size. */
import { describe, it } from "vitest";
import type { CellDefinition } from "../../src/cell/index.js";
import { cellContract } from "../../src/testing/index.js";

export const full = process.env["FULL"] === "1";

/** @param without names of checks that are left out */
export function registerContract(cell: CellDefinition, without?: RegExp): void {
  describe(cell.name, () => {
    for (const { name, run } of cellContract(cell, { full })) {
      if (without?.test(name) !== true) it(name, run, full ? 600_000 : 30_000);
    }
  });
}
