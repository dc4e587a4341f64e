/** Parameter gradients from what the backward loop left behind: one product per linear map, one column sum per vector. */
import { runtime } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import type { Workspace } from "./layer.js";
import type { Plan, PlanGradient, Slot } from "./plan-format.js";
import { previousRows } from "./rows.js";

/** ∂L/∂parameter for every parameter that asks for it and that the loss reaches. */
export function parameterGradients(
  plan: Plan,
  work: Workspace,
  parameters: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const kernels = runtime().kernels(work.dtype);
  const { rows, dims } = work;
  const gradients: Record<string, Tensor> = {};
  /** A gradient that several blocks write starts at zero, one that is written whole does not need to. */
  const target = (param: string, whole: boolean): { into: Tensor; accumulate: boolean } => {
    const known = gradients[param];
    if (known !== undefined) return { into: known, accumulate: true };
    const parameter = parameters[param];
    const into = Tensor.empty(parameter.shape, work.dtype);
    if (!whole) kernels.fill(into.ptr, 0, into.size);
    gradients[param] = into;
    return { into, accumulate: !whole };
  };
  const at = (slot: Slot): number =>
    work.tensor(slot.buffer).ptr + slot.block * dims[width(plan, slot)] * kernels.bytes;
  const lead = (slot: Slot): number => plan.buffers[slot.buffer].blocks * dims[width(plan, slot)];

  let previous: Tensor | null = null;
  const sums = new Map<string, Tensor>();
  for (const gradient of plan.gradients) {
    const parameter = parameters[gradient.param];
    if (!parameter.requiresGrad) continue;
    if (gradient.kind === "weight") {
      const { dY, u, firstBlock, blocks, rowDim, colDim } = gradient;
      const [m, n] = [blocks * dims[rowDim], dims[colDim]];
      const { into, accumulate } = target(gradient.param, m * n === parameter.size);
      let [source, map] = [at(u), 0];
      if (u.at === "previous" && !rows.full) map = (previous ??= Tensor.from(previousRows(rows))).ptr;
      if (u.at === "current") source += rows.batch * lead(u) * kernels.bytes;
      const out = into.ptr + firstBlock * dims[rowDim] * n * kernels.bytes;
      kernels.gemmTN(out, at(dY), lead(dY), source, lead(u), map, rows.rows, m, n, accumulate);
      continue;
    }
    const { source, firstBlock, blocks, dim } = gradient;
    const n = blocks * dims[dim];
    const shared = sums.get(sumKey(gradient));
    if (shared !== undefined && n === parameter.size) {
      gradients[gradient.param] = shared;
      continue;
    }
    const { into, accumulate } = target(gradient.param, n === parameter.size);
    const out = into.ptr + firstBlock * dims[dim] * kernels.bytes;
    kernels.columnSum(out, at(source), lead(source), rows.rows, n, accumulate);
    if (n === parameter.size) sums.set(sumKey(gradient), into);
  }
  return gradients;
}

function width(plan: Plan, slot: Slot): string {
  return plan.buffers[slot.buffer].dim;
}

/** Biases that enter side by side have the same gradient: it is summed once. */
function sumKey({ source, blocks }: Extract<PlanGradient, { kind: "vector" }>): string {
  return `${source.buffer}.${source.block}.${blocks}`;
}
