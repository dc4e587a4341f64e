// The planner against cells from a seed: the plan must be the equations, on both machines, saved or computed again.
import { describe, expect, it } from "vitest";
import {
  type CellDefinition,
  inputDropout,
  ownStates,
  type ParameterRole,
  recurrentDropout,
  zoneout,
} from "../../src/cell/index.js";
import { runtime, startSync } from "../../src/runtime/index.js";
import { cellContract } from "../../src/testing/index.js";
import { randomCell } from "./random-cells.js";
import { full } from "./register.js";

startSync({ threads: 1 });

const count = full ? 300 : Number(process.env["COUNT"] ?? 12);
const first = Number(process.env["SEED"] ?? 1);
const ALWAYS = /^(plan = equations|split and resumed = whole \(f64\)|each row = the row alone \(f32\))/;
// A comparison of two nearly equal numbers may fall either way in float32: only smooth cells are held to float64.
const SMOOTH =
  /^(plan = equations|float32 = float64|split and resumed = whole \(f64\)|each row = the row alone \(f32\))/;

/** Every third cell with the regularisers that it has room for, as rewrites. */
function disturbed(cell: CellDefinition, seed: number): CellDefinition {
  if (seed % 3 !== 0) return cell;
  const { graph } = cell.trace;
  const multiplies = (role: ParameterRole): boolean =>
    graph.nodes.some((node) => node.kind === "linear" && cell.params[node.weight.param].role === role);
  const masks = seed % 2 === 0 ? "tied" : "perGate";
  const hearing = multiplies("input") ? inputDropout(cell, masks) : cell;
  const dropping = multiplies("recurrent") ? recurrentDropout(hearing, masks) : hearing;
  return zoneout(dropping, ownStates(cell).slice(seed % 2));
}

describe("cells from a seed", () => {
  it("runs emitted code", () => {
    expect(runtime().canLoad).toBe(true);
  });
  it.each([true, false])(
    `keep the contract (smooth: %s)`,
    (smooth) => {
      const broken: string[] = [];
      for (let seed = first; seed < first + count; seed++) {
        const cell = disturbed(randomCell(seed, smooth), seed);
        for (const { name, run } of cellContract(cell, { tolerance: 1e-3 })) {
          if (!(smooth ? SMOOTH : ALWAYS).test(name)) continue;
          try {
            run();
          } catch (error) {
            const { message } = error as Error;
            // From a seed comes the odd cell that says nothing at all, or shouts.
            if (!/every output is 0|a cell that explodes/.test(message)) broken.push(`${seed} ${name}: ${message}`);
          }
        }
      }
      expect(broken).toEqual([]);
    },
    600_000,
  );
});
