/**
 * Symbols: what `step` of a cell receives in place of numbers. Arithmetic on them builds the graph.
 *
 * A symbol is one value per row and unit. A *gated* value holds one symbol per named gate (`a.i`, `a.f`), as a linear
 * map onto gate blocks gives it. Turning a symbol into a number, or branching on a comparison, is an error that names the line.
 */
import {
  badOperand,
  comparisonUnread,
  gatesNotAdjacent,
  symbolCoerced,
  unknownSymbolName,
  widthsDiffer,
} from "../errors.js";
import { callerLine } from "./caller-line.js";
import { argumentsOf, WidthMismatch, type Graph, type NodeId, type WeightRef } from "./graph.js";
import type { Binary, Unary } from "./plan-format.js";
import { strictPrototype } from "./unknown-name.js";

/** Anything an operator accepts beside a symbol: plain numbers are constants. */
export type Operand = Expression | number;

/** More than any cell has: who makes more of them is in a loop that a symbol, always true, was to end. */
const MOST_COMPARISONS = 5000;

export class Expression {
  readonly graph: Graph;
  readonly id: NodeId;

  constructor(graph: Graph, id: NodeId) {
    this.graph = graph;
    this.id = id;
  }

  add(other: Operand): Expression {
    return this.#binary("add", other);
  }
  sub(other: Operand): Expression {
    return this.#binary("sub", other);
  }
  mul(other: Operand): Expression {
    return this.#binary("mul", other);
  }
  div(other: Operand): Expression {
    return this.#binary("div", other);
  }
  max(other: Operand): Expression {
    return this.#binary("max", other);
  }
  min(other: Operand): Expression {
    return this.#binary("min", other);
  }
  /** 1 where this > other, else 0; no gradient. */
  greater(other: Operand): Expression {
    return this.#comparison("greater", other);
  }
  /** 1 where this ≥ other, else 0; no gradient. */
  greaterEqual(other: Operand): Expression {
    return this.#comparison("greaterEqual", other);
  }
  /** 1 / this. */
  reciprocal(): Expression {
    const { graph, id } = this;
    return new Expression(graph, graph.binary("div", graph.constant(1), id));
  }
  neg(): Expression {
    return this.unary("neg");
  }

  /** Apply an element-wise function; the named functions of this room (`tanh(x)` …) read better. */
  unary(op: Unary): Expression {
    return new Expression(this.graph, this.graph.unary(op, this.id));
  }

  #binary(op: Binary, other: Operand): Expression {
    const { graph, id } = this;
    const right = operandId(graph, other, op);
    return made(
      graph,
      sameWidth(op, () => graph.binary(op, id, right)),
      [id, right],
    );
  }

  #comparison(op: Binary, other: Operand): Expression {
    const compared = this.#binary(op, other);
    const { tracing } = this.graph;
    if (tracing !== null) {
      if (!tracing.comparisons.has(compared.id)) tracing.comparisons.set(compared.id, callerLine());
      if (++tracing.compared > MOST_COMPARISONS) throw comparisonUnread(callerLine());
    }
    return compared;
  }

  [Symbol.toPrimitive](): never {
    throw symbolCoerced(callerLine());
  }
}

const METHODS = Object.getOwnPropertyNames(Expression.prototype).filter((name) => !/^(constructor|unary)$/.test(name));

Object.setPrototypeOf(
  Expression.prototype,
  strictPrototype<Expression>(
    ({ graph }) => graph,
    (_, name) =>
      unknownSymbolName("a symbol", name, METHODS, "it is one value, and only a weight onto gates gives one for each"),
  ),
);

/** One symbol per gate. */
export type Gated<G extends string> = { readonly [gate in G]: Expression };

const gatedPrototype = strictPrototype<Gated<string>>(
  (of) => Object.values(of)[0]?.graph,
  (of, name) => {
    const gates = Object.keys(of);
    return unknownSymbolName(
      `a gated value with gates ${gates.join(", ")}`,
      name,
      gates,
      `take a gate first: a.${gates[0]}`,
    );
  },
);

/** The record as a gated value: a gate that it does not have is an error. */
export function gatedValue<G extends string>(record: Gated<G>): Gated<G> {
  return { __proto__: gatedPrototype, ...record } as Gated<G>;
}

/** A weight matrix as the step sees it; `pick` selects adjacent gates of a gated one. */
export class WeightSymbol<G extends string = string> {
  readonly graph: Graph;
  readonly ref: WeightRef;
  /** Gate names of the row blocks, null for a plain matrix. */
  readonly gates: readonly G[] | null;

  constructor(graph: Graph, ref: WeightRef, gates: readonly G[] | null) {
    this.graph = graph;
    this.ref = ref;
    this.gates = gates;
  }

  /** The rows of some gates, adjacent in the definition's order. */
  pick<P extends G>(...names: readonly P[]): WeightSymbol<P> {
    const gates: readonly string[] = this.gates ?? [];
    const first = gates.indexOf(names[0]);
    const adjacent = first >= 0 && names.every((name, i) => gates[first + i] === name);
    if (!adjacent) throw gatesNotAdjacent(this.ref.param, names, gates, callerLine());
    const ref = { ...this.ref, firstBlock: this.ref.firstBlock + first, blocks: names.length };
    return new WeightSymbol<P>(this.graph, ref, names);
  }
}

Object.setPrototypeOf(
  WeightSymbol.prototype,
  strictPrototype<WeightSymbol>(
    ({ graph }) => graph,
    ({ ref }, name) =>
      unknownSymbolName(`the matrix ${ref.param}`, name, ["pick"], `it is read by linear(x, p.${ref.param})`),
  ),
);

/** y = x·Wᵀ (+ b): one value for a plain weight, one per gate for a gated one. */
export function linear(x: Expression, w: PlainWeight, b?: Expression): Expression;
export function linear<G extends string>(x: Expression, w: WeightSymbol<G>, b?: Gated<G>): Gated<G>;
export function linear(x: Expression, w: WeightSymbol, b?: Expression | Gated<string>): Expression | Gated<string> {
  if (!(w instanceof WeightSymbol)) throw noWeight(x, w);
  const who = `linear with ${w.ref.param}`;
  const { graph } = w;
  const from = operandId(graph, x, who);
  const width = graph.node(from).dim;
  if (width !== w.ref.colDim) throw widthsDiffer(who, width ?? "1", w.ref.colDim, callerLine());
  const id = graph.add({ kind: "linear", args: [from], weight: w.ref, transposed: false, dim: w.ref.rowDim });
  const block = (k: number): Expression => new Expression(graph, graph.block(id, k));
  if (w.gates === null) return b === undefined ? block(0) : block(0).add(b as Expression);
  if (b !== undefined && (typeof b !== "object" || b === null || b instanceof Expression)) {
    const gates = w.gates.join(", ");
    throw badOperand(
      who,
      `a bias with gates ${gates}`,
      received(b),
      callerLine(),
      "Declare it as bias(gates(hidden)).",
    );
  }
  const gated = b as Gated<string> | undefined;
  return gatedValue(
    Object.fromEntries(w.gates.map((gate, k) => [gate, gated === undefined ? block(k) : block(k).add(gated[gate])])),
  );
}

function noWeight(x: unknown, w: unknown): Error {
  const names = (x instanceof Expression ? x.graph.tracing?.matrices : undefined) ?? [];
  const known = names.length === 0 ? "" : ` Known: ${names.map((name) => `p.${name}`).join(", ")}.`;
  const advice = `A matrix stands second: linear(x, p.W).${known}`;
  return badOperand("linear", "a matrix of the cell", received(w), callerLine(), advice);
}

/** A weight without gates: `linear` gives one plain value. */
export interface PlainWeight extends WeightSymbol<never> {
  readonly gates: null;
}

/** The hyperbolic tangent, element by element. */
export const tanh = (x: Expression): Expression => unaryOf("tanh", x);
/** σ(x) = 1 / (1 + exp(−x)). */
export const sigmoid = (x: Expression): Expression => unaryOf("sigmoid", x);
/** max(x, 0). */
export const relu = (x: Expression): Expression => unaryOf("relu", x);
export const exp = (x: Expression): Expression => unaryOf("exp", x);
/** The natural logarithm. */
export const log = (x: Expression): Expression => unaryOf("log", x);
export const sqrt = (x: Expression): Expression => unaryOf("sqrt", x);
export const abs = (x: Expression): Expression => unaryOf("abs", x);

const unaryOf = (op: Unary, x: Expression): Expression => symbolFor(op, x).unary(op);

/** `x`, or an error that names the line where it is something else than a symbol. */
export function symbolFor(op: string, x: Expression): Expression {
  if (!(x instanceof Expression)) throw badOperand(op, "a symbol", received(x), callerLine(), ONE_PER_GATE);
  return x;
}

/** condition ≠ 0 ? a : b, element by element; the condition gets no gradient. */
export function where(condition: Expression, a: Operand, b: Operand): Expression {
  if (!(condition instanceof Expression)) {
    throw badOperand("where", "a symbol as condition", received(condition), callerLine(), "Compare: h.greater(0).");
  }
  const { graph } = condition;
  const [first, second] = [operandId(graph, a, "where"), operandId(graph, b, "where")];
  return made(
    graph,
    sameWidth("where", () => graph.select(condition.id, first, second)),
    [condition.id, first, second],
  );
}

/** The same value, through which no gradient flows. */
export function stopGradient(x: Expression): Expression {
  return stopped(symbolFor("stopGradient", x), false);
}

/** `stopGradient` where the gradient that would flow on is zero, which spares its computation. */
export function withoutGradient(x: Expression): Expression {
  return stopped(x, true);
}

function stopped(x: Expression, exact: boolean): Expression {
  const { dim } = x.graph.node(x.id);
  return new Expression(x.graph, x.graph.add({ kind: "stop", args: [x.id], exact, dim }));
}

/** The value of a node that an operator made or found of these; what it did not need has been read all the same. */
function made(graph: Graph, id: NodeId, from: readonly NodeId[]): Expression {
  if (graph.tracing !== null) {
    const needed = argumentsOf(graph.node(id));
    for (const operand of from) if (operand !== id && !needed.includes(operand)) graph.tracing.spared.add(operand);
  }
  return new Expression(graph, id);
}

function operandId(graph: Graph, operand: Operand, op: string): NodeId {
  if (operand instanceof Expression && operand.graph === graph) return operand.id;
  if (typeof operand === "number" && Number.isFinite(operand)) return graph.constant(operand);
  const what = operand instanceof Expression ? "a symbol of another cell" : received(operand);
  throw badOperand(op, "a symbol of this cell or a finite number", what, callerLine(), ONE_PER_GATE);
}

const ONE_PER_GATE = "A linear map onto gates gives one symbol per gate: a.i, a.f.";

/** What came in place of a symbol, in words. */
export function received(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Expression) return "a symbol";
  if (value instanceof Promise)
    return "a promise: it runs once and has nothing to wait for, so leave async and await out";
  if (value instanceof WeightSymbol) return `the matrix ${value.ref.param}`;
  const gates = Object.keys(value);
  if (gates.length > 0 && Object.values(value).every((part) => part instanceof Expression)) {
    return `a gated value with gates ${gates.join(", ")}: take one, a.${gates[0]}`;
  }
  const { name } = value.constructor ?? Object;
  return name === "Object" ? "an object" : `a ${name}`;
}

/** What `add` returns; values of different widths become an error that names the line. */
function sameWidth(op: string, add: () => NodeId): NodeId {
  try {
    return add();
  } catch (error) {
    if (error instanceof WidthMismatch) throw widthsDiffer(op, error.left, error.right, callerLine());
    throw error;
  }
}
