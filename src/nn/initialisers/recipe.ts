/**
 * How a whole recurrent stack is initialised: a recipe per role of a parameter, and presets of known systems. Roles and
 * gates are those of the cell's definition; what a parameter is called decides nothing but its stream of random numbers.
 */
import type { CellDefinition, ParameterRole } from "../../cell/index.js";
import { badInitialiser, unknownValue } from "../../errors.js";
import type { Rng } from "../../runtime/index.js";
import type { Parameter } from "../../tensor/index.js";
import { expectOptions, expectRng } from "../given.js";
import type { GateBias } from "./chrono.js";
import { gateBiases } from "./gate-biases.js";
import { irnn } from "./irnn.js";
import { NEW_LAYER, startOf } from "./new-layer.js";
import { orthogonalFused, orthogonalPerGate } from "./orthogonal.js";
import { constant, glorotUniform, type Initialiser } from "./rules.js";

/** An initialiser per role; parameters of a role that is left out stay as they are. */
export type InitialiserRecipe = { readonly [role in ParameterRole]?: Initialiser } & {
  /**
   * What the biases of the forget gate add up to, or a rule for them and those of the input gate. Where several biases of a gate
   * are added up the first gets it and the others 0. A gate that forgets when it is open gets the number's opposite.
   */
  readonly forgetBias?: number | GateBias;
  /**
   * Gates of the cell that `forgetBias` means, one that keeps the old state when it is open, and one that takes the new; default
   * those that its definition declares: `forgetGate` and `inputGate`, or `updateGate`.
   */
  readonly gates?: { readonly forget?: string; readonly input?: string };
};

export type InitialiserPreset = "pytorch" | "keras" | "article" | "irnn";

/** What `initialise` needs to know of layers of one cell: a `Recurrent` is that. */
export interface Initialisable {
  readonly cell: CellDefinition;
  readonly stack: readonly {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly dims: Readonly<Record<string, number>>;
    readonly suffix: string;
  }[];
}

/** Layers of several cells: a `Stack` is that. */
export interface InitialisableParts {
  readonly parts: readonly Initialisable[];
}

/** The layers of one cell each. */
export function partsOf(net: Initialisable | InitialisableParts): readonly Initialisable[] {
  return "parts" in net ? net.parts : [net];
}

/** A rule for every role, and a forget bias or none. */
type Preset = Readonly<Record<ParameterRole, Initialiser>> & Pick<InitialiserRecipe, "forgetBias">;

/** Vectors of the presets whose recurrent matrices are orthogonal: a diagonal that is, keeps what there is. */
const VECTORS = {
  recurrentVector: constant(1),
  bias: constant(0),
  gain: constant(1),
  peephole: constant(0),
  forgetBias: 1,
};

const PRESETS: Readonly<Record<InitialiserPreset, Preset>> = {
  pytorch: NEW_LAYER,
  keras: { ...VECTORS, input: glorotUniform(), recurrent: orthogonalFused(), output: glorotUniform() },
  article: {
    ...VECTORS,
    input: glorotUniform({ per: "gate" }),
    recurrent: orthogonalPerGate(),
    output: glorotUniform({ per: "gate" }),
  },
  irnn: irnn(),
};

/** What a parameter can be. */
export const ROLES = Object.keys(NEW_LAYER) as readonly ParameterRole[];

/**
 * Overwrite the parameters of a recurrent stack by a preset or a recipe; returns the stack. Of a `Stack` every layer of a cell;
 * gates of a highway and modules with a step stay as they are.
 *
 * | preset | input | recurrent | bias | forget gate |
 * |---|---|---|---|---|
 * | `pytorch` | U(±1/√H) | U(±1/√H) | U(±1/√H) | – |
 * | `keras` | Glorot uniform, fused | orthogonal, fused | 0 | 1 |
 * | `article` | Glorot uniform per gate | orthogonal per gate | 0 | 1 |
 * | `irnn` | N(0, 0.001²) | identity | 0 | – |
 *
 * Matrices onto the output are treated as input ones, recurrent vectors are 1, the diagonal of an identity, gains 1, peepholes 0
 * (`pytorch`: gains 1, recurrent vectors and peepholes U(±1/√H)). Where a vector's definition says its `start`, every preset
 * takes that; a recipe has the last word. A preset's
 * forget bias is passed over for a cell whose definition names neither a `forgetGate` nor a `tied` update gate (f = 1 − i: there b_i = −1),
 * or no bias with rows for it: other update gates start half open, as those systems have them. Each parameter draws from
 * `rng.split(name + suffix)`, so `pytorch` repeats the numbers of `new Recurrent(cell, options, rng)`, whatever the cell.
 *
 * Errors: `E_VALUE` for an unknown preset, `E_OPTION` for an unknown role, `E_INITIALISER` when a rule cannot fill a
 * parameter or `forgetBias` finds no gate or no bias. Nothing is changed then.
 *
 * @example
 * initialise(new LSTM({ inputSize: 8, hiddenSize: 64 }), "article", new Rng(1));
 * initialise(net, { recurrent: orthogonalPerGate(), bias: constant(0), forgetBias: chrono({ max: 200 }) }, new Rng(1));
 */
export function initialise<S extends Initialisable | InitialisableParts>(
  stack: S,
  recipe: InitialiserPreset | InitialiserRecipe,
  rng: Rng,
): S {
  const known = [...ROLES, "forgetBias", "gates"];
  if (typeof recipe === "string") {
    if (!Object.hasOwn(PRESETS, recipe)) throw unknownValue("initialise", "preset", recipe, Object.keys(PRESETS));
  } else expectOptions("initialise", recipe, known);
  expectRng("initialise", rng);
  const written: [Parameter, Float64Array][] = [];
  for (const { cell, stack: layers } of partsOf(stack)) {
    const preset = typeof recipe === "string" ? PRESETS[recipe] : null;
    const rules = preset === null ? (recipe as InitialiserRecipe) : presetFor(cell, preset);
    for (const { parameters, dims, suffix } of layers) {
      const values: Record<string, Float64Array> = {};
      for (const [name, spec] of Object.entries(cell.params)) {
        const { role, rows } = spec;
        const rule = preset === null ? rules[role] : startOf(spec, preset);
        const { shape } = parameters[name];
        const target = { shape, gates: rows.gates?.length ?? 1, hidden: dims["hidden"] };
        values[name] = rule?.(target, rng.split(name + suffix)) ?? Float64Array.from(parameters[name].data());
      }
      if (rules.forgetBias !== undefined) setGateBias(cell, rules, dims, values, rng.split(`forgetBias${suffix}`));
      for (const [name, numbers] of Object.entries(values)) written.push([parameters[name], numbers]);
    }
  }
  for (const [parameter, numbers] of written) parameter.set(numbers);
  return stack;
}

/** A preset without its forget bias where the cell has no place for it. */
function presetFor(cell: CellDefinition, preset: Preset): InitialiserRecipe {
  return hasForgetBias(cell) ? preset : { ...preset, forgetBias: undefined };
}

function hasForgetBias(cell: CellDefinition): boolean {
  const gate = cell.forgetGate ?? (cell.updateGate?.tied === true ? cell.updateGate.gate : null);
  return gate !== null && gateBiases(cell, gate).length > 0;
}

/** Write the rule's biases over those in `values`. */
function setGateBias(
  cell: CellDefinition,
  { forgetBias, gates = {} }: InitialiserRecipe,
  dims: Readonly<Record<string, number>>,
  values: Readonly<Record<string, Float64Array>>,
  rng: Rng,
): void {
  const who = `initialise(${cell.name})`;
  expectOptions(`${who}: gates`, gates, ["forget", "input"]);
  for (const gate of Object.values(gates)) {
    if (!cell.gates.includes(gate)) throw unknownValue(who, "gates", gate, cell.gates);
  }
  const { keeps, takes } = gatesOf(cell, gates);
  if (keeps === null && takes === null) {
    throw badInitialiser(
      who,
      "needs a gate that keeps the state for forgetBias",
      "a cell that declares none; say gates: { forget: … }",
    );
  }
  const sumsOf = (gate: string): string[][] => {
    const sums = gateBiases(cell, gate);
    if (sums.length > 0) return sums;
    throw badInitialiser(who, `needs a bias of gate ${gate} for forgetBias`, "a cell that has none");
  };
  const unitsOf = (gate: string): number => dims[cell.params[sumsOf(gate)[0][0]].rows.dim];
  const write = (gate: string, bias: ArrayLike<number>): void => {
    for (const sum of sumsOf(gate)) {
      for (const [k, name] of sum.entries()) {
        const at = cell.params[name].rows.gates!.indexOf(gate) * bias.length;
        if (k === 0) values[name].set(bias, at);
        else values[name].fill(0, at, at + bias.length);
      }
    }
  };
  const gate = (keeps ?? takes)!;
  if (typeof forgetBias === "number") {
    write(gate, new Float64Array(unitsOf(gate)).fill(keeps === null ? -forgetBias : forgetBias));
    return;
  }
  const drawn = forgetBias!(unitsOf(gate), rng);
  if (keeps !== null) write(keeps, drawn.forget);
  const taken = keeps === null ? Float64Array.from(drawn.forget, (value) => -value) : drawn.input;
  if (takes !== null && taken !== null) write(takes, taken);
}

/** The gate that keeps the old state when it is open, and the one that takes the new: as they are named, or declared. */
function gatesOf(
  { forgetGate, inputGate, updateGate }: CellDefinition,
  { forget, input }: NonNullable<InitialiserRecipe["gates"]>,
): { readonly keeps: string | null; readonly takes: string | null } {
  const update = (open: "keeps" | "takes"): string | null => (updateGate?.open === open ? updateGate.gate : null);
  const keeps = forget ?? forgetGate ?? update("keeps");
  const takes = input ?? inputGate ?? update("takes");
  if (keeps !== takes) return { keeps, takes };
  // Named against its declaration: the name counts.
  return forget === undefined ? { keeps: null, takes } : { keeps, takes: null };
}
