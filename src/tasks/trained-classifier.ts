import { bucketedBatches, Vocabulary } from "../data/index.js";
import { receivedText, seriesText } from "../errors.js";
import { refuseUnknown } from "../metrics/known-options.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope } from "../tensor/index.js";
import { Breather, type RunStore } from "../train/index.js";
import {
  checkInputs,
  checkLabels,
  type ClassifyData,
  type ClassifyInput,
  inputOf,
  labelsOf,
  type Series,
} from "./classify-data.js";
import type { EncodedInput, InputEncoder } from "./classify-encoder.js";
import { ClassifyNetwork } from "./classify-network.js";
import type { CompleteClassifyOptions } from "./classify-options.js";
import { type ClassifyEvaluation, probabilitiesOf, scoreMulti, scoreSingle } from "./classify-scores.js";
import type { TaskConfigFile } from "./task-config.js";
import type { Answer } from "./task.js";
import { saveModel, type TrainedModel } from "./trained-model.js";

/** What `config.json` of a classifier holds. */
export type ClassifyConfig = TaskConfigFile<CompleteClassifyOptions>;

/** A label and how probable it is. */
export interface LabelProbability {
  readonly label: string;
  readonly probability: number;
}

/** What a classifier says of an input. */
export interface Classification {
  /** The most probable label. */
  readonly label: string;
  /** Its probability. */
  readonly probability: number;
  /** Every label, the most probable first. */
  readonly probabilities: readonly LabelProbability[];
  /** Labels that hold: the best one, or with any number of labels those above ½. */
  readonly labels: readonly string[];
}

/** Inputs that go through the network together. */
const TOGETHER = 64;

/** A trained classifier of sequences: network, how its inputs are read, and its labels. */
export class Classifier implements TrainedModel<ClassifyData> {
  readonly config: ClassifyConfig;
  readonly encoder: InputEncoder;
  readonly labels: readonly string[];
  readonly network: ClassifyNetwork;

  constructor(config: ClassifyConfig, encoder: InputEncoder, labels: readonly string[]) {
    const { options } = config;
    this.config = config;
    this.encoder = encoder;
    this.labels = labels;
    this.network = new ClassifyNetwork(encoder, labels.length, options, new Rng(options.seed).split("weights"));
  }

  /**
   * What an input is: a text, or a series of an array per dimension.
   *
   * @throws E_EXAMPLE for what is neither; E_INPUT_KIND for the other kind; E_SERIES for other dimensions; E_TOO_LONG
   *
   * @example
   * const { label, probability } = await model.predict("a fine film");
   */
  async predict(input: ClassifyInput): Promise<Classification> {
    return (await this.predictAll([input]))[0];
  }

  /** As `predict`, for many inputs at once. `signal` rejects with its reason. */
  async predictAll(
    inputs: readonly ClassifyInput[],
    { signal, ...unknown }: { readonly signal?: AbortSignal } = {},
  ): Promise<Classification[]> {
    refuseUnknown("classify.predict", unknown, ["signal"]);
    checkInputs("classify.predict", inputs);
    const { multiLabel } = this.config.options;
    const rows = await this.probabilities(
      inputs.map((input, i) => this.encoder.encode(input, inputs.length === 1 ? null : i)),
      signal,
    );
    signal?.throwIfAborted();
    return rows!.map((row) => {
      const all = this.labels.map((label, i) => ({ label, probability: row[i] }));
      // Of equals the one that comes first among the labels, as `bestOf` has it.
      const probabilities = all.sort((a, b) => b.probability - a.probability);
      const [best] = probabilities;
      const held = multiLabel ? probabilities.filter(({ probability }) => probability > 0.5) : [best];
      return { ...best, probabilities, labels: held.map(({ label }) => label) };
    });
  }

  /** Probabilities of the labels, [N, labels], in the order of the inputs; null if the signal fires. */
  async probabilities(inputs: readonly EncodedInput[], signal?: AbortSignal): Promise<Float64Array[] | null> {
    const { multiLabel } = this.config.options;
    const places = inputs.map((_, i) => i);
    const length = (i: number): number => inputs[i].steps;
    const batches = bucketedBatches(places, { batch: TOGETHER, length, shuffle: false });
    const all: Float64Array[] = Array.from(places, () => new Float64Array());
    const breather = new Breather();
    for (let index = 0; index < batches.count(0); index++) {
      await breather.breathe();
      if (signal?.aborted) return null;
      const chosen = batches.batch(0, index);
      const logits = scope(() => noGrad(() => this.network.forward(chosen.map((i) => inputs[i])).toArray()));
      const V = this.labels.length;
      chosen.forEach((i, b) => (all[i] = probabilitiesOf(logits.slice(b * V, (b + 1) * V), multiLabel)));
    }
    return all;
  }

  /**
   * Score the classifier on examples.
   *
   * @throws E_OPTION for settings that there are not; E_DATA_EMPTY; E_LABELS for labels that the training did not have; those of
   *   `predict`
   */
  async evaluate(
    data: ClassifyData,
    { signal, ...unknown }: { readonly signal?: AbortSignal } = {},
  ): Promise<ClassifyEvaluation> {
    refuseUnknown("classify.evaluate", unknown, ["signal"]);
    checkLabels("classify.evaluate", data, "the data", this.labels);
    const inputs = data.map((example, i) => this.encoder.encode(inputOf(example), i));
    const scores = await this.score(inputs, data, { signal, intervals: true });
    signal?.throwIfAborted();
    return scores!;
  }

  /** As `evaluate`, for inputs that are encoded, and without intervals unless asked for; null if the signal fires. */
  async score(
    inputs: readonly EncodedInput[],
    data: ClassifyData,
    { signal, intervals }: { readonly signal?: AbortSignal; readonly intervals?: boolean } = {},
  ): Promise<ClassifyEvaluation | null> {
    const rows = await this.probabilities(inputs, signal);
    if (rows === null) return null;
    if (this.config.options.multiLabel) {
      const targets = data.map((example) => this.yesOrNo(labelsOf(example)));
      return scoreMulti(this.labels, rows, targets, intervals);
    }
    const targets = data.map((example) => this.labels.indexOf(labelsOf(example)[0]));
    return scoreSingle(this.labels, rows, targets, intervals);
  }

  /** 1 for each label that holds, [labels]. */
  yesOrNo(labels: readonly string[]): number[] {
    return this.labels.map((label) => (labels.includes(label) ? 1 : 0));
  }

  /** Lines of text, or series as JSON: `[[1, 2, 3], [4, 5, 6]]`, an array per dimension. Errors: as `predict`. */
  async answer(lines: readonly string[]): Promise<readonly Answer[]> {
    const inputs = lines.map((line) => (this.encoder.kind === "text" ? line : seriesFrom(line)));
    const answers = await this.predictAll(inputs);
    return answers.map(({ labels, probability, probabilities }, i) => {
      const shown = labels.length === 0 ? "(none)" : labels.join(" ");
      return {
        text: `${shown}\t${probability.toFixed(4)}\t${lines[i]}`,
        json: { input: lines[i], labels, probabilities },
      };
    });
  }

  /** Save the model as a run of its own, to be read by `classify.load`. Errors: `E_RUN_WRITE`. */
  save(store: RunStore): Promise<void> {
    return saveModel(this, store);
  }

  documents(): Readonly<Record<string, object>> {
    return { "labels.json": Vocabulary.of(this.labels), ...this.encoder.documents() };
  }
}

function seriesFrom(line: string): Series {
  let json: unknown = null;
  try {
    json = JSON.parse(line);
  } catch {
    // Told below.
  }
  const numbers = (one: unknown): boolean => Array.isArray(one) && one.length > 0 && one.every(Number.isFinite);
  if (!Array.isArray(json) || json.length === 0 || !json.every(numbers)) {
    throw seriesText("classify", receivedText(line));
  }
  return json as number[][];
}
