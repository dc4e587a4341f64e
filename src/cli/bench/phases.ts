/** What is timed: one call of `run`, and the numbers that prove it did the work. */
import { Adam, clipGradNorm } from "../../optim/index.js";
import type { Module } from "../../nn/index.js";
import { noGrad, scope, type Tensor } from "../../tensor/index.js";
import { batchOf, type Border, type Region, SequenceModel } from "./models.js";
import { Seq2SeqModel } from "./seq2seq.js";
import { meanAbs, streaming } from "./streams.js";
import type { Workload } from "./workloads.js";

/** A workload ready to run, as often as one likes. */
export interface Bench {
  /** Do the work once; returns a number that depends on all of it. */
  run(): number;
  /** The numbers that equal work has in common; to be asked for once, before the timing. */
  proof(): Proof;
}

/** Who wants to know which part of a model is running. */
export interface Observer {
  /** This part runs from now on. */
  enter(region: Region): void;
  /** Between the parts of the model. */
  readonly border: Border;
  /** The model, once it is made. */
  made(model: SequenceModel): void;
}

/** Numbers that agree between programs that do the same work. */
export interface Proof {
  /** Training: the losses of the first three steps. */
  readonly loss?: readonly number[];
  /** Inference: mean |output|. */
  readonly checkAbs?: number;
}

/**
 * Set a workload up.
 *
 * `train`: forward from a zero state, backward, clipping of the global norm, Adam, the loss read as a number. `infer`:
 * the forward pass alone, all outputs readable. `stream`: one time step, the output readable.
 * `dtype` f64 runs on the plain TypeScript definition of everything.
 */
export function prepare(workload: Workload, dtype: "f32" | "f64" = "f32", observer?: Observer): Bench {
  if (workload.phase === "stream") return streaming(workload, dtype);
  if (workload.kind === "seq2seq") {
    const model = new Seq2SeqModel(workload, dtype);
    return training(
      workload,
      model,
      () => model.loss(),
      () => {},
    );
  }
  const model = new SequenceModel(workload, dtype, observer?.border);
  observer?.made(model);
  const { x, y } = batchOf(workload, dtype);
  const enter = (region: Region): void => observer?.enter(region);
  if (workload.phase !== "train") return inference(model, x, enter);
  return training(workload, model, () => model.loss(x, y), enter, firstRegion(model));
}

type Enter = Observer["enter"];

const firstRegion = ({ emb }: SequenceModel): Region => (emb === null ? "recurrent" : "embedding");

function training(
  { optimizer: o }: Workload,
  model: Module,
  lossOf: () => Tensor,
  enter: Enter,
  first: Region = "embedding",
): Bench {
  const parameters = model.parameters();
  const adam = new Adam(parameters, { lr: o.lr, betas: [o.beta1, o.beta2], eps: o.eps });
  const run = (): number =>
    scope(() => {
      enter("optimizer");
      adam.zeroGrad();
      enter(first);
      const loss = lossOf();
      loss.backward();
      enter("optimizer");
      adam.step({ gradScale: clipGradNorm(parameters, o.clipGlobalNorm).scale });
      return loss.item();
    });
  return { run, proof: () => ({ loss: [run(), run(), run()] }) };
}

function inference(model: SequenceModel, x: Tensor, enter: Enter): Bench {
  const forward = <R>(read: (outputs: ArrayLike<number>) => R): R =>
    scope(() =>
      noGrad(() => {
        enter(firstRegion(model));
        return read(model.forward(x).data());
      }),
    );
  return {
    run: () => forward((outputs) => outputs[outputs.length - 1]),
    proof: () => ({ checkAbs: forward(meanAbs) }),
  };
}
