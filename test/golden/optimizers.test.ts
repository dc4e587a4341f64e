/** Clipping, optimizers and a whole training loop against PyTorch, step by step, float32 and float64. */
import { describe, test } from "vitest";
import { crossEntropy, detachState, Embedding, GRU, Linear, LSTM, RNN } from "../../src/nn/index.js";
import type { RecurrentState } from "../../src/nn/index.js";
import { Adadelta, Adagrad, Adam, type AdamSettings, AdamW, ASGD, type ASGDSettings, clipGradNorm, RMSprop, SGD } from "../../src/optim/index.js";
import { embedding, Parameter, reshape, scope, Tensor } from "../../src/tensor/index.js";
import { expectGolden, load, TOLERANCE } from "./golden.js";
import { integers, uniform } from "./streams.js";

const KINDS = { SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, ASGD };

interface ClipCase {
  shapes: number[][];
  scale: number;
  maxNorm: number;
}

interface OptimizerCase {
  optimizer: keyof typeof KINDS;
  options: object;
  shapes: number[][];
  steps: number;
  /** The step from which the learning rate is half. */
  halveAt: number;
}

interface AverageCase {
  options: Partial<ASGDSettings>;
  shapes: number[][];
  steps: number;
}

interface SparseCase {
  options: Partial<AdamSettings>;
  V: number;
  F: number;
  /** The rows that have a gradient at each step, some twice. */
  index: number[][];
}

interface TrainingCase {
  cell: "lstm" | "gru" | "rnn_tanh";
  V: number;
  E: number;
  H: number;
  T: number;
  B: number;
  steps: number;
  maxNorm: number;
  lr: number;
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  const tolerance = TOLERANCE[dtype];
  const hashed = (name: string, shape: readonly number[], scale = 1): Tensor =>
    Tensor.from(uniform(name, product(shape), scale), shape, { dtype });

  test.each(load<ClipCase>("clipping"))("$seed: gradients of ±$scale to $maxNorm", (c) => {
    const parameters = c.shapes.map((shape) => new Parameter(shape, undefined, { dtype }));
    parameters.forEach((p, k) => (p.grad = hashed(`${c.seed}/${k}`, c.shapes[k], c.scale)));
    const { norm, scale } = clipGradNorm(parameters, c.maxNorm);
    // A parameter of 0 that moves by a learning rate of 1 ends at minus the clipped gradient.
    new SGD(parameters, { lr: 1 }).step({ gradScale: scale });
    const found: Record<string, number[]> = { norm: [norm] };
    parameters.forEach((p, k) => (found[`d_${k}`] = p.toArray().map((value) => -value)));
    expectGolden(found, c.tensors, tolerance);
  });

  test.each(load<OptimizerCase>("optimizers"))("$seed: $optimizer $options", (c) => {
    const parameters = c.shapes.map((shape, k) => {
      return new Parameter(shape, uniform(`${c.seed}/${k}`, product(shape)), { dtype });
    });
    const optimizer = new KINDS[c.optimizer](parameters, c.options);
    const found: Record<string, number[]> = {};
    for (let step = 0; step < c.steps; step++) {
      parameters.forEach((p, k) => (p.grad = hashed(`${c.seed}/${k}/${step}`, c.shapes[k])));
      optimizer.step({ lrScale: step < c.halveAt ? 1 : 0.5 });
      parameters.forEach((p, k) => (found[`${k}/${step}`] = p.toArray()));
    }
    expectGolden(found, c.tensors, tolerance);
  });

  test.each(load<AverageCase>("averages"))("$seed: ASGD and its averages, $options", (c) => {
    const parameters = c.shapes.map((shape, k) => {
      return new Parameter(shape, uniform(`${c.seed}/${k}`, product(shape)), { dtype });
    });
    const optimizer = new ASGD(parameters, c.options);
    const found: Record<string, number[]> = {};
    const look = (prefix: string, step: number): void =>
      parameters.forEach((p, k) => (found[`${prefix}${k}/${step}`] = p.toArray()));
    for (let step = 0; step < c.steps; step++) {
      parameters.forEach((p, k) => (p.grad = hashed(`${c.seed}/${k}/${step}`, c.shapes[k])));
      optimizer.step();
      look("", step);
      // Before averaging begins the weights stand for the average, in PyTorch too.
      optimizer.swapAverages();
      look("ax/", step);
      optimizer.swapAverages();
    }
    expectGolden(found, c.tensors, tolerance);
  });

  test.each(load<SparseCase>("sparse"))("$seed: lazy Adam is SparseAdam, $options", (c) => {
    const table = new Parameter([c.V, c.F], uniform(`${c.seed}/table`, c.V * c.F), { dtype });
    const optimizer = new Adam([table], { ...c.options, lazy: true });
    const found: Record<string, number[]> = {};
    c.index.forEach((rows, step) => {
      optimizer.zeroGrad();
      scope(() => {
        // The gradient of Σ y·g is g, row by row.
        const y = embedding(Tensor.from(Int32Array.from(rows)), table);
        y.mul(hashed(`${c.seed}/${step}`, [rows.length, c.F])).sum().backward();
      });
      optimizer.step();
      found[`table/${step}`] = table.toArray();
    });
    expectGolden(found, c.tensors, tolerance);
  });

  test.each(load<TrainingCase>("trainings"))("$seed: $steps windows with the state carried", (c) => {
    const { V, E, H, T, B } = c;
    const embedding = new Embedding({ vocabularySize: V, size: E, dtype });
    const recurrent = new { lstm: LSTM, gru: GRU, rnn_tanh: RNN }[c.cell]({
      inputSize: E,
      hiddenSize: H,
      layers: 2,
      dtype,
    });
    const head = new Linear({ inputSize: H, outputSize: V, dtype });
    const named = new Map([
      ...embedding.namedParameters("embedding."),
      ...recurrent.namedParameters("recurrent."),
      ...head.namedParameters("head."),
    ]);
    for (const [name, p] of named) {
      p.set(uniform(`${c.seed}/${name}`, p.size, name.startsWith("embedding") ? 1 : 1 / Math.sqrt(H)));
    }
    const optimizer = new Adam(named.values(), { lr: c.lr });
    let state: RecurrentState | undefined;
    const losses: number[] = [];
    const norms: number[] = [];
    for (let step = 0; step < c.steps; step++) {
      const tokens = integers(`${c.seed}/tokens/${step}`, (T + 1) * B, V);
      state = scope(() => {
        const y = recurrent.forward(embedding.forward(Tensor.from(tokens.slice(0, T * B), [T, B])), { state });
        const logits = reshape(head.forward(y.output), [T * B, V]);
        const loss = crossEntropy(logits, Tensor.from(tokens.slice(B)));
        optimizer.zeroGrad();
        loss.backward();
        const { norm, scale } = clipGradNorm(named.values(), c.maxNorm);
        optimizer.step({ gradScale: scale });
        losses.push(loss.item());
        norms.push(norm);
        return detachState(y.state);
      });
    }
    const found: Record<string, number[]> = { losses, norms };
    for (const [name, p] of named) found[name] = p.toArray();
    expectGolden(found, c.tensors, tolerance);
  });
});
