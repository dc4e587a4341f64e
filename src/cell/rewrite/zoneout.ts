/** Zoneout as a rewrite: after the step, units of a state keep the value they had before. */
import { badState, invalidValue } from "../../errors.js";
import { type CellDefinition, declaredStates } from "../define.js";
import type { NodeId } from "../graph.js";
import { type Copying, remembered, rewriteCell } from "./rewrite-cell.js";

/**
 * Zoneout: s′ becomes m ≠ 0 ? s′ : s for each of the named states s.
 *
 * All s′ are computed from each other first, as the cell says, and then mixed independently: h′ of an LSTM comes from the c′
 * that nothing was kept of. The output is the mixed value where it is that of a state. m is new at every step: inputs
 * `zoneout_mask_h` …, [T, B, width], 0 where the old value stays, anything else where the new one is taken.
 * Errors: `E_STATE` for a name that is no state's, `E_VALUE` for what is no list. Source: Krueger et al. 2017, and the authors' code.
 */
export function zoneout(cell: CellDefinition, states: readonly string[]): CellDefinition {
  if (!Array.isArray(states))
    throw invalidValue(`zoneout(${cell.name})`, "states", `a list of ${ownStates(cell).join(", ")}`, states);
  checkStates("zoneout", cell, states);
  return masked(cell, states);
}

/**
 * What zoneout is without randomness: s′ becomes p·s + (1 − p)·s′, for each state s of which a rate p is given.
 *
 * p = 1 leaves s untouched, bit for bit; states of rate 0 are those of the cell. Errors: `E_STATE`.
 */
export function zoneoutExpectation(cell: CellDefinition, rates: Readonly<Record<string, number>>): CellDefinition {
  if (typeof rates !== "object" || rates === null) {
    throw invalidValue(
      `zoneoutExpectation(${cell.name})`,
      "rates",
      `numbers by state: ${ownStates(cell).join(", ")}`,
      rates,
    );
  }
  checkStates("zoneoutExpectation", cell, Object.keys(rates));
  return expected(cell, rates);
}

const masked = remembered((cell: CellDefinition, states: readonly string[]): CellDefinition =>
  rewriteCell(cell, {
    name: `zoneout of ${states.join(", ")}`,
    state: (name, next, copying) => {
      if (!states.includes(name)) return next;
      const { graph, mask } = copying;
      return graph.select(
        mask(`zoneout_mask_${name}`, widthOf(cell, name), "step"),
        next,
        stateBefore(cell, name, copying),
      );
    },
  }),
);

const expected = remembered((cell: CellDefinition, rates: Readonly<Record<string, number>>): CellDefinition =>
  rewriteCell(cell, {
    name: `zoneout of ${Object.keys(rates).join(", ")} in expectation`,
    state: (name, next, copying) => {
      const { graph } = copying;
      const p = rates[name] ?? 0;
      if (p === 0) return next;
      const before = stateBefore(cell, name, copying);
      const kept = graph.binary("mul", graph.constant(p), before);
      return p === 1 ? before : graph.binary("add", kept, graph.binary("mul", graph.constant(1 - p), next));
    },
  }),
);

function stateBefore(cell: CellDefinition, name: string, { graph }: Copying): NodeId {
  return graph.add({ kind: "state", name, dim: widthOf(cell, name) });
}

function widthOf(cell: CellDefinition, name: string): string {
  return cell.states.find((state) => state.name === name)!.dim;
}

/** States that the cell declares; what it delays is no state that could stay behind. */
export function ownStates(cell: CellDefinition): string[] {
  return declaredStates(cell).map(({ name }) => name);
}

function checkStates(who: string, cell: CellDefinition, asked: readonly string[]): void {
  const own = ownStates(cell);
  for (const name of asked)
    if (!own.includes(name)) throw badState(`${who}(${cell.name})`, `one of ${own.join(", ")}`, name);
}
