/**
 * Words of the cell language that turn a row into one number, which meets values of any width in arithmetic again.
 *
 * A gated value stands for the units of all its gates together. Sums are sums of rows as they lie in memory; their
 * derivatives follow from the rules of the language.
 */
import { atLine, notFunction, noWidth } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { Expression, gatedValue, type Gated } from "./symbol.js";

/** Σ over the units of a row: one number per row. */
export function sum(x: Expression | Gated<string>): Expression {
  const parts = partsOf("sum", x);
  const whole = oneWidth(parts) ? [parts.reduce((total, part) => total.add(part))] : parts;
  return whole
    .map((part) => new Expression(part.graph, part.graph.reduce("rowSum", part.id)))
    .reduce((total, part) => total.add(part));
}

/** How many units a row of `x` has, a number that is known before any row is. */
export function size(x: Expression | Gated<string>): Expression {
  const parts = partsOf("size", x);
  const each = parts.map((part) => new Expression(part.graph, part.graph.size(widthOf(part)!)));
  return oneWidth(parts) ? each[0].mul(parts.length) : each.reduce((total, part) => total.add(part));
}

/** sum(x) / size(x). */
export function mean(x: Expression | Gated<string>): Expression {
  return sum(x).div(size(x));
}

/** The largest unit of a row. Units that tie for it share no gradient: each of them gets all of it. */
export function rowMax(x: Expression | Gated<string>): Expression {
  return partsOf("rowMax", x)
    .map((part) => new Expression(part.graph, part.graph.reduce("rowMax", part.id)))
    .reduce((largest, part) => largest.max(part));
}

/** A gated value with `map` applied to each gate. */
export function eachGate<G extends string>(x: Gated<G>, map: (value: Expression, gate: G) => Expression): Gated<G> {
  const gates = Object.entries<Expression>(x ?? {}) as [G, Expression][];
  if (gates.length === 0 || (x as unknown) instanceof Expression) throw noWidth("eachGate", callerLine());
  if (typeof (map as unknown) !== "function") {
    throw atLine(notFunction("eachGate", "its second argument", "(value, gate) => value", map), callerLine());
  }
  return gatedValue(Object.fromEntries(gates.map(([gate, value]) => [gate, map(value, gate)])) as unknown as Gated<G>);
}

/** The values that make up a row. */
function partsOf(op: string, x: Expression | Gated<string>): readonly Expression[] {
  const parts = x instanceof Expression ? [x] : Object.values(x ?? {});
  if (parts.length === 0 || !parts.every((part) => part instanceof Expression && widthOf(part) !== null)) {
    throw noWidth(op, callerLine());
  }
  return parts;
}

function oneWidth(parts: readonly Expression[]): boolean {
  return parts.every((part) => widthOf(part) === widthOf(parts[0]));
}

function widthOf(x: Expression): string | null {
  return x.graph.node(x.id).dim;
}
