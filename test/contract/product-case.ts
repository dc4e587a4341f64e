/** A network at a point of the product, numbers for it, and what comes out of a pass over them. */
import type { CellDefinition } from "../../src/cell/index.js";
import { Recurrent, type RecurrentState } from "../../src/nn/index.js";
import { bits, Rng } from "../../src/runtime/index.js";
import { scope, Tensor } from "../../src/tensor/index.js";
import {
  gradientOf,
  inputTensors,
  lossOf,
  makeBatch,
  mapRecord,
  recordNumbers,
  rowsOf,
  scattered,
  stateTensors,
  type Batch,
  type Outcome,
  type StateNumbers,
} from "../../src/testing/contract-case.js";
import { numbersOf, randomNumbers, range, take, tensorOf, type Numbers } from "../../src/testing/contract-numbers.js";
import type { Judge } from "../../src/testing/contract-judge.js";
import { resultsOf } from "../../src/testing/contract-rounding.js";
import { optionsOf, weightsUnder } from "../../src/testing/regulariser-table.js";
import type { Point } from "./product-points.js";

/** How likely what is dropped is dropped. */
export const RATE = 0.3;

/** A batch and which of its steps there are. */
export interface PointBatch extends Batch {
  /** Steps that there are, [T, B] of 0 and 1. */
  readonly valid: Int32Array;
  /** Where sequences begin anew, [T, B] of 0 and 1. */
  readonly anew?: Int32Array;
  /** What they begin from. */
  readonly resetTo?: StateNumbers;
  readonly segment?: number;
}

export interface PointOutcome extends Outcome {
  /** Gradients of what sequences begin anew from. */
  readonly dResetTo: StateNumbers;
}

/** What is made once for a point, by what it is. */
function once<T extends object>(): (point: Point, key: string, make: () => T) => T {
  const made = new WeakMap<Point, Map<string, T>>();
  return (point, key, make) => {
    const known = made.get(point) ?? new Map<string, T>();
    made.set(point, known);
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
}

const networks = once<Recurrent>();
const batches = once<PointBatch>();

/**
 * The network of a point with probability p; weights depend on the point's seed, and are float32 values. Whoever moves a
 * weight puts it back.
 */
export function networkAt(point: Point, dtype: "f32" | "f64", p = RATE, cell: CellDefinition = point.cell): Recurrent {
  return networks(point, `${dtype} ${p} ${cell.name}`, () => makeNetwork(point, dtype, p, cell));
}

function makeNetwork(point: Point, dtype: "f32" | "f64", p: number, cell: CellDefinition): Recurrent {
  const { directions, layers, dropped, sizes, seed } = point;
  const outputSize = "output" in cell.extraDims ? { outputSize: sizes.H + 1 } : {};
  const options = {
    inputSize: sizes.I,
    hiddenSize: sizes.H,
    layers,
    bidirectional: directions === "both directions",
    dtype,
    ...outputSize,
    ...optionsOf(dropped, point.cell, p),
  };
  return scattered(new Recurrent(cell, options), seed);
}

/** Random numbers for it: NaN wherever x is not to be read. */
export function batchAt(point: Point, net: Recurrent): PointBatch {
  return batches(point, net.cell.name, () => makePointBatch(point, net));
}

function makePointBatch({ rows, sizes, seed }: Point, net: Recurrent): PointBatch {
  const { T, B } = sizes;
  const batch = makeBatch(net, sizes, seed);
  const draw = (t: number, b: number, of: number): number => bits(seed, of, t, b) % 100;
  const lengths = Array.from({ length: B }, (_, b) => (b === 1 ? 0 : b === 2 ? T : draw(0, b, 5) % (T + 1)));
  // Row 1 has no step, row 2 all of them.
  const there = (t: number, b: number): boolean => {
    if (rows === "full") return true;
    if (rows === "lengths" || (rows === "segments" && seed % 2 === 0)) return t < lengths[b];
    return b === 2 || (b !== 1 && draw(t, b, 6) < 65);
  };
  const flags = (holds: (t: number, b: number) => boolean): Int32Array =>
    Int32Array.from({ length: T * B }, (_, i) => (holds(Math.floor(i / B), i % B) ? 1 : 0));
  const valid = flags(there);
  const { shape, data } = batch.x;
  const x = { shape, data: data.map((value, i) => (valid[Math.floor(i / sizes.I)] === 1 ? value : NaN)) };
  const resetting = rows === "reset" || (rows === "segments" && seed % 3 === 0);
  return {
    ...batch,
    x,
    valid,
    ...(resetting ? { anew: flags((t, b) => draw(t, b, 7) < 35), resetTo: otherStates(batch.state, seed) } : {}),
    ...(rows === "segments" ? { segment: 2 } : {}),
  };
}

function otherStates(state: StateNumbers, seed: number): StateNumbers {
  const rng = new Rng(seed).split("reset");
  return state.map((record) => mapRecord(record, ({ shape }) => randomNumbers(rng, shape)));
}

/** Everything that a pass reads, as tensors that take gradients. */
export interface Leaves {
  readonly x: Tensor;
  readonly state: RecurrentState;
  readonly resetTo: RecurrentState;
  readonly inputs: RecurrentState;
}

export function leavesOf(net: Recurrent, batch: PointBatch): Leaves {
  const { dtype } = net.options;
  return {
    x: tensorOf(batch.x, dtype, true),
    state: stateTensors(batch.state, dtype, true),
    resetTo: stateTensors(batch.resetTo ?? [], dtype, true),
    inputs: inputTensors(net, batch.inputs, dtype, true),
  };
}

/** What every pass over a batch reads beside its leaves. */
export function settingAt(point: Point, { valid, anew, segment, x }: PointBatch) {
  const [T, B] = x.shape;
  return {
    ...selectionOf(point, valid, T, B),
    ...(anew === undefined ? {} : { reset: Tensor.from(anew, [T, B]) }),
    segment,
    rng: new Rng(point.seed).split("masks"),
  };
}

/** A pass with the masks of the point's seed. */
export function forwardAt(
  { dropped }: Point,
  net: Recurrent,
  setting: ReturnType<typeof settingAt>,
  { x, state, inputs, resetTo }: Leaves,
  p = RATE,
) {
  const { rng, reset } = setting;
  return net.forward(x, {
    ...setting,
    state,
    inputs,
    ...(reset === undefined ? {} : { resetTo }),
    weights: weightsUnder(dropped, net, p, rng),
  });
}

/** Lengths as lengths where the point says so; everything else as a mask. */
function selectionOf({ rows }: Point, valid: Int32Array, T: number, B: number) {
  if (rows === "full" && valid.every((flag) => flag === 1)) return {};
  if (rows !== "lengths") return { mask: Tensor.from(valid, [T, B]) };
  return {
    lengths: Array.from({ length: B }, (_, b) => valid.reduce((n, flag, i) => n + (i % B === b ? flag : 0), 0)),
  };
}

/** Forward and backward. */
export function passAt(point: Point, net: Recurrent, batch: PointBatch, p = RATE): PointOutcome {
  for (const parameter of net.parameters()) parameter.grad = null;
  return scope(() => {
    const leaves = leavesOf(net, batch);
    const { output, state: final } = forwardAt(point, net, settingAt(point, batch), leaves, p);
    lossOf(output, final, batch).backward();
    const gradients = (all: Leaves["state"]): StateNumbers => all.map((record) => mapRecord(record, gradientOf));
    return {
      output: numbersOf(output),
      final: final.map(recordNumbers),
      dx: gradientOf(leaves.x),
      dInputs: gradients(leaves.inputs),
      dState: gradients(leaves.state),
      dResetTo: gradients(leaves.resetTo),
      dParameters: mapRecord(Object.fromEntries(net.namedParameters()), gradientOf),
    };
  });
}

/** Every result has the same bits. */
export function sameOutcome(judge: Judge, got: PointOutcome, expected: PointOutcome, where = ""): void {
  const others = resultsOf(expected);
  resultsOf(got).forEach(([name, value], i) => judge.same(`${where}${name}`, value, others[i][1]));
}

/** Its first rows. */
export function firstRows(batch: PointBatch, count: number): PointBatch {
  const rows = range(0, count);
  const B = batch.x.shape[1];
  const flags = (all: Int32Array): Int32Array => all.filter((_, i) => i % B < count);
  return {
    ...batch,
    ...rowsOf(batch, rows),
    valid: flags(batch.valid),
    ...(batch.anew === undefined
      ? {}
      : {
          anew: flags(batch.anew),
          resetTo: batch.resetTo!.map((record) => mapRecord(record, (v) => take(v, 0, rows))),
        }),
  };
}

/** The batch in which no row but `row` has a step: that row alone, under the masks that it has among the others. */
export function onlyRow(batch: PointBatch, row: number): PointBatch {
  const B = batch.x.shape[1];
  return { ...batch, valid: batch.valid.map((flag, i) => (i % B === row ? flag : 0)) };
}

/** A row of a batch as a batch of its own: its steps one after the other, no gap between. */
export function compacted(batch: PointBatch, row: number): PointBatch {
  const [T, B] = batch.x.shape;
  const steps: number[] = [];
  const anew: number[] = [];
  let begins = 0;
  for (let t = 0; t < T; t++) {
    begins ||= batch.anew?.[t * B + row] ?? 0;
    if (batch.valid[t * B + row] === 0) continue;
    steps.push(t);
    anew.push(begins);
    begins = 0;
  }
  const pick = ({ shape, data }: Numbers): Numbers => {
    const width = shape[2];
    const cut = steps.map((t) => [...data.subarray((t * B + row) * width, (t * B + row + 1) * width)]);
    return { shape: [steps.length, 1, width], data: Float64Array.from(cut.flat()) };
  };
  const rowOf = ({ shape, data }: Numbers): Numbers => ({
    shape: [1, shape[1]],
    data: data.slice(row * shape[1], (row + 1) * shape[1]),
  });
  const states = (all: StateNumbers): StateNumbers => all.map((record) => mapRecord(record, rowOf));
  return {
    ...batch,
    x: pick(batch.x),
    dOutput: pick(batch.dOutput!),
    state: states(batch.state),
    dFinal: states(batch.dFinal),
    inputs: batch.inputs.map((record) => mapRecord(record, (v) => (v.shape.length === 3 ? pick(v) : rowOf(v)))),
    valid: new Int32Array(steps.length).fill(1),
    ...(batch.anew === undefined ? {} : { anew: Int32Array.from(anew), resetTo: states(batch.resetTo!) }),
  };
}

/** Steps of a row that there are. */
export function stepsOfRow({ valid, x }: PointBatch, row: number): number[] {
  const [T, B] = x.shape;
  return Array.from({ length: T }, (_, t) => t).filter((t) => valid[t * B + row] === 1);
}
