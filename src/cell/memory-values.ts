/**
 * Words of the cell language that read a memory: S rows that each sequence has of its own, the same ones at every step.
 *
 * `valid` [S] says which positions there are: 0 where there is none. What lies in the memory there is not read, scores are 0
 * there, and weights too; a row without any position has weights and a context of zeros.
 */
import { badOperand, noWidth, unknownSymbolName, widthsDiffer } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { argumentDims } from "./calls.js";
import type { Graph } from "./graph.js";
import { POSITIONS, type CallOp } from "./plan-format.js";
import { rowMax, sum } from "./row-values.js";
import { exp, Expression, received, where, withoutGradient } from "./symbol.js";
import { strictPrototype } from "./unknown-name.js";

/** A memory as the step sees it: only the words of this file read it. */
export class MemorySymbol {
  readonly graph: Graph;
  readonly name: string;
  /** The width of its rows. */
  readonly dim: string;

  constructor(graph: Graph, name: string, dim: string) {
    this.graph = graph;
    this.name = name;
    this.dim = dim;
  }
}

Object.setPrototypeOf(
  MemorySymbol.prototype,
  strictPrototype<MemorySymbol>(
    ({ graph }) => graph,
    ({ name }, asked) =>
      unknownSymbolName(`the memory ${name}`, asked, [], "dotScores, additiveScores and mix read it"),
  ),
);

/** y[s] = m[s]·q: the scores of a query against every position. q [U], valid [S] → [S]. */
export function dotScores(query: Expression, memory: MemorySymbol, valid: Expression): Expression {
  return call("dotScores", "dot", memory, [query, valid]);
}

/** What the scores of `additiveScores` also see: c[s]·u, a number for each position times a vector. */
export interface Coverage {
  /** c [S]. */
  readonly of: Expression;
  /** u [U], a parameter vector or any value. */
  readonly weight: Expression;
}

/** y[s] = v·tanh(q + m[s] (+ c[s]·u)). q, v [U], valid [S] → [S]. Projections of the memory are made before the sequence. */
export function additiveScores(
  query: Expression,
  memory: MemorySymbol,
  v: Expression,
  valid: Expression,
  coverage?: Coverage,
): Expression {
  const more = coverage === undefined ? [] : [coverage.of, coverage.weight];
  return call("additiveScores", "additive", memory, [query, v, valid, ...more]);
}

/** y = Σ_s w[s]·m[s]: the rows of a memory, weighted. w, valid [S] → [U]. */
export function mix(weights: Expression, memory: MemorySymbol, valid: Expression): Expression {
  return call("mix", "mix", memory, [weights, valid]);
}

/** exp(y) / Σ exp(y) over the positions that are valid, 0 elsewhere; all zeros where none is. y, valid [S] → [S]. */
export function maskedSoftmax(scores: Expression, valid: Expression): Expression {
  const highest = rowMax(where(valid, scores, -3e38));
  // The largest term is exp(0), so a sum below 1 is that of no term at all.
  const powers = where(valid, exp(where(valid, scores.sub(withoutGradient(highest)), 0)), 0);
  return powers.div(sum(powers).max(1));
}

function call(who: string, op: CallOp, memory: MemorySymbol, args: readonly Expression[]): Expression {
  if (!(memory instanceof MemorySymbol))
    throw badOperand(
      who,
      "a memory of this cell",
      received(memory),
      callerLine(),
      'Declare it: memory: { m: "hidden" }.',
    );
  const { graph, dim } = memory;
  argumentDims(op, dim, args.length).forEach((wanted, k) => {
    if (!(args[k] instanceof Expression) || args[k].graph !== graph) throw noWidth(who, callerLine());
    const got = graph.node(args[k].id).dim;
    if (got !== null && got !== wanted) throw widthsDiffer(who, got, wanted, callerLine());
  });
  const id = graph.call(
    op,
    args.map((arg) => arg.id),
    memory.name,
    dim,
  );
  return new Expression(graph, graph.result(id, 0));
}

/** The width of a value with one number for each position. */
export { POSITIONS };
