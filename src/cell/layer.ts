/**
 * One layer in one direction, on packed rows: the recurrent operation of the tape.
 *
 * Everything below this file is one call into the machine per pass over time; everything above it (lengths, reversal,
 * stacking, both directions) only permutes rows.
 */
import { record, recording, Tensor } from "../tensor/index.js";
import { runtime, type FloatType } from "../runtime/index.js";
import type { CellDefinition } from "./define.js";
import { ParameterGradients } from "./layer-gradients.js";
import { planCell } from "./plan.js";
import { finalRows, type Rows } from "./rows.js";
import { fed, fewRows, type FedPlan } from "./table-products.js";
import { PackedWeights, Workspace, type Sized } from "./workspace.js";

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
  const { cell, x, parameters, initial } = input;
  const names = Object.keys(cell.params);
  const given = cell.states.filter(({ name }) => initial[name] !== undefined);
  const rest = [...names.map((name) => parameters[name]), ...given.map(({ name }) => initial[name]!)];
  const train = recording([x, ...rest]);
  const feed = fed(planCell(cell, train ? "train" : "infer"), fewRows(x));
  const sized: Sized = { plan: feed.plan, dims: input.dims, dtype: x.dtype as FloatType };
  const weights = new PackedWeights(sized, parameters, "forward");
  feed.table?.multiply(sized, weights);
  const forward = (): Workspace => forwardPass(feed, sized, weights, input);
  const work = forward();
  const output = outputRows(work);
  const final = finalStates(work);

  let spent = false;
  const source = feed.table?.rows ?? x;
  record(
    [output, ...cell.states.map(({ name }) => final[name])],
    [source, ...rest],
    ([dOutput, ...dFinal]) => {
      // The backward pass writes its gradients over what the forward pass kept: a second one needs that made again.
      const kept = spent ? forward() : work;
      spent = true;
      const { bindings } = feed.plan;
      const carries = runningGradients(kept, dFinal);
      for (const { name, carry } of bindings.states) if (carry !== null) kept.bind(carry, carries[name]);
      if (bindings.dOutput !== null) kept.bind(bindings.dOutput, dOutput ?? kept.zeros(bindings.dOutput));
      const transposed = new PackedWeights(sized, parameters, "backward");
      kept.run("backward", transposed);
      const sums = feed.table?.sums(sized) ?? null;
      sums?.add(kept, 0);
      const gradients = new ParameterGradients(sized, parameters, sums);
      gradients.add(kept);
      const d = gradients.finish();
      return [
        source.requiresGrad ? (sums?.gradient(transposed) ?? kept.tensor(bindings.dInputs[0].buffer)) : null,
        ...names.map((name) => d[name] ?? null),
        ...given.map(({ name }) => carries[name] ?? null),
      ];
    },
    cell.name,
  );
  return { output, final };
}

/** The forward half of a run: x and initial states in, everything the plan keeps in the workspace. */
function forwardPass({ plan, table }: FedPlan, sized: Sized, weights: PackedWeights, input: LayerInput): Workspace {
  const { rows, dims, x, parameters, initial } = input;
  const work = new Workspace(sized, rows);
  if (table === null) work.bind(plan.bindings.inputs[0].buffer, x);
  else table.fill(work, 0);
  for (const { param, buffer } of plan.bindings.vectors) work.bind(buffer, parameters[param]);
  const kernels = runtime().kernels(sized.dtype);
  for (const { name, dim, history } of plan.bindings.states) {
    const start = work.tensor(history);
    const first = initial[name];
    if (first === undefined) kernels.fill(start.ptr, 0, rows.batch * dims[dim]);
    else kernels.copy(start.ptr, first.ptr, rows.batch * dims[dim]);
  }
  work.run("forward", weights);
  return work;
}

/** The output of every row, [R, O]: a view of where the plan put it. */
function outputRows(work: Workspace): Tensor {
  const { buffer } = work.plan.bindings.output;
  const { kind, dim } = work.plan.buffers[buffer];
  const { batch, rows } = work.rows;
  const width = work.dims[dim];
  return work.tensor(buffer).view([rows, width], (kind === "history" ? batch : 0) * width);
}

/** Each sequence's state after its own last step: a view where all end together. */
function finalStates(work: Workspace): Record<string, Tensor> {
  const { rows, dims, plan } = work;
  const ends = rows.full ? null : Tensor.from(finalRows(rows));
  const final: Record<string, Tensor> = {};
  for (const { name, dim, history } of plan.bindings.states) {
    const states = work.tensor(history);
    const width = dims[dim];
    if (ends === null) {
      final[name] = states.view([rows.batch, width], rows.rows * width);
      continue;
    }
    final[name] = Tensor.empty([rows.batch, width], work.dtype);
    runtime().kernels(work.dtype).gatherRows(final[name].ptr, states.ptr, ends.ptr, rows.batch, width);
  }
  return final;
}

/** What the running gradient of each state starts from, in memory of its own: the gradient of the final state. */
function runningGradients(
  { rows, dims, plan, dtype }: Workspace,
  dFinal: readonly (Tensor | null)[],
): Record<string, Tensor> {
  const kernels = runtime().kernels(dtype);
  const running: Record<string, Tensor> = {};
  plan.bindings.states.forEach(({ name, dim }, i) => {
    const size = rows.batch * dims[dim];
    const end = dFinal[i];
    running[name] = Tensor.empty([rows.batch, dims[dim]], dtype);
    if (end === null) kernels.fill(running[name].ptr, 0, size);
    else kernels.copy(running[name].ptr, end.ptr, size);
  });
  return running;
}
