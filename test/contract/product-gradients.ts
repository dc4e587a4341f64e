/** Gradients at a point of the product against directional differences in float64. */
import type { Recurrent } from "../../src/nn/index.js";
import { bits } from "../../src/runtime/index.js";
import { noGrad, scope, type Tensor } from "../../src/tensor/index.js";
import type { Judge } from "../../src/testing/contract-judge.js";
import type { Numbers } from "../../src/testing/contract-numbers.js";
import { slopeOf } from "../../src/testing/slope.js";
import {
  batchAt,
  firstRows,
  forwardAt,
  leavesOf,
  networkAt,
  passAt,
  settingAt,
  type Leaves,
  type PointBatch,
} from "./product-case.js";
import type { Point } from "./product-points.js";

/** What the checks of a point did. */
export interface Tally {
  points: number;
  /** Numbers that were compared. */
  numbers: number;
  /** Directional differences that were measured. */
  differences: number;
  /** Those of them near a kink, where a smaller step counted. */
  kinks: number;
  /** Draws of numbers that say nothing in float32. */
  redrawn: number;
}

/** Tensors that move together, and what the tape says about them. */
interface Subject {
  readonly name: string;
  readonly moved: readonly { readonly tensor: Tensor; readonly gradient: Float64Array }[];
}

const TOLERANCE = 1e-6;

/**
 * Three directions for every parameter tensor, and three in which x, what lies beside it and all states move together. Of
 * segments one: their gradients are those of the whole already.
 */
export function gradientsAreMeasured(point: Point, judge: Judge, tally: Tally): void {
  const net = networkAt(point, "f64");
  const whole = batchAt(point, net);
  // An empty row, a whole one and another say as much as six; statistics over rows need rows.
  const batch = point.cell.crossRow ? whole : firstRows(whole, 3);
  const leaves = leavesOf(net, batch);
  const subjects = subjectsOf(point, net, batch, leaves);
  const setting = settingAt(point, batch);
  const loss = (): number =>
    scope(() =>
      noGrad(() => {
        const { output, state } = forwardAt(point, net, setting, leaves);
        const states = state.flatMap((record, i) =>
          Object.entries(record).map(([name, value]) => dot(value, batch.dFinal[i][name])),
        );
        return states.reduce((sum, value) => sum + value, dot(output, batch.dOutput!));
      }),
    );
  const here = loss();
  const directions = point.rows === "segments" ? 1 : 3;
  subjects.forEach(({ name, moved }, s) => {
    const originals = moved.map(({ tensor }) => Float64Array.from(tensor.data()));
    const size = originals.reduce((sum, { length }) => sum + length, 0);
    for (let d = 0; d < directions; d++) {
      const along = moved.map((_, m) => directionOf(originals[m].length, size, point.seed, 64 * s + m, d));
      const expected = moved.reduce((sum, { gradient }, m) => sum + inner(gradient, along[m]), 0);
      const at = (distance: number): number => {
        moved.forEach(({ tensor }, m) => tensor.set(originals[m].map((value, i) => value + distance * along[m][i])));
        return loss();
      };
      const { measured, error, kink } = slopeOf(at, expected, { eps: 1e-6, tolerance: TOLERANCE, here });
      moved.forEach(({ tensor }, m) => tensor.set(originals[m]));
      tally.differences++;
      if (kink) tally.kinks++;
      if (!(error <= TOLERANCE)) judge.fail(`${name} along direction ${d}: analytic ${expected}, measured ${measured}`);
    }
  });
}

function subjectsOf(point: Point, net: Recurrent, batch: PointBatch, leaves: Leaves): readonly Subject[] {
  const { dx, dState, dResetTo, dInputs, dParameters } = passAt(point, net, batch);
  const each = (tensors: Leaves["state"], gradients: typeof dState) =>
    tensors.flatMap((record, i) =>
      Object.entries(record)
        .filter(([, { requiresGrad }]) => requiresGrad)
        .map(([name, tensor]) => ({ tensor, gradient: gradients[i][name].data })),
    );
  const rest = [
    { tensor: leaves.x, gradient: dx.data },
    ...each(leaves.state, dState),
    ...each(leaves.resetTo, dResetTo),
    ...each(leaves.inputs, dInputs),
  ];
  return [
    { name: "x and all states", moved: rest },
    ...[...net.namedParameters()].map(([name, tensor]) => ({
      name,
      moved: [{ tensor, gradient: dParameters[name].data }],
    })),
  ];
}

/** Uniform numbers in ±1, scaled to the length of a direction in that many numbers. */
function directionOf(count: number, size: number, seed: number, subject: number, d: number): Float64Array {
  const scale = 1 / Math.sqrt(size);
  return Float64Array.from({ length: count }, (_, i) => scale * (bits(seed, subject, d, i) / 2147483648 - 1));
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function dot(tensor: Tensor, { data }: Numbers): number {
  const values = tensor.data();
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += values[i] * data[i];
  return sum;
}
