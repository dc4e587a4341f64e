/**
 * The equations of a cell as a graph of values: what `step` builds when it runs once with symbols, what `derive`
 * extends with the backward pass, what `plan` cuts into stages. Equal nodes are one node.
 *
 * Every value is a row of `dim` elements for each sequence of the batch; `dim: null` is one number per row (constants
 * and row reductions), which broadcasts.
 */
import { resultDims } from "./calls.js";
import type { Binary, CallOp, Unary } from "./plan-format.js";

export type NodeId = number;

export type Node =
  | { readonly kind: "constant"; readonly value: number; readonly dim: null }
  /** How many units a value of width `of` has. */
  | { readonly kind: "size"; readonly of: string; readonly dim: null }
  /** A per-step input: x, or a named one. */
  | { readonly kind: "input"; readonly name: string; readonly dim: string }
  /** A state as it enters the step. */
  | { readonly kind: "state"; readonly name: string; readonly dim: string }
  /** One block of a parameter vector. */
  | { readonly kind: "vector"; readonly param: string; readonly block: number; readonly dim: string }
  /** What the loss says about an output of the step: `carry` for a state, `output` for the output. */
  | { readonly kind: "seed"; readonly of: "carry" | "output"; readonly name: string; readonly dim: string }
  | { readonly kind: "unary"; readonly op: Unary; readonly args: readonly [NodeId]; readonly dim: string | null }
  | {
      readonly kind: "binary";
      readonly op: Binary;
      readonly args: readonly [NodeId, NodeId];
      readonly dim: string | null;
    }
  /** args = [condition, then, else]. */
  | { readonly kind: "select"; readonly args: readonly [NodeId, NodeId, NodeId]; readonly dim: string | null }
  /** The same value; the gradient stops here. `exact`: what would flow on is zero, so the derivative stays the true one. */
  | { readonly kind: "stop"; readonly args: readonly [NodeId]; readonly exact: boolean; readonly dim: string | null }
  | { readonly kind: "reduce"; readonly op: "rowSum" | "rowMax"; readonly args: readonly [NodeId]; readonly dim: null }
  /** A matrix product; its value is read through `block` nodes. Transposed: args are the blocks of dY. */
  | {
      readonly kind: "linear";
      readonly args: readonly NodeId[];
      readonly weight: WeightRef;
      readonly transposed: boolean;
      readonly dim: string;
    }
  /** Over the active rows of the step, column by column; every row has the result. */
  | { readonly kind: "columnMean"; readonly args: readonly [NodeId]; readonly dim: string }
  /** A function of the row and of its memory `memory`, whose rows have width `units`; read through `result` nodes. */
  | {
      readonly kind: "call";
      readonly op: CallOp;
      readonly args: readonly NodeId[];
      readonly memory: string;
      readonly units: string;
      readonly dim: string;
    }
  | { readonly kind: "result"; readonly args: readonly [NodeId]; readonly index: number; readonly dim: string }
  | { readonly kind: "block"; readonly args: readonly [NodeId]; readonly block: number; readonly dim: string };

/** Row blocks `firstBlock … firstBlock + blocks − 1` of parameter `param`, each rowDim × colDim. */
export interface WeightRef {
  readonly param: string;
  readonly firstBlock: number;
  readonly blocks: number;
  readonly rowDim: string;
  readonly colDim: string;
}

/** The arguments of a node, empty for leaves. */
export function argumentsOf(node: Node): readonly NodeId[] {
  return "args" in node ? node.args : [];
}

const LEAVES: ReadonlySet<Node["kind"]> = new Set(["constant", "size", "input", "state", "vector", "seed"] as const);

/** Whether a value is computed from nothing. */
export function isLeaf(node: Node): boolean {
  return LEAVES.has(node.kind);
}

/** Whether a value is known before any row is: a number, the same for all of them. */
export function isNumber(node: Node): boolean {
  return node.kind === "constant" || node.kind === "size";
}

/** Whether a value lies in a row of its own from the moment it is made: a result of a product or a call, a mean over rows. */
export function isMadeInPlace(node: Node): boolean {
  return node.kind === "block" || node.kind === "columnMean" || node.kind === "result";
}

/** Thrown by the graph when two widths cannot meet; the symbols turn it into an error that names the line. */
export class WidthMismatch extends Error {
  readonly left: string;
  readonly right: string;

  constructor(left: string, right: string) {
    super(`${left} is not ${right}`);
    this.left = left;
    this.right = right;
  }
}

/** A state that holds what `of` was one step earlier. */
export interface Delay {
  readonly name: string;
  readonly dim: string;
  readonly of: NodeId;
}

/** What is kept while a step runs: to know which comparisons somebody reads, and what to offer. */
export interface Tracing {
  /** Comparisons, and the lines that made them. */
  readonly comparisons: Map<NodeId, string>;
  /** How often one was made; a loop on a symbol makes them for ever. */
  compared: number;
  /** Values that an operator read and needed no more: x.mul(0) does not need x. */
  readonly spared: Set<NodeId>;
  /** The parameters that are matrices. */
  readonly matrices: readonly string[];
}

export class Graph {
  /** While a step runs, null before and after. */
  tracing: Tracing | null = null;
  readonly nodes: Node[] = [];
  /** States that the step asked for by delaying a value. */
  readonly delays: Delay[] = [];
  /** Values that the step called candidates. */
  readonly candidates: NodeId[] = [];
  readonly #ids = new Map<string, NodeId>();

  /** The same nodes under the same numbers, free to grow. */
  copy(): Graph {
    const copy = new Graph();
    for (const node of this.nodes) copy.add(node);
    return copy;
  }

  node(id: NodeId): Node {
    return this.nodes[id];
  }

  add(node: Node): NodeId {
    const key = JSON.stringify(node);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.nodes.push(node);
    this.#ids.set(key, this.nodes.length - 1);
    return this.nodes.length - 1;
  }

  constant(value: number): NodeId {
    return this.add({ kind: "constant", value, dim: null });
  }

  /** The value of a constant node, undefined for any other. */
  constantOf(id: NodeId): number | undefined {
    const node = this.nodes[id];
    return node.kind === "constant" ? node.value : undefined;
  }

  unary(op: Unary, a: NodeId): NodeId {
    const node = this.nodes[a];
    if (op === "neg") {
      if (node.kind === "unary" && node.op === "neg") return node.args[0];
      if (node.kind === "constant") return this.constant(-node.value);
    }
    return this.add({ kind: "unary", op, args: [a], dim: node.dim });
  }

  binary(op: Binary, a: NodeId, b: NodeId): NodeId {
    const dim = this.#meet(a, b);
    const left = this.constantOf(a);
    const right = this.constantOf(b);
    if (op === "add") {
      if (left === 0) return b;
      if (right === 0) return a;
    } else if (op === "sub") {
      if (right === 0) return a;
      if (left === 0) return this.unary("neg", b);
    } else if (op === "mul") {
      if (left === 1) return b;
      if (right === 1) return a;
      if (left === 0 || right === 0) return this.constant(0);
    } else if (op === "div" && right === 1) return a;
    return this.add({ kind: "binary", op, args: [a, b], dim });
  }

  select(condition: NodeId, a: NodeId, b: NodeId): NodeId {
    if (a === b) return a;
    const dim = this.#meet(a, b);
    const width = this.#meet(condition, dim === this.nodes[a].dim ? a : b);
    return this.add({ kind: "select", args: [condition, a, b], dim: width });
  }

  /** The value of `of` one step earlier, undefined for a number: it has no row to lie in. */
  delay(of: NodeId): NodeId | undefined {
    const { dim } = this.nodes[of];
    if (dim === null) return undefined;
    const known = this.delays.find((delay) => delay.of === of);
    if (known !== undefined) return this.add({ kind: "state", name: known.name, dim });
    const name = `delay${this.delays.length + 1}`;
    this.delays.push({ name, dim, of });
    return this.add({ kind: "state", name, dim });
  }

  size(of: string): NodeId {
    return this.add({ kind: "size", of, dim: null });
  }

  reduce(op: "rowSum" | "rowMax", a: NodeId): NodeId {
    return this.add({ kind: "reduce", op, args: [a], dim: null });
  }

  /** Mean over the rows of `a`, as a value of width `dim`, which `a` has unless it is one number per row. */
  columnMean(a: NodeId, dim: string): NodeId {
    const node = this.nodes[a];
    // What is the same in every row is its own mean.
    if (isNumber(node) || node.kind === "vector" || node.kind === "columnMean") return a;
    return this.add({ kind: "columnMean", args: [a], dim });
  }

  /** A call over the memory called `memory`, of rows of width `units`. */
  call(op: CallOp, args: readonly NodeId[], memory: string, units: string): NodeId {
    return this.add({ kind: "call", op, args, memory, units, dim: resultDims(op, units, args.length)[0] });
  }

  result(call: NodeId, index: number): NodeId {
    const node = this.nodes[call];
    if (node.kind !== "call") throw new Error("result of something that is not a call");
    const dim = resultDims(node.op, node.units, node.args.length)[index];
    return this.add({ kind: "result", args: [call], index, dim });
  }

  block(linear: NodeId, block: number): NodeId {
    const node = this.nodes[linear];
    if (node.kind !== "linear") throw new Error("block of something that is not a linear map");
    return this.add({ kind: "block", args: [linear], block, dim: node.dim });
  }

  #meet(a: NodeId, b: NodeId): string | null {
    const left = this.nodes[a].dim;
    const right = this.nodes[b].dim;
    if (left !== null && right !== null && left !== right) throw new WidthMismatch(left, right);
    return left ?? right;
  }
}
