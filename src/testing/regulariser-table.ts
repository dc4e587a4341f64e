/** The regularisers of a recurrent layer, one entry each: a new one joins every suite with its line here. */
import {
  type CellDefinition,
  inputDropout,
  ownStates,
  type ParameterRole,
  recurrentDropout,
  updateDropout,
  zoneout,
} from "../cell/index.js";
import { dropConnect, type Recurrent, type RecurrentOptions, weightsOf } from "../nn/index.js";
import type { Rng } from "../runtime/index.js";
import type { Tensor } from "../tensor/index.js";

export interface Regulariser {
  readonly name: string;
  /** Those of one kind are ways of doing the same and exclude each other. */
  readonly kind: string;
  /** Whether a cell in a stack of `layers` has something that this could drop. */
  readonly fits: (cell: CellDefinition, layers: number) => boolean;
  /** What a layer is asked for with probability p. */
  readonly options?: (cell: CellDefinition, p: number) => Partial<RecurrentOptions>;
  /** What stands in for the weights of a call with probability p. */
  readonly weights?: (net: Recurrent, p: number, rng: Rng) => Readonly<Record<string, Tensor>>;
  /** The cell that takes the masks instead of drawing them, of a regulariser inside the recurrence. */
  readonly rewritten?: (cell: CellDefinition) => CellDefinition;
  /**
   * What p = 1 leaves of a stack: states as they were, no recurrent matrices, a last layer that sees zeros, no input
   * matrices, or steps that write nothing.
   */
  readonly atOne: "frozen" | "forgetful" | "blind" | "deaf" | "silent";
}

const always = (): boolean => true;
const writes = ({ trace }: CellDefinition): boolean => trace.candidates.length > 0;
/** Cells with matrices of a role, on what has this width where one is given. */
const multiplies =
  (role: ParameterRole, width?: string) =>
  ({ params, trace }: CellDefinition): boolean =>
    trace.graph.nodes.some((node) => {
      if (node.kind !== "linear" || params[node.weight.param].role !== role) return false;
      return width === undefined || node.weight.colDim === width;
    });
const matrices = multiplies("recurrent");
const recurs = (cell: CellDefinition): boolean =>
  matrices(cell) ||
  cell.trace.graph.nodes.some((node) => node.kind === "vector" && cell.params[node.param].role === "recurrentVector");
const hears = multiplies("input", "input");

/** `weightsOf` for all that a state goes through on its way back. */
export function recurrentWeights(
  net: Recurrent,
  make: (weight: Tensor, name: string) => Tensor,
): Readonly<Record<string, Tensor>> {
  const there = new Set(Object.values(net.cell.params).map(({ role }) => role));
  const roles = (["recurrent", "recurrentVector"] as const).filter((role) => there.has(role));
  return Object.assign({}, ...roles.map((role) => weightsOf(net, role, make))) as Record<string, Tensor>;
}

const drop =
  (drop: "weights" | "rows"): NonNullable<Regulariser["weights"]> =>
  (net, p, rng) =>
    recurrentWeights(net, (weight, name) => dropConnect(weight, { p, rng: rng.split(name), drop }));

/** Rates of zoneout that differ from state to state; all 0 and all 1 at the ends. */
const rates = (cell: CellDefinition, p: number): Record<string, number> =>
  Object.fromEntries(ownStates(cell).map((name, i) => [name, p + p * (1 - p) * (i / (i + 1))]));

export const REGULARISERS: readonly Regulariser[] = [
  {
    name: "dropout between layers",
    kind: "between",
    fits: (_, layers) => layers > 1,
    options: (_, p) => ({ dropout: p }),
    atOne: "blind",
  },
  {
    name: "variational input dropout",
    kind: "input",
    fits: always,
    options: (_, p) => ({ inputDropout: p }),
    atOne: "blind",
  },
  {
    name: "variational input dropout, per gate",
    kind: "input",
    fits: hears,
    options: (_, p) => ({ inputDropout: p, inputDropoutMasks: "perGate" }),
    rewritten: (cell) => inputDropout(cell, "perGate"),
    atOne: "deaf",
  },
  {
    name: "recurrent dropout, tied",
    kind: "recurrent",
    fits: recurs,
    options: (_, p) => ({ recurrentDropout: p }),
    rewritten: (cell) => recurrentDropout(cell, "tied"),
    atOne: "forgetful",
  },
  {
    name: "recurrent dropout, per gate",
    kind: "recurrent",
    fits: recurs,
    options: (_, p) => ({ recurrentDropout: p, recurrentDropoutMasks: "perGate" }),
    rewritten: (cell) => recurrentDropout(cell, "perGate"),
    atOne: "forgetful",
  },
  {
    name: "update dropout per step",
    kind: "update",
    fits: writes,
    options: (_, p) => ({ updateDropout: p }),
    rewritten: (cell) => updateDropout(cell, "step"),
    atOne: "silent",
  },
  {
    name: "update dropout per sequence",
    kind: "update",
    fits: writes,
    options: (_, p) => ({ updateDropout: p, updateDropoutMasks: "sequence" }),
    rewritten: (cell) => updateDropout(cell, "sequence"),
    atOne: "silent",
  },
  {
    name: "zoneout",
    kind: "zoneout",
    fits: always,
    options: (cell, p) => ({ zoneout: rates(cell, p) }),
    rewritten: (cell) => zoneout(cell, ownStates(cell)),
    atOne: "frozen",
  },
  { name: "DropConnect, weights", kind: "connect", fits: recurs, weights: drop("weights"), atOne: "forgetful" },
  { name: "DropConnect, rows", kind: "connect", fits: recurs, weights: drop("rows"), atOne: "forgetful" },
];

/** Those that a cell in a stack of `layers` has room for. */
export function regularisersFor(cell: CellDefinition, layers = 1): readonly Regulariser[] {
  return REGULARISERS.filter(({ fits }) => fits(cell, layers));
}

/** One of each kind: the first of those that exclude each other, or the last. */
export function oneOfEach(regularisers: readonly Regulariser[], which: "first" | "last"): readonly Regulariser[] {
  const kinds = [...new Set(regularisers.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const all = regularisers.filter((one) => one.kind === kind);
    return all.at(which === "first" ? 0 : -1)!;
  });
}

/** What a layer is asked for, all of them together. */
export function optionsOf(
  regularisers: readonly Regulariser[],
  cell: CellDefinition,
  p: number,
): Partial<RecurrentOptions> {
  return Object.assign({}, ...regularisers.map(({ options }) => options?.(cell, p) ?? {})) as Partial<RecurrentOptions>;
}
