/** Forward and backward of a plan over one stretch of time: what a layer does once, or segment by segment. */
import { runtime } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import type { Plan } from "./plan-format.js";
import type { ParameterGradients } from "./layer-gradients.js";
import { finalRows, ownerRows, type Stretch } from "./rows.js";
import type { TableProducts, TableSums } from "./table-products.js";
import { type PackedWeights, type Sized, Workspace } from "./workspace.js";

/** A value per state, each [B, its width]. */
export type StateRows = Readonly<Record<string, Tensor | undefined>>;

/** What a plan runs on. */
export interface Setting {
  readonly sized: Sized;
  readonly weights: PackedWeights;
  /** Products of the distinct rows of x, where those stand for x. */
  readonly table: TableProducts | null;
  /** [R, I], all packed rows. */
  readonly x: Tensor;
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** Inputs beside x: all packed rows of those per step, one row per sequence of the others, S of a memory. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** x and initial states in (zero where absent), everything the plan keeps in the workspace. */
export function forwardPass(
  { sized, weights, table, x, parameters, inputs }: Setting,
  { rows, first }: Stretch,
  initial: StateRows,
): Workspace {
  const { bindings } = sized.plan;
  const work = new Workspace(sized, rows);
  const [input, ...beside] = bindings.inputs;
  let sequences: Tensor | null = null;
  if (table === null) work.bind(input.buffer, stretchOf(x, { rows, first }));
  else table.fill(work, first);
  const kernels = runtime().kernels(sized.dtype);
  for (const { name, buffer, spread } of beside) {
    if (spread === true) {
      const [all, width] = [work.tensor(buffer), inputs[name].shape[1]];
      const owners = (sequences ??= Tensor.from(ownerRows(rows)));
      kernels.gatherRows(all.ptr, inputs[name].ptr, owners.ptr, rows.rows, width);
    } else work.bind(buffer, rowsFor(sized.plan, buffer, inputs[name], { rows, first }));
  }
  for (const { param, buffer } of bindings.vectors) work.bind(buffer, parameters[param]);
  for (const { name, dim, history } of bindings.states) {
    const start = work.tensor(history);
    const state = initial[name];
    if (state === undefined) kernels.fill(start.ptr, 0, rows.batch * sized.dims[dim]);
    else kernels.copy(start.ptr, state.ptr, rows.batch * sized.dims[dim]);
  }
  work.run("forward", weights);
  return work;
}

/** Where the gradients of a backward pass come from and go to. */
export interface BackwardSetting {
  /** Transposed. */
  readonly weights: PackedWeights;
  /** [R, O], all packed rows; null: zero. */
  readonly dOutput: Tensor | null;
  /** Running gradients of the states: of the final ones on the way in, of the initial ones on the way out. */
  readonly running: Readonly<Record<string, Tensor>>;
  /** Gradients of states after every step, each [R, its width], and where the plan looks for them; null: zero. */
  readonly traces: readonly { readonly buffer: number; readonly gradient: Tensor | null }[];
  /** [R, I], all packed rows; null: nobody asks for it. */
  readonly dX: Tensor | null;
  /** Of the inputs beside x that ask for one, shaped like them; what adds up over time holds the sum so far. */
  readonly dInputs: Readonly<Record<string, Tensor>>;
  readonly parameters: ParameterGradients;
  readonly sums: TableSums | null;
}

/** Walk a stretch back. It writes over what `forwardPass` kept. */
export function backwardPass(work: Workspace, { first }: Stretch, setting: BackwardSetting): void {
  const { bindings } = work.plan;
  const { weights, dOutput, running, traces, dX, dInputs, parameters, sums } = setting;
  const at = { rows: work.rows, first };
  const arriving = [...traces, ...(bindings.dOutput === null ? [] : [{ buffer: bindings.dOutput, gradient: dOutput }])];
  for (const { buffer, gradient } of arriving) {
    work.bind(buffer, gradient === null ? work.zeros(buffer) : stretchOf(gradient, at));
  }
  for (const { name, carry } of bindings.states) if (carry !== null) work.bind(carry, running[name]);
  for (const { name, buffer } of bindings.dInputs) {
    const gradient = name === "x" ? dX : (dInputs[name] ?? null);
    if (gradient !== null) work.bind(buffer, rowsFor(work.plan, buffer, gradient, at));
  }
  work.run("backward", weights);
  sums?.add(work, first);
  parameters.add(work);
}

/** The output of every row, [R, O]: a view of where the plan put it. */
export function outputRows(work: Workspace): Tensor {
  const { buffer } = work.plan.bindings.output;
  const { kind, dim } = work.plan.buffers[buffer];
  const { batch, rows } = work.rows;
  const width = work.dims[dim];
  return work.tensor(buffer).view([rows, width], (kind === "history" ? batch : 0) * width);
}

/** Every state after every step, each [R, its width]: views of where the plan put them. */
export function allStates(work: Workspace): Record<string, Tensor> {
  const { batch, rows } = work.rows;
  return Object.fromEntries(
    work.plan.bindings.states.map(({ name, dim, history }) => {
      const width = work.dims[dim];
      return [name, work.tensor(history).view([rows, width], batch * width)];
    }),
  );
}

/** Each sequence's state after its own last step: a view where all end together. */
export function finalStates(work: Workspace): Record<string, Tensor> {
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

/** What a stretch sees of an input: its own packed rows, or all sequences. */
function rowsFor({ buffers }: Plan, buffer: number, x: Tensor, at: Stretch): Tensor {
  return buffers[buffer].kind === "sequence" ? stretchOf(x, at) : x;
}

/** The rows of a stretch of a packed tensor. */
function stretchOf(x: Tensor, { rows, first }: Stretch): Tensor {
  return x.view([rows.rows, x.shape[1]], first * x.shape[1]);
}
