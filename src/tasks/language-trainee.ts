import { ContiguousBatches } from "../data/index.js";
import { checkpointContent } from "../errors.js";
import { Rng, type RngState } from "../runtime/index.js";
import { bitsPerCharacter } from "../metrics/index.js";
import { crossEntropy, type Parameter, scope, Tensor } from "../tensor/index.js";
import {
  MODEL_FILE,
  type Position,
  readParameters,
  type Score,
  type StepResult,
  tensorsToBytes,
  type Trainee,
  type TraineeCheckpoint,
} from "../train/index.js";
import { CarriedState } from "./carried-state.js";
import { evaluateLanguage } from "./language-evaluate.js";
import type { CharLanguageModel } from "./language-model.js";

const CARRY_FILE = "carry.safetensors";

/** What a language model is trained on, and how the text is cut. */
export interface LanguageLesson {
  readonly model: CharLanguageModel;
  /** Tokens to train on. */
  readonly train: Int32Array;
  /** Tokens to validate on; fewer than two: none. */
  readonly valid: Int32Array;
  readonly batch: number;
  readonly window: number;
  readonly seed: number;
  /** What the model writes at a step. */
  readonly write: (step: number) => { readonly prompt: string; readonly text: string };
}

/**
 * A language model at school: B places of the text are read side by side, T characters a step, the state carried from
 * window to window and detached (truncated back-propagation through time). At the start of every epoch it is zero.
 */
export class LanguageTrainee implements Trainee {
  readonly parameters: readonly Parameter[];
  readonly names: ReadonlyMap<Parameter, string>;
  readonly unit = "chars";
  readonly #lesson: LanguageLesson;
  readonly #batches: ContiguousBatches;
  readonly #carried: CarriedState;
  #rng: Rng;

  /** @throws E_TEXT_SHORT for a text shorter than one window of every row */
  constructor(lesson: LanguageLesson) {
    const { model, train, batch, window, seed } = lesson;
    this.#lesson = lesson;
    this.#batches = new ContiguousBatches(train, { batch, window });
    this.#carried = new CarriedState(model.recurrent, batch);
    this.#rng = new Rng(seed).split("dropout");
    this.names = new Map(Array.from(model.namedParameters(), ([name, parameter]) => [parameter, name]));
    this.parameters = [...this.names.keys()];
  }

  get position(): Position {
    const { position, windowsPerEpoch } = this.#batches;
    return { epoch: Math.floor(position / windowsPerEpoch), index: position % windowsPerEpoch };
  }

  batchesIn(): number {
    return this.#batches.windowsPerEpoch;
  }

  compute(summed = false): StepResult {
    const { model, window, batch } = this.#lesson;
    const predictions = window * batch;
    const { inputs, targets, index } = this.#batches.next();
    if (index === 0) this.#carried.reset();
    const loss = scope(() => {
      // Masks are a function of seed, place in the model and number of the window alone.
      const rng = this.#rng.split(this.#batches.position);
      const tokens = Tensor.from(inputs, [window, batch]);
      const { logits, state } = model.forward(tokens, { state: this.#carried.state, rng });
      const loss = crossEntropy(logits, Tensor.from(targets, [window, batch]));
      (summed ? loss.mul(predictions) : loss).backward();
      this.#carried.take(state);
      return loss.item();
    });
    return { loss, predictions, metrics: { bpc: bitsPerCharacter(loss) } };
  }

  async validate(signal?: AbortSignal): Promise<Score | null> {
    const { model, valid } = this.#lesson;
    return valid.length < 2 ? null : evaluateLanguage(model, valid, signal);
  }

  sample(step: number): { prompt: string; text: string } {
    return this.#lesson.write(step);
  }

  loadModel(bytes: Uint8Array): void {
    readParameters(this.#lesson.model, bytes);
  }

  save(): TraineeCheckpoint {
    const files = new Map<string, Uint8Array>([
      [MODEL_FILE, tensorsToBytes(this.#lesson.model.namedParameters())],
      [CARRY_FILE, this.#carried.toBytes()],
    ]);
    return { files, state: { position: this.#batches.position, epoch: this.position.epoch, rng: this.#rng.state() } };
  }

  async restore(
    read: (name: string) => Promise<Uint8Array>,
    { position, rng }: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    if (!Number.isSafeInteger(position) || (position as number) < 0) {
      throw checkpointContent("state.json", "has no position in the text");
    }
    this.loadModel(await read(MODEL_FILE));
    this.#carried.fromBytes(CARRY_FILE, await read(CARRY_FILE));
    this.#batches.position = position as number;
    this.#rng = Rng.from(rng as RngState);
  }
}
