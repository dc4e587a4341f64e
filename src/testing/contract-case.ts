/** One network and numbers for it: what a contract check runs, and what came out, gradients included. */
import { planCell, type CellDefinition } from "../cell/index.js";
import { initialise, initialisers, Recurrent, type RecurrenceOptions, type RecurrentState } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, type Tensor } from "../tensor/index.js";
import { numbersOf, randomNumbers, range, take, tensorOf, type Numbers } from "./contract-numbers.js";

export interface CaseSizes {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly layers?: number;
  readonly bidirectional?: boolean;
  /** Steps of each row; all T if absent. */
  readonly lengths?: readonly number[];
}

/** State by state, layer by layer: `{ h: [B, H] }`. */
export type StateNumbers = readonly Readonly<Record<string, Numbers>>[];

export interface Batch {
  /** [T, B, I] */
  readonly x: Numbers;
  readonly lengths?: readonly number[];
  readonly state: StateNumbers;
  /** Inputs of the cell beside x by layer and direction: [T, B, width] those per step, [B, width] or [B, S·width] the others. */
  readonly inputs: StateNumbers;
  /** dL/doutput, [T, B, D·O]; absent: the loss does not see the output. */
  readonly dOutput?: Numbers;
  /** dL/d(final state); a state that is absent is not in the loss. */
  readonly dFinal: StateNumbers;
}

export interface Outcome {
  readonly output: Numbers;
  readonly final: StateNumbers;
  readonly dx: Numbers;
  readonly dInputs: StateNumbers;
  readonly dState: StateNumbers;
  readonly dParameters: Readonly<Record<string, Numbers>>;
}

/** A network of the cell with weights from a seed. The output of cells that have a width of their own for it is H + 1. */
export function makeNetwork(
  cell: CellDefinition,
  sizes: CaseSizes,
  dtype: "f32" | "f64",
  seed = 1,
  inside: RecurrenceOptions = {},
): Recurrent {
  const { I, H, layers = 1, bidirectional = false } = sizes;
  const outputSize = "output" in cell.extraDims ? { outputSize: H + 1 } : {};
  const net = new Recurrent(cell, {
    inputSize: I,
    hiddenSize: H,
    layers,
    bidirectional,
    dtype,
    ...outputSize,
    ...inside,
  });
  return scattered(net, seed);
}

/**
 * The network with all parameters from U(±1/√H), gains and what else starts at one number among them: a check of ones and zeros
 * sees little. Both dtypes get the same weights, so that their results can be compared.
 */
export function scattered(net: Recurrent, seed: number): Recurrent {
  const roles = Object.values(net.cell.params).map(({ role }) => [role, initialisers.inverseRootHidden]);
  initialise(net, Object.fromEntries(roles), new Rng(seed));
  for (const parameter of net.parameters()) parameter.set(parameter.toArray().map(Math.fround));
  return net;
}

/** Random input, initial states and gradients of everything that comes out. */
export function makeBatch(net: Recurrent, { T, B, I, lengths }: CaseSizes, seed = 2): Batch {
  const rng = new Rng(seed);
  const like = scope(() =>
    noGrad(() => {
      const { dtype } = net.options;
      const inputs = inputTensors(net, besides(net, rng, 1, 1), dtype, false);
      const { output, state } = net.forward(tensorOf(randomNumbers(rng, [1, 1, I]), dtype, false), { inputs });
      return { width: output.shape[2], states: state.map((record) => shapesOf(record)) };
    }),
  );
  const states = (): StateNumbers =>
    like.states.map((record) =>
      Object.fromEntries(Object.entries(record).map(([name, width]) => [name, randomNumbers(rng, [B, width])])),
    );
  const x = randomNumbers(rng, [T, B, I]);
  const rest = { state: states(), dOutput: randomNumbers(rng, [T, B, like.width]), dFinal: states() };
  return { x, lengths, ...rest, inputs: besides(net, rng, T, B) };
}

/** S of every memory: the size of what has no width of its own. */
export const POSITIONS = 5;

/** Random inputs beside x; which positions of a memory there are is a matter of yes and no. */
function besides({ cell, stack }: Recurrent, rng: Rng, T: number, B: number): StateNumbers {
  return stack.map(({ dims }) =>
    Object.fromEntries(
      cell.inputs.map(({ name, dim, per }) => {
        const width = (dims[dim] ?? POSITIONS) * (per === "memory" ? POSITIONS : 1);
        const numbers = randomNumbers(rng, [...(per === "step" ? [T] : []), B, width]);
        const yes = dims[dim] === undefined && per === "sequence";
        return [name, yes ? { ...numbers, data: numbers.data.map((value) => (value > -0.5 ? 1 : 0)) } : numbers];
      }),
    ),
  );
}

/** Inputs beside x as tensors; those that no gradient reaches ask for none. */
export function inputTensors(
  { cell }: Recurrent,
  inputs: StateNumbers,
  dtype: "f32" | "f64",
  requiresGrad: boolean,
): Readonly<Record<string, Tensor>>[] {
  const reached = new Set(planCell(cell).bindings.dInputs.map(({ name }) => name));
  const memories = new Set(cell.inputs.flatMap(({ name, per }) => (per === "memory" ? [name] : [])));
  const shaped = (name: string, { shape, data }: Numbers): Numbers =>
    memories.has(name) ? { shape: [shape[0], POSITIONS, shape[1] / POSITIONS], data } : { shape, data };
  return inputs.map((record) =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]) => [
        name,
        tensorOf(shaped(name, value), dtype, requiresGrad && reached.has(name)),
      ]),
    ),
  );
}

/** Forward and backward of L = Σ output·dOutput + Σ final·dFinal; with `rng`, what the network drops is dropped. */
export function runCase(net: Recurrent, batch: Batch, rng?: Rng): Outcome {
  const { dtype } = net.options;
  for (const parameter of net.parameters()) parameter.grad = null;
  return scope(() => {
    const x = tensorOf(batch.x, dtype, true);
    const state = stateTensors(batch.state, dtype, true);
    const inputs = inputTensors(net, batch.inputs, dtype, true);
    const { output, state: final } = net.forward(x, { state, inputs, lengths: batch.lengths, rng });
    lossOf(output, final, batch).backward();
    return {
      output: numbersOf(output),
      final: final.map(recordNumbers),
      dx: gradientOf(x),
      dInputs: inputs.map((record) => mapRecord(record, gradientOf)),
      dState: state.map((record) => mapRecord(record, gradientOf)),
      dParameters: mapRecord(Object.fromEntries(net.namedParameters()), gradientOf),
    };
  });
}

/** Forward alone, without a tape: the plan that keeps nothing. */
export function inferCase(net: Recurrent, batch: Batch): Pick<Outcome, "output" | "final"> {
  const { dtype } = net.options;
  return scope(() =>
    noGrad(() => {
      const state = stateTensors(batch.state, dtype, false);
      const inputs = inputTensors(net, batch.inputs, dtype, false);
      const result = net.forward(tensorOf(batch.x, dtype, false), { state, inputs, lengths: batch.lengths });
      return { output: numbersOf(result.output), final: result.state.map(recordNumbers) };
    }),
  );
}

/** L of a batch, on the tape. */
export function lossOf(output: Tensor, final: RecurrentState, { dOutput, dFinal }: Batch): Tensor {
  let loss = output.constant(0);
  if (dOutput !== undefined) loss = loss.add(output.mul(tensorOf(dOutput, output.dtype as "f32", false)).sum());
  final.forEach((record, i) => {
    for (const [name, value] of Object.entries(record)) {
      const d = dFinal[i]?.[name];
      if (d !== undefined) loss = loss.add(value.mul(tensorOf(d, value.dtype as "f32", false)).sum());
    }
  });
  return loss;
}

export function stateTensors(state: StateNumbers, dtype: "f32" | "f64", requiresGrad: boolean): RecurrentState {
  return state.map((record) => mapRecord(record, (value) => tensorOf(value, dtype, requiresGrad)));
}

export function recordNumbers(record: Readonly<Record<string, Tensor>>): Record<string, Numbers> {
  return mapRecord(record, numbersOf);
}

/** The batch of these rows, in this order. */
export function rowsOf(batch: Batch, rows: readonly number[]): Batch {
  const pick = (state: StateNumbers): StateNumbers => state.map((record) => mapRecord(record, (v) => take(v, 0, rows)));
  return {
    x: take(batch.x, 1, rows),
    lengths: batch.lengths === undefined ? undefined : rows.map((row) => batch.lengths![row]),
    state: pick(batch.state),
    inputs: batch.inputs.map((record) => mapRecord(record, (v) => take(v, v.shape.length - 2, rows))),
    dOutput: batch.dOutput && take(batch.dOutput, 1, rows),
    dFinal: pick(batch.dFinal),
  };
}

/** Steps `from … to − 1` of a batch whose rows all last. */
export function stepsOf(batch: Batch, from: number, to: number): Batch {
  const steps = range(from, to);
  const perStep = (v: Numbers): Numbers => (v.shape.length === 3 ? take(v, 0, steps) : v);
  const inputs = batch.inputs.map((record) => mapRecord(record, perStep));
  return { ...batch, x: take(batch.x, 0, steps), inputs, dOutput: batch.dOutput && take(batch.dOutput, 0, steps) };
}

/** A row of a batch as a batch of its own, no longer than the row is. */
export function aloneOf(batch: Batch, row: number): Batch {
  const { lengths, ...one } = rowsOf(batch, [row]);
  return stepsOf(one, 0, lengths?.[0] ?? batch.x.shape[0]);
}

/** The record with every value replaced. */
export function mapRecord<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}

/** The gradient of a leaf; zeros where the loss does not reach it. */
export function gradientOf(tensor: Tensor): Numbers {
  if (tensor.grad !== null) return numbersOf(tensor.grad);
  return { shape: [...tensor.shape], data: new Float64Array(tensor.size) };
}

function shapesOf(record: Readonly<Record<string, Tensor>>): Record<string, number> {
  return mapRecord(record, ({ shape }) => shape[1]);
}
