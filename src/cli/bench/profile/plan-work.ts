/** What the parts of an emitted plan do, and on whose account: a probe that books each tick. */
import { planParts, type PlanPart } from "../../../cell/emit/index.js";
import type { Plan } from "../../../cell/plan-format.js";
import type { PlanProbe } from "../../../cell/probe.js";
import { JAVASCRIPT } from "./kernel-work.js";
import type { Group, Ledger, Phase, Work } from "./ledger.js";

const PRODUCTS: Readonly<Record<PlanPart["section"], Group>> = {
  hoist: "hoisted products",
  forward: "recurrent products",
  backward: "recurrent products, backward",
  sink: "sunk products",
};
const PASSES: Readonly<Record<PlanPart["section"], Group>> = {
  hoist: "element-wise program",
  forward: "element-wise program",
  backward: "element-wise program, backward",
  sink: "element-wise program, backward",
};
const WAITING: Phase = { group: "waiting for threads", detail: "" };

/**
 * A probe that books every part of every plan on `ledger`.
 *
 * @param layer the name of the layer that is about to run
 * @param threads with more than one, what follows the last part is waiting
 */
export function bookedPlans(ledger: Ledger, layer: () => string, threads: number): PlanProbe {
  let phases: Phase[] = [];
  return {
    begin(plan, direction, { rows, dims }) {
      ledger.lap(JAVASCRIPT);
      const name = layer();
      const parts = planParts(plan);
      phases = parts.map((part) => phaseOf(plan, part, name));
      const sections = direction === "forward" ? ["hoist", "forward"] : ["backward", "sink"];
      parts.forEach((part, i) => {
        if (sections.includes(part.section)) ledger.work(phases[i], workOf(plan, part, rows, dims));
      });
      // What the accounts themselves took is nobody's.
      ledger.lap(JAVASCRIPT);
    },
    tick: (part) => ledger.lap(phases[part]),
    end: () => ledger.lap(threads > 1 ? WAITING : JAVASCRIPT),
  };
}

/** The account of a part: the stage is named where the section has several. */
function phaseOf(plan: Plan, { section, index, work }: PlanPart, layer: string): Phase {
  const stages = plan[section].length;
  const group = (work === "products" ? PRODUCTS : PASSES)[section];
  return { group, detail: stages > 1 ? `${layer}, stage ${index + 1}` : layer };
}

/** Products: 2·R·N·K. Passes: every load and store of a column but those of vectors, which stay in registers or L1. */
export function workOf(plan: Plan, part: PlanPart, rows: number, dims: Readonly<Record<string, number>>): Work {
  if (part.work === "products") {
    const flops = part.stage.matmuls.map(({ weight }) => {
      const { blocks, rowDim, colDim } = plan.weights[weight];
      return 2 * rows * blocks * dims[rowDim] * dims[colDim];
    });
    return { flops: flops.reduce((sum, each) => sum + each, 0) };
  }
  let [read, written] = [0, 0];
  for (const { dim, code } of part.stage.passes) {
    for (const instruction of code) {
      if (!("slot" in instruction) || plan.buffers[instruction.slot.buffer].kind === "vector") continue;
      if (instruction.op === "load") read += 4 * rows * dims[dim];
      else written += 4 * rows * dims[dim];
    }
  }
  return { read, written };
}
