/** What training a layer costs in memory, reckoned from its plan before anything runs. */
import { packedSize } from "../runtime/index.js";
import type { CellDefinition } from "./define.js";
import { frameWords, WORD } from "./frame.js";
import type { Direction } from "./interpret.js";
import { planCell } from "./plan.js";
import type { Plan } from "./plan-format.js";
import { buffersOf, bufferRows, weightExtent } from "./workspace.js";

export interface MemorySizes {
  /** B. */
  readonly batch: number;
  /** T. */
  readonly steps: number;
  /** Size of each of the cell's widths: I as `input`, H as `hidden`, its own by name. */
  readonly dims: Readonly<Record<string, number>>;
  /** Steps of a segment (`Recurrent.forward`'s option); default: all. */
  readonly segment?: number;
  /** Whether the gradient of the input is asked for, default true. */
  readonly inputGradient?: boolean;
}

/** Bytes of the heap, float32. */
export interface TrainingBytes {
  /** What lies between the forward and the backward pass, the output included. */
  readonly kept: number;
  /** The most that is in use at once. */
  readonly peak: number;
}

/** Allocations start on a cache line. */
const LINE = 64;

/**
 * Bytes of the heap that a training pass of one layer in one direction takes: work space, packed weights, output, and the
 * gradients of input, states and parameters. Not counted: x, the gradient that arrives at the output, and the parameters
 * with what belongs to them from step to step. All sequences have T steps; padding only makes it less.
 *
 * @example predictedBytes(lstm, { batch: 2, steps: 10_000, dims: { input: 8, hidden: 64 }, segment: 100 }).peak
 */
export function predictedBytes(cell: CellDefinition, sizes: MemorySizes): TrainingBytes {
  const { batch, steps, dims, segment = Infinity, inputGradient = true } = sizes;
  /** What has no width of the cell's is one number per row. */
  const width = (dim: string): number => dims[dim] ?? 1;
  const cut = segment < steps;
  const own = Math.min(segment, steps);
  const [train, infer] = [planCell(cell, "train"), planCell(cell, "infer")];
  const rows = { batch, rows: own * batch };
  const packed = (plan: Plan, direction: Direction): number =>
    total(
      plan.weights.map((weight, i) => {
        const { n, k } = weightExtent({ plan, dims }, i);
        return weight.transposed === (direction === "backward") ? packedSize(n, k) : 0;
      }),
    );
  const buffers = (plan: Plan, ids: Iterable<number>): number =>
    total(
      [...ids].map(
        (i) => bufferRows(plan.buffers[i], rows, dims) * plan.buffers[i].blocks * width(plan.buffers[i].dim),
      ),
    );
  const frame = (plan: Plan): number => total([frameWords(plan, own)]) * (WORD / 4);

  const states = total(cell.states.map(({ dim }) => batch * dims[dim]));
  const forward = (plan: Plan): number => buffers(plan, forwardBuffers(plan));
  const gradients = parameterBytes(cell, train, dims) + (inputGradient ? total([steps * batch * dims["input"]]) : 0);
  const back =
    packed(train, "backward") +
    states +
    gradients +
    buffers(train, backwardBuffers(train, inputGradient)) +
    frame(train);

  const segments = Math.ceil(steps / own);
  const kept =
    packed(train, "forward") +
    (cut ? total([steps * batch * dims[cell.outputDim]]) + segments * states : forward(train));
  const ahead = cut ? packed(infer, "forward") + forward(infer) + frame(infer) : frame(train);
  return { kept, peak: kept + Math.max(ahead, back + (cut ? forward(train) : 0)) };
}

/** The buffers that a forward pass makes: those it touches, but for its inputs as they are given and the parameters, and every state. */
function forwardBuffers(plan: Plan): Set<number> {
  const { inputs, vectors, states } = plan.bindings;
  const made = new Set(buffersOf(plan, "forward"));
  for (const { buffer } of [...givenInputs(inputs), ...vectors]) made.delete(buffer);
  for (const { history } of states) made.add(history);
  return made;
}

/** The buffers that a backward pass makes in addition. */
function backwardBuffers(plan: Plan, inputGradient: boolean): Set<number> {
  const { inputs, vectors, states, dInputs, dOutput } = plan.bindings;
  const made = new Set(buffersOf(plan, "backward"));
  for (const i of forwardBuffers(plan)) made.delete(i);
  const given = [...givenInputs(inputs), ...vectors, ...(inputGradient ? dInputs : [])].map(({ buffer }) => buffer);
  for (const i of [...given, dOutput, ...states.map(({ carry }) => carry)]) if (i !== null) made.delete(i);
  return made;
}

/** The inputs that lie in memory as they are given. */
function givenInputs(inputs: Plan["bindings"]["inputs"]): Plan["bindings"]["inputs"] {
  return inputs.filter(({ spread }) => spread !== true);
}

/** Gradients of the parameters; biases that have the same one share it. */
function parameterBytes(cell: CellDefinition, plan: Plan, dims: Readonly<Record<string, number>>): number {
  const whole = new Map<string, number>();
  for (const gradient of plan.gradients) {
    const spec = cell.params[gradient.param];
    const height = (spec.rows.gates?.length ?? 1) * dims[spec.rows.dim];
    const size = spec.kind === "matrix" ? height * dims[spec.cols] : height;
    const shared = gradient.kind === "vector" && gradient.blocks * dims[gradient.dim] === size;
    const { buffer, block } = gradient.kind === "vector" ? gradient.source : gradient.dY;
    whole.set(shared ? `${buffer}.${block}.${gradient.blocks}` : gradient.param, size);
  }
  return total([...whole.values()]);
}

/** Bytes of allocations of so many float32 each. */
function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + Math.ceil((4 * size) / LINE) * LINE, 0);
}
