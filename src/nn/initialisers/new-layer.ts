/** Where a new layer starts, parameter by parameter: one table, which preset `pytorch` is too. */
import type { ParameterRole, ParameterSpec } from "../../cell/index.js";
import { constant, type Initialiser, inverseRootHidden } from "./rules.js";

/** A rule for every role. Source: torch.nn.RNNBase; torch.nn.LayerNorm for gains. */
export const NEW_LAYER: Readonly<Record<ParameterRole, Initialiser>> = {
  input: inverseRootHidden,
  recurrent: inverseRootHidden,
  recurrentVector: inverseRootHidden,
  bias: inverseRootHidden,
  gain: constant(1),
  peephole: inverseRootHidden,
  output: inverseRootHidden,
};

/** The rule by which a parameter starts: its definition's own number, or what `rules` has for its role. */
export function startOf<R extends Initialiser | undefined>(
  spec: ParameterSpec,
  rules: Readonly<Record<ParameterRole, R>>,
): R | Initialiser {
  return spec.kind === "vector" && spec.start !== undefined ? constant(spec.start) : rules[spec.role];
}
