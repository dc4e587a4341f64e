/** What the equations of a model ask for, whatever a program finds to save. */
import { widthsOf } from "../../../cell/define.js";
import { matmulFlops } from "../../../cell/executor.js";
import { planCell } from "../../../cell/plan.js";
import type { Plan } from "../../../cell/plan-format.js";
import { BENCH_CELLS } from "../custom-cells.js";
import { outputRows, outputWidth } from "../models.js";
import type { Workload } from "../workloads.js";

/**
 * Floating-point operations of the matrix products of one step: every layer for every row, the output layer, and in
 * training their gradients with respect to inputs and weights. Inputs that are given ask for no gradient.
 */
export function modelFlops(workload: Workload): number {
  const { B, H, L, emb, input, bidirectional = false, phase } = workload;
  const directions = bidirectional ? 2 : 1;
  const rows = workload.T! * B;
  const cell = BENCH_CELLS[workload.cell];
  const plan = planCell(cell, phase === "train" ? "train" : "infer");
  let flops = 0;
  let width = emb ?? input!;
  for (let layer = 0; layer < L; layer++) {
    const dims = widthsOf(cell, { input: width, hidden: H });
    const given = layer === 0 && emb === undefined;
    flops += directions * layerFlops(given ? { ...plan, sink: [] } : plan, rows, dims);
    width = directions * dims[cell.outputDim];
  }
  const output = 2 * outputRows(workload) * outputWidth(workload) * width;
  return flops + output * (phase === "train" ? 3 : 1);
}

function layerFlops(plan: Plan, rows: number, dims: Readonly<Record<string, number>>): number {
  const products = matmulFlops(plan, "forward", { rows, dims }) + matmulFlops(plan, "backward", { rows, dims });
  const weights = plan.gradients.map((gradient) => {
    if (gradient.kind !== "weight") return 0;
    return 2 * rows * gradient.blocks * dims[gradient.rowDim] * dims[gradient.colDim];
  });
  return products + weights.reduce((sum, each) => sum + each, 0);
}
