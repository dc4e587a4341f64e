/**
 * Symbols: what `step` of a cell receives in place of numbers. Arithmetic on them builds the graph.
 *
 * A symbol is one value per row and unit. A *gated* value holds one symbol per named gate (`a.i`, `a.f`), as a linear
 * map onto gate blocks gives it. Turning a symbol into a number, or branching on one, is an error that names the line.
 */
import { badOperand, gatesNotAdjacent, symbolCoerced, widthsDiffer } from "../errors.js";
import type { Graph } from "./graph.js";
import { WidthMismatch, type NodeId, type WeightRef } from "./graph.js";
import type { Binary, Unary } from "./plan-format.js";

/** Anything an operator accepts beside a symbol: plain numbers are constants. */
export type Operand = Expression | number;

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
    return this.#binary("greater", other);
  }
  /** 1 where this ≥ other, else 0; no gradient. */
  greaterEqual(other: Operand): Expression {
    return this.#binary("greaterEqual", other);
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
    return new Expression(
      graph,
      sameWidth(op, () => graph.binary(op, id, right)),
    );
  }

  [Symbol.toPrimitive](): never {
    throw symbolCoerced(callerLine());
  }
}

/** One symbol per gate. */
export type Gated<G extends string> = { readonly [gate in G]: Expression };

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
    if (!adjacent) throw gatesNotAdjacent(this.ref.param, names, gates);
    const ref = { ...this.ref, firstBlock: this.ref.firstBlock + first, blocks: names.length };
    return new WeightSymbol<P>(this.graph, ref, names);
  }
}

/** y = x·Wᵀ (+ b): one value for a plain weight, one per gate for a gated one. */
export function linear(x: Expression, w: PlainWeight, b?: Expression): Expression;
export function linear<G extends string>(x: Expression, w: WeightSymbol<G>, b?: Gated<G>): Gated<G>;
export function linear(x: Expression, w: WeightSymbol, b?: Expression | Gated<string>): Expression | Gated<string> {
  const who = `linear with ${w.ref.param}`;
  const node = w.graph.node(operandId(w.graph, x, who));
  const { graph } = x;
  if (node.dim !== w.ref.colDim) {
    throw widthsDiffer(who, node.dim ?? "1", w.ref.colDim, callerLine());
  }
  const id = graph.add({ kind: "linear", args: [x.id], weight: w.ref, transposed: false, dim: w.ref.rowDim });
  const block = (k: number): Expression => new Expression(graph, graph.block(id, k));
  if (w.gates === null) return b === undefined ? block(0) : block(0).add(b as Expression);
  const gated = b as Gated<string> | undefined;
  return Object.fromEntries(
    w.gates.map((gate, k) => [gate, gated === undefined ? block(k) : block(k).add(gated[gate])]),
  );
}

/** A weight without gates: `linear` gives one plain value. */
export interface PlainWeight extends WeightSymbol<never> {
  readonly gates: null;
}

/** The hyperbolic tangent, element by element. */
export const tanh = (x: Expression): Expression => x.unary("tanh");
/** σ(x) = 1 / (1 + exp(−x)). */
export const sigmoid = (x: Expression): Expression => x.unary("sigmoid");
/** max(x, 0). */
export const relu = (x: Expression): Expression => x.unary("relu");
export const exp = (x: Expression): Expression => x.unary("exp");
/** The natural logarithm. */
export const log = (x: Expression): Expression => x.unary("log");
export const sqrt = (x: Expression): Expression => x.unary("sqrt");
export const abs = (x: Expression): Expression => x.unary("abs");

/** condition ≠ 0 ? a : b, element by element; the condition gets no gradient. */
export function where(condition: Expression, a: Operand, b: Operand): Expression {
  const { graph } = condition;
  const [first, second] = [operandId(graph, a, "where"), operandId(graph, b, "where")];
  return new Expression(
    graph,
    sameWidth("where", () => graph.select(condition.id, first, second)),
  );
}

/** The same value, through which no gradient flows. */
export function stopGradient(x: Expression): Expression {
  return stopped(x, false);
}

/** `stopGradient` where the gradient that would flow on is zero, which spares its computation. */
export function withoutGradient(x: Expression): Expression {
  return stopped(x, true);
}

function stopped(x: Expression, exact: boolean): Expression {
  const { dim } = x.graph.node(x.id);
  return new Expression(x.graph, x.graph.add({ kind: "stop", args: [x.id], exact, dim }));
}

function operandId(graph: Graph, operand: Operand, op: string): NodeId {
  if (operand instanceof Expression) {
    if (operand.graph !== graph) throw badOperand(op, "a symbol of another cell", callerLine());
    return operand.id;
  }
  if (typeof operand !== "number" || !Number.isFinite(operand)) {
    const received: unknown = operand;
    const text = typeof received === "object" && received !== null ? "an object" : String(received);
    throw badOperand(op, text, callerLine());
  }
  return graph.constant(operand);
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

/** The source line outside this room that is being traced, for error messages; empty where the engine has no stack. */
export function callerLine(): string {
  const lines = (new Error("trace").stack ?? "").split("\n").slice(1);
  // Frames of built-in functions (Math.abs) have no line.
  const placed = lines.filter((line) => /:\d+:\d+\)?$/.test(line));
  // A package may gather the room in one file: what lies beside this function is not the caller's.
  const own = fileOf(placed[0] ?? "");
  const outside = placed.find(
    (line) =>
      fileOf(line) !== own &&
      !/[/\\]cell[/\\](symbol|define|graph|row-values|normalise|functions|delay|candidate|column-values|memory-values)\.[jt]s/.test(
        line,
      ),
  );
  return outside?.trim().replace(/^at /, "") ?? "";
}

/** The file of a line of a stack: `at f (file:///a/b.js:1:2)` or `at file:///a/b.js:1:2`. */
function fileOf(line: string): string {
  return line.replace(/:\d+:\d+\)?$/, "").replace(/^.*[( ]/, "");
}
