/**
 * Words of the cell language for which a row looks at the others of its step: statistics of the batch.
 *
 * They are over the rows that are still running at that step, in the batch that the layer was given. A cell with one of
 * them is `crossRow`: one thread runs it, and a row alone gives other numbers than the row among others.
 */
import { noWidth } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { affine, each, normOptions, of, type NormOptions } from "./normalise.js";
import { Expression, sqrt, withoutGradient, type Gated } from "./symbol.js";

/** Mean over the active rows of the step, unit by unit; every row receives it. Gradients flow to every row. */
export function columnMean(x: Expression): Expression {
  const dim = x instanceof Expression ? x.graph.node(x.id).dim : null;
  if (dim === null) throw noWidth("columnMean", callerLine());
  return new Expression(x.graph, x.graph.columnMean(x.id, dim));
}

/**
 * y = γ ⊙ (x − μ) / √(σ² + ε) + β with μ, σ² the mean and the (biased) variance of each unit over the active rows of the
 * step. Of one row alone that is β.
 *
 * Source: Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167; per step: Cooijmans et al. 2016,
 * https://arxiv.org/abs/1603.09025.
 */
export function columnNorm(x: Expression, options?: NormOptions<Expression>): Expression;
export function columnNorm<G extends string>(x: Gated<G>, options?: NormOptions<Gated<G>>): Gated<G>;
export function columnNorm(
  x: Expression | Gated<string>,
  options: NormOptions<Expression | Gated<string>> = {},
): Expression | Gated<string> {
  const { gain, bias, eps } = normOptions("columnNorm", options);
  return each(x, (value, gate) => {
    const centre = columnMean(value);
    // Σ(x − mean x) is zero, so the variance does not see the mean move.
    const away = value.sub(withoutGradient(centre));
    const scale = sqrt(columnMean(away.mul(away)).add(eps)).reciprocal();
    return affine(value.sub(centre).mul(scale), of(gain, gate), of(bias, gate));
  });
}
