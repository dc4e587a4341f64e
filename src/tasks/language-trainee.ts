import { ContiguousBatches } from "../data/index.js";
import { checkpointContent } from "../errors.js";
import { Rng, type RngState } from "../runtime/index.js";
import { bitsPerCharacter, perplexity } from "../metrics/index.js";
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
import { evaluateLanguage, type LanguageReading } from "./language-evaluate.js";
import type { LanguageNetwork } from "./language-network.js";
import type { LanguageText, ReadText } from "./language-text.js";

const CARRY_FILE = "carry.safetensors";

/** What a language model is trained on, and how the text is cut. */
export interface LanguageLesson {
  readonly model: LanguageNetwork;
  readonly level: LanguageText["level"];
  /** Tokens to train on. */
  readonly train: Int32Array;
  /** Tokens to validate on; fewer than two: none. */
  readonly valid: ReadText;
  readonly batch: number;
  readonly window: number;
  readonly seed: number;
  /** Whether gradients are of the loss summed over the steps of a window, not of its mean. */
  readonly summed: boolean;
  /** What the model writes at a step. */
  readonly write: (step: number) => { readonly prompt: string; readonly text: string };
}

/**
 * A language model at school: B places of the text are read side by side, T tokens a step, the state carried from
 * window to window and detached (truncated back-propagation through time). At the start of every epoch it is zero.
 */
export class LanguageTrainee implements Trainee {
  readonly parameters: readonly Parameter[];
  readonly names: ReadonlyMap<Parameter, string>;
  readonly unit: string;
  readonly #lesson: LanguageLesson;
  readonly #batches: ContiguousBatches;
  readonly #carried: CarriedState;
  #rng: Rng;
  /** What the present weights made of the held-out text, and where that was; null if not known. */
  #reading: { readonly position: number; readonly reading: LanguageReading } | null = null;

  /** @throws E_TEXT_SHORT for a text shorter than one window of every row */
  constructor(lesson: LanguageLesson) {
    const { model, level, train, batch, window, seed } = lesson;
    this.#lesson = lesson;
    this.#batches = new ContiguousBatches(train, { batch, window });
    this.#carried = new CarriedState(model.recurrent, batch);
    this.#rng = new Rng(seed).split("dropout");
    this.names = new Map(Array.from(model.namedParameters(), ([name, parameter]) => [parameter, name]));
    this.parameters = [...this.names.keys()];
    this.unit = { char: "chars", word: "words", bpe: "tokens" }[level];
  }

  get position(): Position {
    const { position, windowsPerEpoch } = this.#batches;
    return { epoch: Math.floor(position / windowsPerEpoch), index: position % windowsPerEpoch };
  }

  batchesIn(): number {
    return this.#batches.windowsPerEpoch;
  }

  compute(summed = false): StepResult {
    const { model, window, batch, level } = this.#lesson;
    const predictions = window * batch;
    // Zaremba's learning rates and bounds are those of a sum over time and a mean over rows.
    const factor = (summed ? predictions : 1) * (this.#lesson.summed ? window : 1);
    const { inputs, targets, index } = this.#batches.next();
    if (index === 0) this.#carried.reset();
    const loss = scope(() => {
      // Masks are a function of seed, place in the model and number of the window alone.
      const rng = this.#rng.split(this.#batches.position);
      const tokens = Tensor.from(inputs, [window, batch]);
      const { logits, state } = model.forward(tokens, { state: this.#carried.state, rng });
      const loss = crossEntropy(logits, Tensor.from(targets, [window, batch]));
      (factor === 1 ? loss : loss.mul(factor)).backward();
      this.#carried.take(state);
      return loss.item();
    });
    const metrics: Record<string, number> =
      level === "char" ? { bpc: bitsPerCharacter(loss) } : { perplexity: perplexity(loss) };
    return { loss, predictions, metrics };
  }

  async validate(signal?: AbortSignal): Promise<Score | null> {
    return (await this.read(signal))?.score ?? null;
  }

  /** How the held-out text is scored by the weights as they are now; null without one, or if the signal fires. */
  async read(signal?: AbortSignal): Promise<LanguageReading | null> {
    const { model, valid } = this.#lesson;
    if (valid.ids.length < 2) return null;
    const { position } = this.#batches;
    if (this.#reading?.position === position) return this.#reading.reading;
    const reading = await evaluateLanguage(model, valid, { signal });
    this.#reading = reading && { position, reading };
    return reading;
  }

  sample(step: number): { prompt: string; text: string } {
    return this.#lesson.write(step);
  }

  loadModel(bytes: Uint8Array): void {
    readParameters(this.#lesson.model, bytes);
    this.#reading = null;
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
