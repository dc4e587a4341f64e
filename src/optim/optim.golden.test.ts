import { describe, expect, test } from "vitest";
import { type Case, expectGolden, load, TOLERANCE } from "../../test/golden/golden.js";
import { uniform } from "../../test/golden/streams.js";
import { Parameter, Tensor } from "../tensor/index.js";
import { Adadelta, Adagrad, Adam, AdamW, ASGD, clipGradNorm, RMSprop, SGD } from "./index.js";

const KINDS = { SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, ASGD };
type OptimizerCase = Case<{
  optimizer: keyof typeof KINDS;
  options: { lr: number };
  shapes: number[][];
  steps: number;
  halveAt: number;
}>;

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Parameters of these shapes, with the stream of `seed/k`. */
function learned(seed: string, shapes: number[][], dtype: "f32" | "f64"): Parameter[] {
  return shapes.map((shape, k) => new Parameter(shape, uniform(`${seed}/${k}`, size(shape)), { dtype }));
}

function giveGradients(parameters: Parameter[], name: (k: number) => string, scale = 1): void {
  for (const [k, p] of parameters.entries()) {
    p.grad ??= Tensor.zeros(p.shape, p.dtype);
    p.grad.set(uniform(name(k), p.size, scale));
  }
}

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  for (const [i, c] of load<OptimizerCase>("optimizers").entries()) {
    test(`optimizer ${i}: ${c.optimizer} ${JSON.stringify(c.options)}`, () => {
      const parameters = learned(c.seed, c.shapes, dtype);
      const optimizer = new KINDS[c.optimizer](parameters, c.options);
      const actual: Record<string, number[]> = {};
      for (let step = 0; step < c.steps; step++) {
        giveGradients(parameters, (k) => `${c.seed}/${k}/${step}`);
        optimizer.step({ lrScale: step < c.halveAt ? 1 : 0.5 });
        for (const [k, p] of parameters.entries()) actual[`${k}/${step}`] = p.toArray();
      }
      expectGolden(actual, c.tensors, TOLERANCE[dtype]);
    });
  }

  for (const [i, c] of load<Case<{ shapes: number[][]; scale: number; maxNorm: number }>>("clipping").entries()) {
    test(`clipping ${i}: gradients × ${c.scale}, bound ${c.maxNorm}`, () => {
      const parameters = c.shapes.map((shape) => new Parameter(shape, undefined, { dtype }));
      giveGradients(parameters, (k) => `${c.seed}/${k}`, c.scale);
      const { norm, scale } = clipGradNorm(parameters, c.maxNorm);
      // The optimizer applies the scale: with a learning rate of 1 a parameter at 0 becomes minus its clipped gradient.
      new SGD(parameters, { lr: 1 }).step({ gradScale: scale });
      const actual: Record<string, number[]> = { norm: [norm] };
      for (const [k, p] of parameters.entries()) actual[`d_${k}`] = p.toArray().map((x) => -x);
      expectGolden(actual, c.tensors, TOLERANCE[dtype]);
      expect(scale).toBeLessThanOrEqual(1);
    });
  }
});
