/**
 * The derivative rules of the cell language, one per operator, written in the language itself.
 *
 * A rule receives the node's value y, its arguments and the gradient d of the loss with respect to y, and returns the
 * contribution to each argument's gradient (null: none). Kinks take the right-hand side at 0 for `abs`, 0 for `relu`
 * (as PyTorch does), and the first argument at a tie of `max` and `min`.
 */
import type { Graph, NodeId } from "./graph.js";
import type { Binary, Unary } from "./plan-format.js";

type UnaryRule = (g: Graph, d: NodeId, a: NodeId, y: NodeId) => NodeId | null;
type BinaryRule = (g: Graph, d: NodeId, a: NodeId, b: NodeId, y: NodeId) => readonly [NodeId | null, NodeId | null];

const where = (g: Graph, c: NodeId, d: NodeId): NodeId => g.select(c, d, g.constant(0));
const positive = (g: Graph, a: NodeId): NodeId => g.binary("greater", a, g.constant(0));

export const UNARY_RULES: Readonly<Record<Unary, UnaryRule>> = {
  neg: (g, d) => g.unary("neg", d),
  abs: (g, d, a) => g.select(g.binary("greater", g.constant(0), a), g.unary("neg", d), where(g, positive(g, a), d)),
  sqrt: (g, d, _a, y) => g.binary("div", g.binary("mul", d, g.constant(0.5)), y),
  exp: (g, d, _a, y) => g.binary("mul", d, y),
  log: (g, d, a) => g.binary("div", d, a),
  tanh: (g, d, _a, y) => g.binary("mul", d, g.binary("sub", g.constant(1), g.binary("mul", y, y))),
  sigmoid: (g, d, _a, y) => g.binary("mul", g.binary("mul", d, y), g.binary("sub", g.constant(1), y)),
  relu: (g, d, _a, y) => where(g, positive(g, y), d),
};

export const BINARY_RULES: Readonly<Record<Binary, BinaryRule>> = {
  add: (_g, d) => [d, d],
  sub: (g, d) => [d, g.unary("neg", d)],
  mul: (g, d, a, b) => [g.binary("mul", d, b), g.binary("mul", d, a)],
  div: (g, d, _a, b, y) => [g.binary("div", d, b), g.unary("neg", g.binary("div", g.binary("mul", d, y), b))],
  max: (g, d, a, b) => {
    const first = g.binary("greaterEqual", a, b);
    return [where(g, first, d), g.select(first, g.constant(0), d)];
  },
  min: (g, d, a, b) => {
    const first = g.binary("greaterEqual", b, a);
    return [where(g, first, d), g.select(first, g.constant(0), d)];
  },
  greater: () => [null, null],
  greaterEqual: () => [null, null],
  equal: () => [null, null],
};

/** Operators that cost no more than reading their value back: the backward pass repeats them rather than saving them. */
export const CHEAP: ReadonlySet<Unary | Binary | "select"> = new Set([
  "neg",
  "abs",
  "relu",
  "add",
  "sub",
  "mul",
  "max",
  "min",
  "greater",
  "greaterEqual",
  "equal",
  "select",
] as const);
