import type { ParameterRole } from "../../cell/index.js";
import { noSuchWeights, unknownValue } from "../../errors.js";
import type { Tensor } from "../../tensor/index.js";
import { expectFunction } from "../given.js";
import { type Initialisable, type InitialisableParts, partsOf, ROLES } from "../initialisers/recipe.js";

/**
 * What `Recurrent.forward` takes as `weights`: for every parameter of a role, in every layer and direction, the tensor that
 * `make` computes from it, under its full name. Each is of the parameter's own shape.
 *
 * Errors: `E_VALUE` for an unknown role, `E_REGULARISER` where no layer has a weight of it: a wish that comes to nothing.
 *
 * @example
 * const weights = weightsOf(net, "recurrent", (weight, name) => dropConnect(weight, { p: 0.5, rng: rng.split(name) }));
 * net.forward(x, { weights });   // one mask per matrix, for all steps
 */
export function weightsOf(
  stack: Initialisable | InitialisableParts,
  role: ParameterRole,
  make: (weight: Tensor, name: string) => Tensor,
): Record<string, Tensor> {
  if (!ROLES.includes(role)) throw unknownValue("weightsOf", "role", role, ROLES);
  expectFunction("weightsOf", "make", "(weight, name) => Tensor", make);
  const parts = partsOf(stack);
  const weights: Record<string, Tensor> = {};
  for (const { cell, stack: layers } of parts) {
    for (const { parameters, suffix } of layers) {
      for (const [param, spec] of Object.entries(cell.params)) {
        const name = param + suffix;
        if (spec.role === role) weights[name] = make(parameters[param], name);
      }
    }
  }
  if (Object.keys(weights).length === 0) {
    const had = new Set(parts.flatMap(({ cell }) => Object.values(cell.params).map((spec) => spec.role)));
    throw noSuchWeights([...new Set(parts.map(({ cell }) => cell.name))], role, [...had]);
  }
  return weights;
}
