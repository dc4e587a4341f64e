/** Registers the contract of a cell with vitest; FULL=1 runs every size. */
import { describe, it } from "vitest";
import type { CellDefinition } from "../../src/cell/index.js";
import { cellContract, type CellContractOptions } from "../../src/testing/index.js";

export const full = process.env["FULL"] === "1";

export function registerContract(cell: CellDefinition, options: CellContractOptions = {}): void {
  describe(cell.name, () => {
    for (const { name, run } of cellContract(cell, { full, ...options })) it(name, run, full ? 600_000 : 30_000);
  });
}
