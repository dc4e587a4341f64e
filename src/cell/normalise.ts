/** Normalisation over the units of a row, written in the cell language: nothing here has a derivative of its own. */
import { atLine, badNumber, unknownOption } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { eachGate, mean, rowMax, size, sum } from "./row-values.js";
import { exp, Expression, sqrt, withoutGradient, type Gated } from "./symbol.js";

export interface NormOptions<X> {
  /** γ, a value like x; absent: 1. */
  readonly gain?: X;
  /** β, a value like x; absent: 0. */
  readonly bias?: X;
  /** ε, added to the variance (the mean square); default 1e-5. */
  readonly eps?: number;
}

/**
 * y = γ ⊙ (x − mean x) / √(var x + ε) + β, with var x = mean((x − mean x)²).
 *
 * A gated value is normalised over all units of all gates together; for each gate on its own, write
 * `eachGate(a, (value, gate) => layerNorm(value, { gain: gamma[gate] }))`.
 *
 * Source: Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450.
 */
export function layerNorm(x: Expression, options?: NormOptions<Expression>): Expression;
export function layerNorm<G extends string>(x: Gated<G>, options?: NormOptions<Gated<G>>): Gated<G>;
export function layerNorm(
  x: Expression | Gated<string>,
  options: NormOptions<Expression | Gated<string>> = {},
): Expression | Gated<string> {
  const { gain, bias, eps } = normOptions("layerNorm", options);
  const centre = mean(x);
  // Σ(x − mean x) is zero, so the variance does not see the mean move.
  const scale = inverseRoot(
    each(x, (value) => value.sub(withoutGradient(centre))),
    eps,
  );
  return each(x, (value, gate) => affine(value.sub(centre).mul(scale), of(gain, gate), of(bias, gate)));
}

/**
 * y = γ ⊙ x / √(mean(x²) + ε) + β. A gated value: over all units of all gates together.
 *
 * Source: Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467.
 */
export function rmsNorm(x: Expression, options?: NormOptions<Expression>): Expression;
export function rmsNorm<G extends string>(x: Gated<G>, options?: NormOptions<Gated<G>>): Gated<G>;
export function rmsNorm(
  x: Expression | Gated<string>,
  options: NormOptions<Expression | Gated<string>> = {},
): Expression | Gated<string> {
  const { gain, bias, eps } = normOptions("rmsNorm", options);
  const scale = inverseRoot(x, eps);
  return each(x, (value, gate) => affine(value.mul(scale), of(gain, gate), of(bias, gate)));
}

/** y = exp(x) / Σ exp(x) over the units of a row, computed from x − max x. */
export function softmax(x: Expression): Expression {
  // Moving all of x by the same number changes nothing: the maximum needs no gradient.
  const powers = exp(x.sub(withoutGradient(rowMax(x))));
  return powers.mul(sum(powers).reciprocal());
}

/** The options with the default ε. */
export function normOptions<X>(who: string, options: NormOptions<X>): NormOptions<X> & { readonly eps: number } {
  const known = ["gain", "bias", "eps"];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw atLine(unknownOption(who, unknown, known), callerLine());
  const { eps = 1e-5 } = options;
  if (!(typeof eps === "number" && eps >= 0 && eps < Infinity)) {
    throw atLine(badNumber(who, "eps", "a number ≥ 0", eps), callerLine());
  }
  return { ...options, eps };
}

/** 1 / √(mean(x²) + ε), one number per row. */
function inverseRoot(x: Expression | Gated<string>, eps: number): Expression {
  const squares = each(x, (value) => value.mul(value));
  return sqrt(sum(squares).div(size(x)).add(eps)).reciprocal();
}

/** A value, or each gate of one, mapped. */
export function each(
  x: Expression | Gated<string>,
  map: (value: Expression, gate: string | null) => Expression,
): Expression | Gated<string> {
  return x instanceof Expression ? map(x, null) : eachGate(x, map);
}

/** What belongs to a gate of a parameter that may be gated or absent. */
export function of(parameter: Expression | Gated<string> | undefined, gate: string | null): Expression | undefined {
  return parameter === undefined || gate === null
    ? (parameter as Expression | undefined)
    : (parameter as Gated<string>)[gate];
}

/** γ ⊙ x + β, of which either may be absent. */
export function affine(x: Expression, gain: Expression | undefined, bias: Expression | undefined): Expression {
  const scaled = gain === undefined ? x : x.mul(gain);
  return bias === undefined ? scaled : scaled.add(bias);
}
