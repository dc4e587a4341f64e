import type { Logits, Stepper } from "../decode/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { CarriedState } from "./carried-state.js";
import type { CharLanguageModel } from "./language-model.js";

/** A saved state of a `LanguageStepper`. */
export type StepperState = ReadonlyMap<string, Float32Array | Float64Array>;

/** A language model read one character at a time, from the start of a text. */
export class LanguageStepper implements Stepper<StepperState> {
  readonly size: number;
  readonly #model: CharLanguageModel;
  readonly #carried: CarriedState;
  readonly #token = new Int32Array(1);
  readonly #logits: Float32Array;

  constructor(model: CharLanguageModel) {
    this.#model = model;
    this.#carried = new CarriedState(model.recurrent, 1);
    this.size = model.embedding.weight.shape[0];
    this.#logits = new Float32Array(this.size);
  }

  step(token: number): Logits {
    this.#token[0] = token;
    scope(() =>
      noGrad(() => {
        const { logits, state } = this.#model.forward(Tensor.from(this.#token, [1, 1]), {
          state: this.#carried.state,
        });
        this.#carried.take(state);
        this.#logits.set(logits.data());
      }),
    );
    return this.#logits;
  }

  save(): StepperState {
    return this.#carried.copy();
  }

  restore(state: StepperState): void {
    this.#carried.load(state);
  }

  /** Give the state's memory back; the stepper cannot be used any more. */
  dispose(): void {
    this.#carried.dispose();
  }
}
