import { bucketedBatches, type Split, splitByShare } from "../data/index.js";
import { classWeightsText } from "../errors.js";
import { binaryCrossEntropy, crossEntropy, Tensor } from "../tensor/index.js";
import { ExampleTrainee, type LossContext, type LossResult, type Score, scoreOf } from "../train/index.js";
import { type ClassifyData, inputOf, labelsOf } from "./classify-data.js";
import type { EncodedInput } from "./classify-encoder.js";
import type { CompleteClassifyOptions } from "./classify-options.js";
import { bestOf, type ClassifyEvaluation } from "./classify-scores.js";
import type { Classifier } from "./trained-classifier.js";

/** An example as the network reads it. */
interface Encoded {
  readonly input: EncodedInput;
  /** Ids of its labels. */
  readonly labels: readonly number[];
}

/** A classifier at school. */
export interface ClassifyLesson {
  readonly trainee: ExampleTrainee<readonly Encoded[]>;
  /** The scores of the model as it is on what was held back; null without any. */
  readonly evaluate: () => Promise<ClassifyEvaluation | null>;
}

/** Examples to train on and to validate on: `held`, or a share of the data, drawn by the seed. */
export function splitExamples(
  data: ClassifyData,
  { valid, seed }: Pick<CompleteClassifyOptions, "valid" | "seed">,
  held: ClassifyData | undefined,
): Split<ClassifyData[number]> {
  return held === undefined ? splitByShare(data, valid, seed) : { train: data, held };
}

/**
 * Batches of the examples, the loss, and the score on those held back: a share of the data, drawn by the seed, or `held`.
 *
 * @throws E_VALUE for class weights that mean nothing; what encoding an example throws
 */
export function classifyLesson(model: Classifier, data: ClassifyData, held: ClassifyData | undefined): ClassifyLesson {
  const { seed, batch, multiLabel } = model.config.options;
  const split = splitExamples(data, model.config.options, held);
  const encoded = split.train.map((example, i) => encode(model, example, i));
  const heldInputs = split.held.map((example, i) => model.encoder.encode(inputOf(example), i));
  const length = ({ input }: Encoded): number => input.steps;
  const batches = bucketedBatches(encoded, { batch, length, seed });
  const lossOf = multiLabel ? multiLoss(model, encoded) : singleLoss(model, encoded);
  const scoresOf = async (intervals: boolean, signal?: AbortSignal): Promise<ClassifyEvaluation | null> => {
    return split.held.length === 0 ? null : model.score(heldInputs, split.held, { signal, intervals });
  };
  const validate = async (signal?: AbortSignal): Promise<Score | null> => {
    const scores = await scoresOf(false, signal);
    return scores === null ? null : scoreFrom(scores, multiLabel);
  };
  const evaluate = (): Promise<ClassifyEvaluation | null> => scoresOf(true);
  const sample = (): null => null;
  const trainee = new ExampleTrainee({
    module: model.network,
    batches,
    loss: lossOf,
    seed,
    validate,
    sample,
    unit: "examples",
  });
  return { trainee, evaluate };
}

function scoreFrom({ loss, examples, accuracy, macroF1, microF1 }: ClassifyEvaluation, multiLabel: boolean): Score {
  const metrics: Record<string, number> = multiLabel ? { microF1, macroF1, accuracy } : { accuracy, macroF1 };
  const name = multiLabel ? "microF1" : "accuracy";
  return scoreOf(loss * examples, examples, metrics, { name, better: "higher" });
}

function encode(model: Classifier, example: ClassifyData[number], place: number): Encoded {
  const labels = labelsOf(example).map((label) => model.labels.indexOf(label));
  return { input: model.encoder.encode(inputOf(example), place), labels };
}

function singleLoss(model: Classifier, examples: readonly Encoded[]) {
  const { labelSmoothing } = model.config.options;
  const weights = labelWeights(model, examples);
  const weight = weights === null ? undefined : Tensor.from(Float32Array.from(weights), [weights.length]);
  return (batch: readonly Encoded[], { rng }: LossContext): LossResult => {
    const logits = model.network.forward(
      batch.map(({ input }) => input),
      { rng },
    );
    const targets = batch.map(({ labels }) => labels[0]);
    const loss = crossEntropy(logits, Tensor.from(Int32Array.from(targets)), { weight, labelSmoothing });
    const [V, numbers] = [model.labels.length, logits.data()];
    const right = targets.filter((target, b) => bestOf(numbers.subarray(b * V, (b + 1) * V)) === target);
    return { loss, predictions: batch.length, metrics: { accuracy: right.length / batch.length } };
  };
}

function multiLoss(model: Classifier, examples: readonly Encoded[]) {
  const weights = labelWeights(model, examples);
  const positiveWeight = weights === null ? undefined : Tensor.from(Float32Array.from(weights), [weights.length]);
  return (batch: readonly Encoded[], { rng }: LossContext): LossResult => {
    const logits = model.network.forward(
      batch.map(({ input }) => input),
      { rng },
    );
    const targets = Float32Array.from(
      batch.flatMap(({ labels }) => model.labels.map((_, id) => (labels.includes(id) ? 1 : 0))),
    );
    return {
      loss: binaryCrossEntropy(logits, Tensor.from(targets, logits.shape), { positiveWeight }),
      predictions: batch.length,
    };
  };
}

/**
 * What each label counts; null for 1 each. "balanced": N / (V · n) for a label of n examples, as scikit-learn; with any number of
 * labels (N − n) / n, so that yes and no weigh the same.
 *
 * Errors: `E_VALUE`.
 */
function labelWeights({ labels, config }: Classifier, examples: readonly Encoded[]): number[] | null {
  const { classWeights, multiLabel } = config.options;
  if (classWeights === "none") return null;
  if (classWeights !== "balanced") return givenWeights(classWeights, labels);
  const counts = labels.map(() => 0);
  for (const { labels: own } of examples) for (const id of own) counts[id]++;
  const N = examples.length;
  return counts.map((n) => {
    if (n === 0) return 1;
    return multiLabel ? Math.max(1e-3, (N - n) / n) : N / (labels.length * n);
  });
}

/** "spam=3,ham=1"; labels that are not named count 1. */
function givenWeights(text: string, labels: readonly string[]): number[] {
  const weights = labels.map(() => 1);
  for (const part of text.split(",")) {
    const at = part.lastIndexOf("=");
    const [place, value] = [labels.indexOf(part.slice(0, at).trim()), Number(part.slice(at + 1))];
    if (at < 1 || place < 0 || !(value >= 0 && value < Infinity) || part.slice(at + 1).trim() === "") {
      throw classWeightsText(text, labels);
    }
    weights[place] = value;
  }
  return weights;
}
