import { invalidValue, unknownOption } from "../errors.js";
import { SGD } from "../optim/index.js";
import type { Parameter } from "../tensor/index.js";

/** Learning while being evaluated. */
export interface DynamicOptions {
  /** Learning rate, of the loss summed over a window; default 0.03. */
  readonly lr?: number;
  /** Tokens between two updates; default 20. */
  readonly window?: number;
  /** Share of the way back to the trained weights that follows each update; default 0. */
  readonly pull?: number;
}

/**
 * Dynamic evaluation: after a window of a text has been scored, its gradient moves the weights, so that the model follows the text it
 * reads. Every token is scored before it is learned from.
 *
 *   θ ← θ − lr·∂(loss of the window)/∂θ, then θ ← θ + pull·(θ₀ − θ)
 *
 * The trained weights come back with `end`.
 * Errors: `E_OPTION`, `E_VALUE`.
 * Source: Mikolov et al. 2010; Krause et al. 2018, https://arxiv.org/abs/1709.07432, without its scaling of the steps.
 */
export class DynamicEvaluation {
  readonly window: number;
  readonly #parameters: readonly Parameter[];
  readonly #trained: readonly Float32Array[];
  readonly #optimizer: SGD;
  readonly #pull: number;

  constructor(parameters: readonly Parameter[], options: DynamicOptions = {}) {
    const known = ["lr", "window", "pull"];
    for (const name of Object.keys(options)) if (!known.includes(name)) throw unknownOption("dynamic", name, known);
    const { lr = 0.03, window = 20, pull = 0 } = options;
    if (!(lr > 0 && lr < Infinity)) throw invalidValue("dynamic", "lr", "a number above 0", lr);
    if (!Number.isSafeInteger(window) || window < 1)
      throw invalidValue("dynamic", "window", "a whole number from 1", window);
    if (!(pull >= 0 && pull < 1)) throw invalidValue("dynamic", "pull", "a share from 0 to below 1", pull);
    this.window = window;
    this.#parameters = parameters;
    this.#trained = parameters.map((parameter) => Float32Array.from(parameter.data()));
    this.#optimizer = new SGD(parameters, { lr });
    this.#pull = pull;
    this.#optimizer.zeroGrad();
  }

  /** Move the weights by the gradients that lie there. */
  update(): void {
    this.#optimizer.step();
    this.#optimizer.zeroGrad();
    if (this.#pull === 0) return;
    for (const [i, parameter] of this.#parameters.entries()) {
      const [values, trained] = [parameter.data(), this.#trained[i]];
      for (let k = 0; k < trained.length; k++) values[k] += this.#pull * (trained[k] - values[k]);
    }
  }

  /** Put the trained weights back. */
  end(): void {
    this.#optimizer.zeroGrad();
    for (const [i, parameter] of this.#parameters.entries()) parameter.set(this.#trained[i]);
  }
}
