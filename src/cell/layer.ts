/**
 * One layer in one direction, on packed rows: the recurrent operation of the tape.
 *
 * Everything below this file is one call into the machine per pass over time; everything above it (lengths, reversal,
 * stacking, both directions) only permutes rows.
 */
import { record, recording, Tensor } from "../tensor/index.js";
import { packedSize, runtime, type FloatType } from "../runtime/index.js";
import type { CellDefinition } from "./define.js";
import { executorFor } from "./executor.js";
import type { Frame } from "./frame.js";
import { parameterGradients } from "./layer-gradients.js";
import { planCell } from "./plan.js";
import type { Plan, PlanBuffer } from "./plan-format.js";
import { finalRows, type Rows } from "./rows.js";

export interface LayerInput {
  readonly cell: CellDefinition;
  /** Sizes of the cell's widths. */
  readonly dims: Readonly<Record<string, number>>;
  readonly rows: Rows;
  /** [R, I], packed. */
  readonly x: Tensor;
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** Initial states in sorted order, each [B, its width]; zero where absent. */
  readonly initial: Readonly<Record<string, Tensor | undefined>>;
}

export interface LayerOutput {
  /** [R, O], packed. */
  readonly output: Tensor;
  /** Every sequence's state after its own last step, in sorted order, each [B, its width]. */
  readonly final: Readonly<Record<string, Tensor>>;
}

/** Run a cell over packed rows. Shapes are the caller's business: nn checks them at the door. */
export function runLayer(input: LayerInput): LayerOutput {
  const { cell, dims, rows, x, parameters, initial } = input;
  const dtype = x.dtype as FloatType;
  const names = Object.keys(cell.params);
  const given = cell.states.filter(({ name }) => initial[name] !== undefined);
  const inputs = [x, ...names.map((name) => parameters[name]), ...given.map(({ name }) => initial[name]!)];
  const train = recording(inputs);
  const plan = planCell(cell, train ? "train" : "infer");
  const work = forwardPass(plan, input);
  const { output: slot } = plan.bindings;
  const outputs = work.tensor(slot.buffer);
  const skip = plan.buffers[slot.buffer].kind === "history" ? rows.batch : 0;
  const output = outputs.view([rows.rows, dims[cell.outputDim]], skip * dims[cell.outputDim]);
  const kernels = runtime().kernels(dtype);
  const ends = rows.full ? null : Tensor.from(finalRows(rows));
  const final: Record<string, Tensor> = {};
  for (const { name, dim, history } of plan.bindings.states) {
    const states = work.tensor(history);
    const width = dims[dim];
    if (ends === null) {
      final[name] = states.view([rows.batch, width], rows.rows * width);
      continue;
    }
    final[name] = Tensor.empty([rows.batch, width], dtype);
    kernels.gatherRows(final[name].ptr, states.ptr, ends.ptr, rows.batch, width);
  }

  let spent = false;
  record(
    [output, ...cell.states.map(({ name }) => final[name])],
    inputs,
    ([dOutput, ...dFinal]) => {
      // The backward pass writes its gradients over what the forward pass kept: a second one needs that made again.
      const kept = spent ? forwardPass(plan, input) : work;
      spent = true;
      const { bindings } = plan;
      if (bindings.dOutput !== null) kept.bind(bindings.dOutput, dOutput ?? kept.zeros(bindings.dOutput));
      bindings.states.forEach(({ dim, carry }, i) => {
        if (carry === null) return;
        const running = kept.tensor(carry);
        const end = dFinal[i];
        if (end === null) kernels.fill(running.ptr, 0, rows.batch * dims[dim]);
        else kernels.copy(running.ptr, end.ptr, rows.batch * dims[dim]);
      });
      kept.pack(parameters, true);
      kept.run("backward");
      const d = parameterGradients(plan, kept, parameters);
      return [
        x.requiresGrad ? kept.tensor(bindings.dInputs[0].buffer) : null,
        ...names.map((name) => d[name] ?? null),
        ...given.map(({ name }) => {
          const state = bindings.states.find((binding) => binding.name === name);
          return state?.carry == null ? null : kept.tensor(state.carry);
        }),
      ];
    },
    cell.name,
  );
  return { output, final };
}

/** The forward half of a run: x and initial states in, everything the plan keeps in the workspace. */
function forwardPass(plan: Plan, { rows, dims, x, parameters, initial }: LayerInput): Workspace {
  const dtype = x.dtype as FloatType;
  const work = new Workspace(plan, rows, dims, dtype);
  work.bind(plan.bindings.inputs[0].buffer, x);
  for (const { param, buffer } of plan.bindings.vectors) work.bind(buffer, parameters[param]);
  const kernels = runtime().kernels(dtype);
  for (const { name, dim, history } of plan.bindings.states) {
    const start = work.tensor(history);
    const first = initial[name];
    if (first === undefined) kernels.fill(start.ptr, 0, rows.batch * dims[dim]);
    else kernels.copy(start.ptr, first.ptr, rows.batch * dims[dim]);
  }
  work.pack(parameters, false);
  work.run("forward");
  return work;
}

/** The buffers and packed weights of one run of a plan, as tensors of the current scope. */
export class Workspace {
  readonly plan: Plan;
  readonly rows: Rows;
  readonly dims: Readonly<Record<string, number>>;
  readonly dtype: FloatType;
  readonly #buffers: (Tensor | undefined)[] = [];
  readonly #weights: (Tensor | undefined)[] = [];

  constructor(plan: Plan, rows: Rows, dims: Readonly<Record<string, number>>, dtype: FloatType) {
    this.plan = plan;
    this.rows = rows;
    this.dims = dims;
    this.dtype = dtype;
  }

  /** Use a tensor of the caller's as a buffer. */
  bind(buffer: number, tensor: Tensor): void {
    this.#buffers[buffer] = tensor;
  }

  /** The memory of a buffer, made when first asked for. */
  tensor(buffer: number): Tensor {
    return (this.#buffers[buffer] ??= Tensor.empty(this.shapeOf(this.plan.buffers[buffer]), this.dtype));
  }

  zeros(buffer: number): Tensor {
    return Tensor.zeros(this.shapeOf(this.plan.buffers[buffer]), this.dtype);
  }

  shapeOf({ kind, dim, blocks }: PlanBuffer): [number, number] {
    const { batch, rows } = this.rows;
    const count = { sequence: rows, history: batch + rows, carry: batch, scratch: batch, vector: 1 }[kind];
    return [count, blocks * this.dims[dim]];
  }

  /** Lay out the weights that one direction of time reads; once, before its loop. */
  pack(parameters: Readonly<Record<string, Tensor>>, transposed: boolean): void {
    const kernels = runtime().kernels(this.dtype);
    this.plan.weights.forEach((weight, index) => {
      if (weight.transposed !== transposed) return;
      const height = weight.blocks * this.dims[weight.rowDim];
      const width = this.dims[weight.colDim];
      const [n, k] = transposed ? [width, height] : [height, width];
      const packed = Tensor.empty([packedSize(n, k)], this.dtype);
      const first = parameters[weight.param].ptr + weight.firstBlock * this.dims[weight.rowDim] * width * kernels.bytes;
      kernels.pack(packed.ptr, first, n, k, transposed ? 1 : width, transposed ? width : 1);
      this.#weights[index] = packed;
    });
  }

  /** One call into the machine: `forward` hoists first, `backward` sinks last. */
  run(direction: "forward" | "backward"): void {
    if (this.rows.rows === 0) {
      if (direction === "backward") for (const { buffer } of this.plan.bindings.dInputs) this.tensor(buffer);
      return;
    }
    const touched = buffersOf(this.plan, direction);
    const { steps, batch, rows, active, offsets } = this.rows;
    const frame: Frame = {
      steps,
      batch,
      rows,
      active,
      offsets,
      dims: this.dims,
      buffers: this.plan.buffers.map((_, i) => (touched.has(i) ? this.tensor(i).ptr : 0)),
      weights: this.plan.weights.map((_, i) => this.#weights[i]?.ptr ?? 0),
    };
    executorFor(this.plan, this.dtype).run(direction, frame);
  }
}

const touchedBuffers = new WeakMap<Plan, Record<string, Set<number>>>();

/** The buffers that a direction reads or writes: the others need no memory yet. */
function buffersOf(plan: Plan, direction: "forward" | "backward"): Set<number> {
  let known = touchedBuffers.get(plan);
  if (known === undefined) {
    const touched = (stages: Plan["forward"]): number[] =>
      stages.flatMap(({ matmuls, passes }) => [
        ...matmuls.flatMap(({ out, a }) => [out.buffer, a.buffer]),
        ...passes.flatMap(({ code }) => code.flatMap((i) => ("slot" in i ? [i.slot.buffer] : []))),
      ]);
    known = {
      forward: new Set(touched([...plan.hoist, ...plan.forward])),
      backward: new Set(touched([...plan.backward, ...plan.sink])),
    };
    touchedBuffers.set(plan, known);
  }
  return known[direction];
}
