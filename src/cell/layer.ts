/**
 * One layer in one direction, on packed rows: the recurrent operation of the tape.
 *
 * Everything below this file is one call into the machine per pass over a stretch of time; everything above it (lengths,
 * reversal, stacking, both directions) only permutes rows.
 */
import { type DistinctRows, record, recording, scope, Tensor } from "../tensor/index.js";
import { runtime, type FloatType } from "../runtime/index.js";
import type { CellDefinition } from "./define.js";
import { inputProducts } from "./input-products.js";
import { ParameterGradients } from "./layer-gradients.js";
import { planCell } from "./plan.js";
import type { Plan } from "./plan-format.js";
import { cutRows, type Rows, type Stretch } from "./rows.js";
import {
  allStates,
  backwardPass,
  finalStates,
  forwardPass,
  outputRows,
  type Setting,
  type StateRows,
} from "./stretch.js";
import { fed, fewRows } from "./table-products.js";
import { tracedPlan } from "./traced-plan.js";
import { PackedWeights, type Workspace } from "./workspace.js";

export interface LayerInput {
  readonly cell: CellDefinition;
  /** Sizes of the cell's widths, S as `positions` where it has memories. */
  readonly dims: Readonly<Record<string, number>>;
  readonly rows: Rows;
  /** [R, I], packed. */
  readonly x: Tensor;
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** Initial states in sorted order, each [B, its width]; zero where absent. */
  readonly initial: StateRows;
  /** The cell's inputs beside x: per step [R, its width], packed; per sequence [B, its width], memories [B·S, its width], in sorted order. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
  /**
   * Steps of a segment; default: all. Between segments only the states are kept, and the backward pass makes the rest
   * again, one segment at a time, the last one first.
   */
  readonly segment?: number;
  /** Whether the states of all steps are asked for, default false. */
  readonly trace?: boolean;
}

export interface LayerOutput {
  /** [R, O], packed. */
  readonly output: Tensor;
  /** Every sequence's state after its own last step, in sorted order, each [B, its width]. */
  readonly final: Readonly<Record<string, Tensor>>;
  /** Every state after every step, each [R, its width], packed; empty unless `trace` was asked for. */
  readonly states: Readonly<Record<string, Tensor>>;
}

/** A forward pass, and how to have what its backward pass reads. */
interface Passage extends LayerOutput {
  readonly stretches: readonly Stretch[];
  /** The workspace of stretch `index`, as the plan for training leaves it. */
  readonly kept: (index: number) => Workspace;
}

/** Run a cell over packed rows. Shapes are the caller's business: nn checks them at the door. */
export function runLayer(input: LayerInput): LayerOutput {
  const { cell, x, parameters, initial } = input;
  const names = Object.keys(cell.params);
  const given = cell.states.filter(({ name }) => initial[name] !== undefined);
  const beside = cell.inputs.map(({ name }) => input.inputs![name]);
  const rest = [...beside, ...names.map((name) => parameters[name]), ...given.map(({ name }) => initial[name]!)];
  const train = recording([x, ...rest]);
  const own = planCell(cell, train ? "train" : "infer");
  const { plan, gradients: traces } = input.trace === true ? tracedPlan(own) : { plan: own, gradients: [] };
  const distinct = inputProducts(plan) === null ? null : fewRows(x);
  const setting = settingOf(plan, input, distinct);
  const stretches = cutRows(input.rows, input.segment ?? Infinity);
  const { output, final, states, kept } =
    stretches.length === 1 ? inOne(setting, input) : inSegments(setting, input, stretches, distinct);

  const { sized, table } = setting;
  const source = table?.rows ?? x;
  const count = cell.states.length;
  record(
    [output, ...cell.states.map(({ name }) => final[name]), ...Object.values(states)],
    [source, ...rest],
    ([dOutput, ...dStates]) => {
      const sums = table?.sums(sized) ?? null;
      const back = {
        weights: new PackedWeights(sized, parameters, "backward"),
        dOutput,
        running: runningGradients(input, sized.dtype, dStates.slice(0, count)),
        traces: traces.map((buffer, i) => ({ buffer, gradient: dStates[count + i] })),
        dX: table === null && x.requiresGrad ? x.emptyLike() : null,
        dInputs: inputGradients(plan, beside, input),
        parameters: new ParameterGradients(sized, parameters, sums),
        sums,
      };
      for (let k = stretches.length - 1; k >= 0; k--) scope(() => backwardPass(kept(k), stretches[k], back));
      const d = back.parameters.finish();
      return [
        source.requiresGrad ? (sums?.gradient(back.weights) ?? back.dX) : null,
        ...cell.inputs.map(({ name }) => back.dInputs[name] ?? null),
        ...names.map((name) => d[name] ?? null),
        ...given.map(({ name }) => back.running[name]),
      ];
    },
    cell.name,
  );
  return { output, final, states };
}

function settingOf(
  plan: Plan,
  { dims, x, parameters, inputs = {} }: LayerInput,
  distinct: DistinctRows | null,
): Setting {
  const feed = fed(plan, distinct);
  const sized = { plan: feed.plan, dims, dtype: x.dtype as FloatType };
  const weights = new PackedWeights(sized, parameters, "forward");
  feed.table?.multiply(sized, weights);
  return { sized, weights, table: feed.table, x, parameters, inputs };
}

/** Where the gradients of the inputs beside x go, for those that ask and have one; what adds up over time starts at zero. */
function inputGradients(
  { bindings }: Plan,
  beside: readonly Tensor[],
  { cell }: LayerInput,
): Readonly<Record<string, Tensor>> {
  const made: Record<string, Tensor> = {};
  cell.inputs.forEach(({ name, per }, i) => {
    const reached = bindings.dInputs.some((input) => input.name === name);
    const { requiresGrad, shape, dtype } = beside[i];
    if (reached && requiresGrad)
      made[name] = per === "step" ? beside[i].emptyLike() : Tensor.zeros(shape, dtype as FloatType);
  });
  return made;
}

/** All steps at once; what the backward pass reads stays where it is. */
function inOne(setting: Setting, { rows, initial, trace = false }: LayerInput): Passage {
  const stretch = { rows, first: 0 };
  let work: Workspace | null = forwardPass(setting, stretch, initial);
  const [output, final, states] = [outputRows(work), finalStates(work), trace ? allStates(work) : {}];
  // The backward pass writes its gradients over what the forward pass kept: a second one needs that made again.
  const kept = (): Workspace => {
    const once = work ?? forwardPass(setting, stretch, initial);
    work = null;
    return once;
  };
  return { output, final, states, stretches: [stretch], kept };
}

/** Segment by segment by the plan that keeps nothing; of each only the output and the states at its end stay. */
function inSegments(
  setting: Setting,
  input: LayerInput,
  stretches: readonly Stretch[],
  distinct: DistinctRows | null,
): Passage {
  const { cell, dims, rows, trace = false } = input;
  const { dtype } = setting.sized;
  const kernels = runtime().kernels(dtype);
  const output = Tensor.empty([rows.rows, dims[cell.outputDim]], dtype);
  const ends = stretches.map(() =>
    Object.fromEntries(cell.states.map(({ name, dim }) => [name, Tensor.empty([rows.batch, dims[dim]], dtype)])),
  );
  const traced = trace ? cell.states : [];
  const states = Object.fromEntries(traced.map(({ name, dim }) => [name, Tensor.empty([rows.rows, dims[dim]], dtype)]));
  const starts: readonly StateRows[] = [input.initial, ...ends];
  scope(() => {
    const plan = planCell(cell, "infer");
    const forward = setting.sized.plan.mode === "infer" ? setting : settingOf(plan, input, distinct);
    stretches.forEach((stretch, k) =>
      scope(() => {
        const work = forwardPass(forward, stretch, starts[k]);
        const put = (into: Tensor, made: Tensor): void =>
          kernels.copy(into.ptr + stretch.first * made.shape[1] * kernels.bytes, made.ptr, made.size);
        put(output, outputRows(work));
        if (trace) for (const [name, made] of Object.entries(allStates(work))) put(states[name], made);
        for (const [name, end] of Object.entries(finalStates(work))) kernels.copy(ends[k][name].ptr, end.ptr, end.size);
      }),
    );
  });
  return { output, final: ends.at(-1)!, states, stretches, kept: (k) => forwardPass(setting, stretches[k], starts[k]) };
}

/** What the running gradient of each state starts from, in memory of its own: the gradient of the final state. */
function runningGradients(
  { cell, rows, dims }: LayerInput,
  dtype: FloatType,
  dFinal: readonly (Tensor | null)[],
): Record<string, Tensor> {
  const kernels = runtime().kernels(dtype);
  const running: Record<string, Tensor> = {};
  cell.states.forEach(({ name, dim }, i) => {
    const size = rows.batch * dims[dim];
    const end = dFinal[i];
    running[name] = Tensor.empty([rows.batch, dims[dim]], dtype);
    if (end === null) kernels.fill(running[name].ptr, 0, size);
    else kernels.copy(running[name].ptr, end.ptr, size);
  });
  return running;
}
