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
import { dropConnect, type Recurrent, type RecurrentOptions, weightNoise, weightsOf } from "../nn/index.js";
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
  /** What stands in for the weights of a call with probability p, where `before` stands in for some of them already. */
  readonly weights?: (net: Recurrent, p: number, rng: Rng, before: Weights) => Weights;
  /** Whether it turns a product for all gates into one for each, which costs what such products cost; default false. */
  readonly perGate?: boolean;
  /** The cell that takes the masks instead of drawing them, of a regulariser inside the recurrence. */
  readonly rewritten?: (cell: CellDefinition) => CellDefinition;
  /**
   * What p = 1 leaves of a stack: states as they were, no recurrent matrices, a last layer that sees zeros, no input
   * matrices, or steps that write nothing. Null for noise, of which there can always be more.
   */
  readonly atOne: "frozen" | "forgetful" | "blind" | "deaf" | "silent" | null;
}

/** Tensors in place of parameters, by their full names. */
type Weights = Readonly<Record<string, Tensor>>;
type MakeWeight = (weight: Tensor, name: string) => Tensor;

const always = (): boolean => true;
const hasParameters = ({ params }: CellDefinition): boolean => Object.keys(params).length > 0;
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

/** `weightsOf` for all parameters whose role is meant. */
function weightsIn(net: Recurrent, meant: (role: ParameterRole) => boolean, make: MakeWeight): Weights {
  const roles = new Set(Object.values(net.cell.params).map(({ role }) => role));
  return Object.assign({}, ...[...roles].filter(meant).map((role) => weightsOf(net, role, make))) as Weights;
}

/** `weightsOf` for all that a state goes through on its way back. */
export function recurrentWeights(net: Recurrent, make: MakeWeight): Weights {
  return weightsIn(net, (role) => role === "recurrent" || role === "recurrentVector", make);
}

const drop =
  (drop: "weights" | "rows"): NonNullable<Regulariser["weights"]> =>
  (net, p, rng, before) =>
    recurrentWeights(net, (weight, name) => dropConnect(before[name] ?? weight, { p, rng: rng.split(name), drop }));

/** Every parameter with noise; at the rate of the suites, 0.3, it is Graves' 0.075. */
const noisy: NonNullable<Regulariser["weights"]> = (net, p, rng, before) =>
  weightsIn(net, always, (weight, name) => weightNoise(before[name] ?? weight, { std: p / 4, rng: rng.split(name) }));

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
    perGate: true,
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
    perGate: true,
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
  { name: "weight noise", kind: "noise", fits: hasParameters, weights: noisy, atOne: null },
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

/** What stands in for the weights of a call, each acting on what those before it left. */
export function weightsUnder(regularisers: readonly Regulariser[], net: Recurrent, p: number, rng: Rng): Weights {
  return regularisers.reduce<Weights>(
    (before, { name, weights }) => ({ ...before, ...weights?.(net, p, rng.split(name), before) }),
    {},
  );
}

/** What a layer is asked for, all of them together. */
export function optionsOf(
  regularisers: readonly Regulariser[],
  cell: CellDefinition,
  p: number,
): Partial<RecurrentOptions> {
  return Object.assign({}, ...regularisers.map(({ options }) => options?.(cell, p) ?? {})) as Partial<RecurrentOptions>;
}
