/**
 * `defineCell`: a recurrent cell is its equations, on one page. The definition also carries what other rooms need to
 * know and must never guess: named gates, the role of every parameter, the widths of states and output.
 */
import { atLine, badNumber, invalidValue, unknownOption } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { checkComparisons, checkFields, checkParameters, checkReturned, refusal } from "./check-definition.js";
import { Graph, type NodeId } from "./graph.js";
import { MemorySymbol } from "./memory-values.js";
import { POSITIONS } from "./plan-format.js";
import { Expression, gatedValue, received, WeightSymbol, type Gated, type PlainWeight } from "./symbol.js";
import { strictRecords } from "./unknown-name.js";

/** What a parameter is for: initialisers, regularisers and converters ask for the role, never for the name. */
export type ParameterRole = "input" | "recurrent" | "recurrentVector" | "bias" | "gain" | "peephole" | "output";

/** The rows of a parameter: a width, or one block of that width per gate. */
export interface Rows<G extends string = never> {
  readonly dim: string;
  readonly gates: readonly G[] | null;
}

export interface MatrixSpec<G extends string = string> {
  readonly kind: "matrix";
  readonly role: ParameterRole;
  readonly rows: Rows<G>;
  readonly cols: string;
}

export interface VectorSpec<G extends string = string> extends VectorOptions {
  readonly kind: "vector";
  readonly role: ParameterRole;
  readonly rows: Rows<G>;
}

export interface VectorOptions {
  /** What every number of it is in a new layer and after a preset; absent: what the role says. */
  readonly start?: number;
}

export type ParameterSpec = MatrixSpec | VectorSpec;

/**
 * Widths a definition may speak of; `gates(dim)` is one block of `dim` per gate, `gates(dim, "f", …)` one for each of these, so
 * that a vector of a single gate is known to be that gate's.
 */
export type Dims<D extends string, G extends string> = { readonly [dim in D | "input" | "hidden"]: Rows } & {
  readonly gates: <N extends G = G>(rows: Rows, ...names: readonly N[]) => Rows<N>;
};

/** A gate that both keeps and takes: when it is open, it `keeps` the old state and takes nothing new, or the other way round. */
export interface UpdateGate<G extends string = string> {
  readonly gate: G;
  readonly open: "keeps" | "takes";
  /**
   * Whether it is the forget gate of an LSTM, tied to the input gate by f = 1 − i, and starts keeping where a preset has a forget
   * bias; default false: a GRU's starts half open in every system.
   */
  readonly tied?: boolean;
}

/**
 * An input beside x: `step`, rows of its own at every step, [T, B, dim]; `sequence`, one row for each sequence, the same at
 * every step, [B, dim].
 */
export interface InputSpec<D extends string = string> {
  readonly dim: D;
  readonly per: "step" | "sequence";
}

/** An input of a definition: as declared, or the memory of a sequence, S rows of width dim, [B, S, dim]. */
export interface CellInput {
  readonly name: string;
  readonly dim: string;
  readonly per: InputSpec["per"] | "memory";
}

const strictParameters = strictRecords("p, the parameters,");
const strictState = strictRecords("state");
const strictArguments = strictRecords("what step receives");

/** What `step` receives beside the states. */
const RESERVED = /^(x|p|state|delay\d+)$/;

const matrix =
  (role: ParameterRole) =>
  <G extends string = never>(rows: Rows<G>, cols: Rows): MatrixSpec<G> => ({
    kind: "matrix",
    role,
    rows: width(role, "rows", rows),
    cols: width(role, "cols", cols).dim,
  });
const vector =
  (role: ParameterRole) =>
  <G extends string = never>(rows: Rows<G>, options: VectorOptions = {}): VectorSpec<G> => ({
    kind: "vector",
    role,
    rows: width(role, "rows", rows),
    ...started(role, options),
  });

function started(role: ParameterRole, options: VectorOptions): VectorOptions {
  const who = `a parameter of role ${role}`;
  const unknown = Object.keys(options).find((name) => name !== "start");
  if (unknown !== undefined) throw atLine(unknownOption(who, unknown, ["start"]), callerLine());
  const { start } = options;
  if (start === undefined) return {};
  if (!Number.isFinite(start)) throw atLine(badNumber(who, "start", "a finite number", start), callerLine());
  return { start };
}

function width<R extends Rows<string>>(role: ParameterRole, which: string, rows: R): R {
  if (typeof (rows as R | undefined | null)?.dim !== "string") {
    const expected = "a width that params is given, as in ({ input, hidden, gates }) => …";
    throw atLine(invalidValue(`a parameter of role ${role}`, which, expected, received(rows)), callerLine());
  }
  return rows;
}

/** A matrix on the input x, [rows, cols]. */
export const inputWeight = matrix("input");
/** A matrix on a state, [rows, cols]. */
export const recurrentWeight = matrix("recurrent");
/** A matrix onto the output of the cell, [rows, cols]. */
export const outputWeight = matrix("output");
/** A vector on a state, unit by unit: a recurrent matrix that is diagonal. */
export const recurrentVector = vector("recurrentVector");
/** An added vector. One that belongs to a gain, the β of a normalisation, says `{ start: 0 }`: no role tells it from others. */
export const bias = vector("bias");
/** A multiplicative vector, 1 at the start unless it says another one. */
export const gain = vector("gain");
/** A vector from a cell state to a gate. */
export const peephole = vector("peephole");

/** What `step` sees of a parameter. */
export type ParameterSymbol<S> =
  S extends MatrixSpec<infer G>
    ? [G] extends [never]
      ? PlainWeight
      : WeightSymbol<G>
    : S extends VectorSpec<infer G>
      ? [G] extends [never]
        ? Expression
        : Gated<G>
      : never;

export interface StepArguments<P, S extends string> {
  /** The input of this step. */
  readonly x: Expression;
  /** The parameters. */
  readonly p: { readonly [name in keyof P]: ParameterSymbol<P[name]> };
  /** The states as they enter the step. */
  readonly state: { readonly [name in S]: Expression };
}

export interface CellSpec<
  G extends string,
  D extends string,
  P,
  S extends string,
  N extends Readonly<Record<S, Expression>> = Readonly<Record<S, Expression>>,
  K extends string = string,
  M extends string = string,
> {
  /** Unique, camelCase; what `--cell` and checkpoints say. */
  readonly name: string;
  /** Where the equations come from. */
  readonly reference: string;
  /** The equations in words, for `explain` and the documentation. */
  readonly summary?: string;
  /** Names of the gate blocks, in the order in which they lie in the parameters. */
  readonly gates?: readonly G[];
  /** Widths beside `input` and `hidden`, each with what it is unless told otherwise: as wide as one of these, or a number. */
  readonly dims?: Readonly<Record<D, "input" | "hidden" | number>>;
  readonly params: (dims: Dims<D, G>) => P;
  /** The width of each state, in the order of the state record. */
  readonly state: Readonly<Record<S, NoInfer<D> | "hidden" | "input" | "positions">>;
  /** Inputs beside x, by name: `step` receives a symbol of each. */
  readonly inputs?: Readonly<Record<K, InputSpec<NoInfer<D> | "hidden" | "input" | "positions">>>;
  /**
   * Memories: by name the width of their rows. A sequence has S rows of each, the same at every step; `positions` is the width
   * of what has one number for each of them. `step` receives a symbol that only calls read (`attend`).
   */
  readonly memory?: Readonly<Record<M, NoInfer<D> | "hidden" | "input">>;
  /** One time step: the next states, and whatever else the output is made of. Runs once, with symbols. */
  readonly step: (
    args: StepArguments<P, S> & { readonly [name in S | K]: Expression } & { readonly [name in M]: MemorySymbol },
  ) => N;
  /** The output of the step, from what it returned. */
  readonly output: (next: N) => Expression;
  /**
   * The gate that keeps the old state when it is open, if there is one. It starts open where a preset has a forget bias;
   * chrono initialisation reads it and the other two.
   */
  readonly forgetGate?: NoInfer<G>;
  /** The gate that takes the new when it is open, beside a forget gate. */
  readonly inputGate?: NoInfer<G>;
  /** One gate for both, in place of the other two. Presets leave it as it is, unless it is `tied`. */
  readonly updateGate?: UpdateGate<NoInfer<G>>;
}

/** A cell whose step has been traced: what derive, plan and the driver work on. Immutable. */
export interface CellDefinition {
  readonly name: string;
  readonly reference: string;
  readonly summary: string;
  readonly gates: readonly string[];
  /** Widths beside `input` and `hidden` with their defaults. */
  readonly extraDims: Readonly<Record<string, string | number>>;
  readonly params: Readonly<Record<string, ParameterSpec>>;
  /** State names, in order, with their widths. */
  readonly states: readonly { readonly name: string; readonly dim: string }[];
  readonly forgetGate: string | null;
  readonly inputGate: string | null;
  readonly updateGate: UpdateGate | null;
  /** Inputs beside x. */
  readonly inputs: readonly CellInput[];
  readonly outputDim: string;
  /** Whether the rows of a step look at each other, as statistics of the batch do: a row alone is then another thing. */
  readonly crossRow: boolean;
  /** The traced step; never changed, derive works on a copy. */
  readonly trace: CellTrace;
}

export interface CellTrace {
  readonly graph: Graph;
  readonly next: Readonly<Record<string, NodeId>>;
  readonly output: NodeId;
  /** What update dropout may drop. */
  readonly candidates: readonly NodeId[];
}

/**
 * Define a recurrent cell by its equations.
 *
 * Errors: `E_CELL`, `E_OPTION`, `E_VALUE` for a definition that is none or contradicts itself; in `step`, `E_SYMBOL`, `E_NAME`,
 * `E_OPERAND`, `E_WIDTH`, `E_GATES`, `E_NUMBER`, each with the line.
 *
 * @example
 * const elman = defineCell({
 *   name: "elman",
 *   reference: "Elman 1990",
 *   params: ({ input, hidden }) => ({ W: inputWeight(hidden, input), U: recurrentWeight(hidden, hidden), b: bias(hidden) }),
 *   state: { h: "hidden" },
 *   step: ({ x, p, h }) => ({ h: tanh(linear(x, p.W, p.b).add(linear(h, p.U))) }),
 *   output: ({ h }) => h,
 * });
 */
export function defineCell<
  const G extends string = never,
  const D extends string = never,
  const P extends Record<string, ParameterSpec> = Record<string, ParameterSpec>,
  const S extends string = string,
  N extends Readonly<Record<S, Expression>> = Readonly<Record<S, Expression>>,
  const K extends string = never,
  const M extends string = never,
>(spec: CellSpec<G, D, P, S, N, K, M>): CellDefinition {
  checkFields(spec as never);
  const gates: readonly G[] = spec.gates ?? [];
  const extraDims: Record<string, string | number> = { ...spec.dims };
  const memories = Object.entries<string>(spec.memory ?? {}).map(([name, dim]) => ({
    name,
    dim,
    per: "memory" as const,
  }));
  const own = ["input", "hidden", ...Object.keys(extraDims)];
  const dimNames = memories.length > 0 ? [...own, POSITIONS] : own;
  if (POSITIONS in extraDims) throw refusal(spec.name, `a width cannot be called ${POSITIONS}: it is that of a memory`);
  const rows = Object.fromEntries(own.map((dim) => [dim, { dim, gates: null }]));
  const blocks = (of: Rows, ...names: readonly G[]): Rows<G> => {
    for (const gate of names) knownGate(spec, gate);
    return { dim: of.dim, gates: names.length === 0 ? gates : names };
  };
  const params = spec.params({ ...rows, gates: blocks } as unknown as Dims<D, G>);
  checkParameters(spec.name, params, own);
  for (const gate of [spec.forgetGate, spec.inputGate, spec.updateGate?.gate]) knownGate(spec, gate);
  if (spec.updateGate !== undefined && (spec.forgetGate ?? spec.inputGate) !== undefined)
    throw refusal(spec.name, "its updateGate stands in place of a forgetGate and an inputGate: it cannot have both");

  const graph = new Graph();
  const states = Object.entries<string>(spec.state).map(([name, dim]) => ({ name, dim }));
  if (states.length === 0) throw refusal(spec.name, "it has no state; a recurrent cell needs at least one");
  for (const { name, dim } of states) {
    if (!dimNames.includes(dim)) throw refusal(spec.name, `state ${name} has unknown width "${dim}"`);
    if (RESERVED.test(name)) throw refusal(spec.name, `a state cannot be called ${name}: step has another ${name}`);
  }
  const inputs = Object.entries<InputSpec>(spec.inputs ?? {}).map(([name, input]) => {
    const { dim, per } = (input ?? {}) as Partial<InputSpec>;
    if (typeof dim !== "string" || typeof per !== "string")
      throw refusal(
        spec.name,
        `input ${name} must say its width and how often it comes, { dim: "hidden", per: "step" }`,
      );
    return { name, dim, per };
  });
  for (const { name, dim, per } of inputs) {
    if (!dimNames.includes(dim)) throw refusal(spec.name, `input ${name} has unknown width "${dim}"`);
    if (per !== "step" && per !== "sequence")
      throw refusal(spec.name, `input ${name} is per "${String(per)}"; it can be per step or per sequence`);
    if (RESERVED.test(name) || name in spec.state)
      throw refusal(spec.name, `an input cannot be called ${name}: step has another ${name}`);
  }
  for (const { name, dim } of memories) {
    if (!own.includes(dim)) throw refusal(spec.name, `memory ${name} has rows of unknown width "${dim}"`);
    if (RESERVED.test(name) || name in spec.state || inputs.some((input) => input.name === name))
      throw refusal(spec.name, `a memory cannot be called ${name}: step has another ${name}`);
  }
  const x = new Expression(graph, graph.add({ kind: "input", name: "x", dim: "input" }));
  const before = Object.fromEntries(
    states.map(({ name, dim }) => [name, new Expression(graph, graph.add({ kind: "state", name, dim }))]),
  ) as Record<S, Expression>;
  const beside = Object.fromEntries(
    inputs.map(({ name, dim }) => [name, new Expression(graph, graph.add({ kind: "input", name, dim }))]),
  );
  const p = strictParameters(
    Object.fromEntries(Object.entries(params).map(([name, s]) => [name, parameterSymbol(graph, name, s)])),
    graph,
  );
  const remembered = Object.fromEntries(memories.map(({ name, dim }) => [name, new MemorySymbol(graph, name, dim)]));
  const state = strictState(before, graph);
  const given = strictArguments<unknown>({ x, p, state, ...before, ...beside, ...remembered }, graph);
  const matrices = Object.keys(params).filter((name) => params[name].kind === "matrix");
  graph.tracing = { comparisons: new Map(), compared: 0, spared: new Set(), matrices };
  const next = spec.step(given as never);
  checkReturned(
    spec.name,
    next,
    states.map(({ name }) => name),
  );
  for (const { name, dim } of states) {
    const value: unknown = next[name as S];
    if (!(value instanceof Expression)) {
      const returned = name in next ? received(value) : `{ ${Object.keys(next).join(", ")} }`;
      throw refusal(spec.name, `step returned no symbol for state ${name}; it returned ${returned}`);
    }
    if (value.graph !== graph) throw refusal(spec.name, `step returned a symbol of another cell for state ${name}`);
    const got = graph.node(value.id).dim;
    if (got !== null && got !== dim) {
      throw refusal(spec.name, `step returned state ${name} of width ${got}, declared ${dim}`);
    }
  }
  const output: unknown = spec.output(next);
  const delays = graph.delays.map(({ name, dim }) => ({ name, dim }));
  if (!(output instanceof Expression)) throw refusal(spec.name, `output returned no symbol, but ${received(output)}`);
  if (output.graph !== graph) throw refusal(spec.name, "output returned a symbol of another cell");
  checkComparisons(
    graph,
    [output, ...Object.values<unknown>(next)].flatMap((value) => (value instanceof Expression ? [value.id] : [])),
  );
  graph.tracing = null;
  if (graph.node(output.id).dim === POSITIONS)
    throw refusal(
      spec.name,
      "its output is as wide as a memory is long, which no layer behind it can know; trace a state",
    );
  return {
    name: spec.name,
    reference: spec.reference,
    summary: spec.summary ?? "",
    gates,
    extraDims,
    params,
    states: [...states, ...delays],
    forgetGate: spec.forgetGate ?? null,
    inputGate: spec.inputGate ?? null,
    updateGate: spec.updateGate ?? null,
    inputs: [...inputs, ...memories],
    outputDim: graph.node(output.id).dim ?? "hidden",
    crossRow: graph.nodes.some(({ kind }) => kind === "columnMean"),
    trace: {
      graph,
      next: Object.fromEntries([
        ...states.map(({ name }) => [name, next[name as S].id] as const),
        ...graph.delays.map(({ name, of }) => [name, of] as const),
      ]),
      output: output.id,
      candidates: graph.candidates,
    },
  };
}

/** The states that a cell declares: without the earlier values that it looks at, which are states too. */
export function declaredStates({ states, trace }: CellDefinition): CellDefinition["states"] {
  return states.slice(0, states.length - trace.graph.delays.length);
}

/** Whether a cell reads memories: its widths then include `positions`. */
export function hasMemory({ inputs }: Pick<CellDefinition, "inputs">): boolean {
  return inputs.some(({ per }) => per === "memory");
}

function knownGate({ name, gates = [] }: { name: string; gates?: readonly string[] }, gate: string | undefined): void {
  if (gate !== undefined && !gates.includes(gate)) {
    throw refusal(name, `it has no gate "${gate}"; its gates are ${gates.join(", ") || "none"}`);
  }
}

function parameterSymbol(graph: Graph, param: string, spec: ParameterSpec): Expression | Gated<string> | WeightSymbol {
  const { dim, gates } = spec.rows;
  if (spec.kind === "matrix") {
    const ref = { param, firstBlock: 0, blocks: gates?.length ?? 1, rowDim: dim, colDim: spec.cols };
    return new WeightSymbol(graph, ref, gates);
  }
  const block = (k: number): Expression => new Expression(graph, graph.add({ kind: "vector", param, block: k, dim }));
  return gates === null ? block(0) : gatedValue(Object.fromEntries(gates.map((gate, k) => [gate, block(k)])));
}

/** The size of every width of a cell: I, H, and its own, as `given` or as its definition says. */
export function widthsOf(
  cell: CellDefinition,
  { input, hidden }: { readonly input: number; readonly hidden: number },
  given: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const dims: Record<string, number> = { input, hidden };
  for (const [name, width] of Object.entries(cell.extraDims)) {
    dims[name] = given[name] ?? (typeof width === "number" ? width : dims[width]);
  }
  return dims;
}
