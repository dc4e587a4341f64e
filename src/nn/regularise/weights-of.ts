import type { ParameterRole } from "../../cell/index.js";
import type { Tensor } from "../../tensor/index.js";
import { type Initialisable, type InitialisableParts, partsOf } from "../initialisers/recipe.js";

/**
 * What `Recurrent.forward` takes as `weights`: for every parameter of a role, in every layer and direction, the tensor that
 * `make` computes from it, under its full name. Each is of the parameter's own shape.
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
  const weights: Record<string, Tensor> = {};
  for (const { cell, stack: layers } of partsOf(stack)) {
    for (const { parameters, suffix } of layers) {
      for (const [param, spec] of Object.entries(cell.params)) {
        const name = param + suffix;
        if (spec.role === role) weights[name] = make(parameters[param], name);
      }
    }
  }
  return weights;
}
