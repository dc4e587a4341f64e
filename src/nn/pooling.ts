import { badNumber, unknownOption, unknownValue } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { gatherRows, reshape, tanh, Tensor } from "../tensor/index.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import {
  type Attended,
  attendOverTime,
  lastStep,
  maxOverTime,
  meanOverTime,
  type PooledSteps,
  stepsOf,
} from "./pool-steps.js";

/** How steps become one row. */
export type PoolingKind = "last" | "mean" | "max" | "attention";

/** The kinds in the order in which they are explained. */
export const POOLING_KINDS: readonly PoolingKind[] = ["last", "mean", "max", "attention"];

export interface PoolingOptions {
  readonly kind: PoolingKind;
  /** F: features of a step. */
  readonly inputSize: number;
  /** Whether the second half of the features is read backwards in time; matters to "last" only. Default false. */
  readonly bidirectional?: boolean;
  /** A: features in which attention compares steps; default F. */
  readonly attentionSize?: number;
  readonly dtype?: "f32" | "f64";
}

/**
 * From the steps of a sequence to one row: x [T, B, F] → [B, F]; zeros for a sequence without steps.
 *
 * - last: the last step, of a reverse direction the first
 * - mean, max: over the steps, feature by feature
 * - attention: Σ_t a_t x_t with a = softmax_t(v·tanh(W·x_t + b)); parameters `project.weight` [A, F], `project.bias` [A],
 *   `score.weight` [1, A], each started as `Linear` does
 *
 * What lies outside the lengths is not read. Errors: `E_VALUE` for a kind that there is not, `E_OPTION` for an unknown
 * option, `E_NUMBER` for sizes below 1. Source of attention: Yang et al., "Hierarchical attention networks", 2016.
 *
 * @example
 * const pooling = new Pooling({ kind: "mean", inputSize: 64 });
 * const rows = pooling.forward(output, { lengths });   // [B, 64]
 */
export class Pooling extends Module {
  readonly kind: PoolingKind;
  readonly inputSize: number;
  readonly bidirectional: boolean;
  readonly project: Linear | null;
  readonly score: Linear | null;

  constructor(options: PoolingOptions, rng: Rng = new Rng(0)) {
    super();
    const known = ["kind", "inputSize", "bidirectional", "attentionSize", "dtype"];
    for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownOption("Pooling", key, known);
    const { kind, inputSize, bidirectional = false, attentionSize = inputSize, dtype = "f32" } = options;
    if (!POOLING_KINDS.includes(kind)) throw unknownValue("Pooling", "kind", kind, POOLING_KINDS);
    for (const [name, value] of Object.entries({ inputSize, attentionSize })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber("Pooling", name, "a whole number ≥ 1", value);
    }
    this.kind = kind;
    this.inputSize = inputSize;
    this.bidirectional = bidirectional;
    const attends = kind === "attention";
    this.project = attends ? new Linear({ inputSize, outputSize: attentionSize, dtype }, rng.split("project")) : null;
    const one = { inputSize: attentionSize, outputSize: 1, bias: false, dtype };
    this.score = attends ? new Linear(one, rng.split("score")) : null;
  }

  /** x [T, B, F] → [B, F]. Errors: `E_SHAPE`, `E_LENGTHS`, `E_MASK`, `E_OPTION`. */
  forward(x: Tensor, steps: PooledSteps = {}): Tensor {
    if (this.kind === "last") return lastStep(x, { ...steps, bidirectional: this.bidirectional });
    if (this.kind === "mean") return meanOverTime(x, steps);
    if (this.kind === "max") return maxOverTime(x, steps);
    return this.attend(x, steps).output;
  }

  /** As `forward` for attention, with the weights a of every step. Errors: `E_VALUE` for another kind; as `forward`. */
  attend(x: Tensor, steps: PooledSteps = {}): Attended {
    if (this.project === null || this.score === null) {
      throw unknownValue("Pooling.attend", "kind", this.kind, ["attention"]);
    }
    const [T, B, F] = x.shape;
    // Only the steps there are: what a batch is padded with must not reach the gradient of a weight.
    const index = stepsOf("Pooling", x, steps).flatMap((own, b) => Array.from(own, (t) => t * B + b));
    const rows = gatherRows(reshape(x, [T * B, F]), Tensor.from(Int32Array.from(index)));
    return attendOverTime(x, reshape(this.score.forward(tanh(this.project.forward(rows))), [index.length]), steps);
  }
}
