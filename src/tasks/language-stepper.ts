import type { Logits, Stepper } from "../decode/index.js";
import { runtime } from "../runtime/index.js";
import { streamModel } from "../stream/compile/index.js";
import type { StreamState } from "../stream/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { CarriedState } from "./carried-state.js";
import type { LanguageNetwork } from "./language-network.js";

/** A saved state of a `LanguageStepper`, good for any stepper of the same weights in the same process. */
export type StepperState = StreamState | ReadonlyMap<string, Float32Array | Float64Array>;

/** A stepper that holds memory. */
interface Reader<State> extends Stepper<State> {
  dispose(): void;
}

/**
 * A language model read one character at a time, from the start of a text.
 *
 * It is a stream: the weights are packed once, as they are now, so a stepper does not see what is learned later. Where
 * WebAssembly does not run, the network itself is asked at every step, and weights should not change meanwhile.
 * Numbers are those of strict precision, whatever the runtime was started with.
 */
export class LanguageStepper implements Stepper<StepperState> {
  readonly size: number;
  readonly #reader: Reader<StepperState>;

  constructor(model: LanguageNetwork) {
    const reader = runtime().canLoad ? streamed(model) : asked(model);
    this.#reader = reader as Reader<StepperState>;
    this.size = reader.size;
  }

  step(token: number): Logits {
    return this.#reader.step(token);
  }

  save(): StepperState {
    return this.#reader.save();
  }

  restore(state: StepperState): void {
    this.#reader.restore(state);
  }

  /** Give the memory back; the stepper cannot be used any more. */
  dispose(): void {
    this.#reader.dispose();
  }
}

function streamed(model: LanguageNetwork): Reader<StreamState> {
  const stream = streamModel(model);
  const session = stream.session();
  return {
    size: stream.outputSize,
    step: (token) => session.step(token),
    save: () => session.save(),
    restore: (state) => session.restore(state),
    dispose: () => session.close(),
  };
}

function asked(model: LanguageNetwork): Reader<ReadonlyMap<string, Float32Array | Float64Array>> {
  const carried = new CarriedState(model.recurrent, 1);
  const size = model.embedding.weight.shape[0];
  const known = new Int32Array(1);
  const scores = new Float32Array(size);
  return {
    size,
    step(token) {
      known[0] = token;
      scope(() =>
        noGrad(() => {
          const { logits, state } = model.forward(Tensor.from(known, [1, 1]), { state: carried.state });
          carried.take(state);
          scores.set(logits.data());
        }),
      );
      return scores;
    },
    save: () => carried.copy(),
    restore: (state) => carried.load(state),
    dispose: () => carried.dispose(),
  };
}
