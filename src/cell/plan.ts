/**
 * From equations to a plan: hoist what does not depend on the state, cut the rest into stages, decide what the backward
 * pass reads back and what it computes again, and lay everything out in as few buffers as the lifetimes allow.
 */
import { hasMemory, type CellDefinition } from "./define.js";
import { derive } from "./derive.js";
import { planBackward } from "./plan-backward.js";
import { planForward } from "./plan-forward.js";
import { ONE, PLAN_VERSION, POSITIONS, type Plan, type Slot } from "./plan-format.js";
import { Storage } from "./storage.js";

const cache = new WeakMap<CellDefinition, Map<string, Plan>>();

/**
 * The plan of a cell. `train` saves what the backward pass needs and has the backward sections; `infer` has neither.
 * Made once per definition and mode.
 */
export function planCell(cell: CellDefinition, mode: Plan["mode"] = "train"): Plan {
  const plans = cache.get(cell) ?? new Map<string, Plan>();
  cache.set(cell, plans);
  const known = plans.get(mode);
  if (known !== undefined) return known;
  const plan = makePlan(cell, mode);
  plans.set(mode, plan);
  return plan;
}

function makePlan(cell: CellDefinition, mode: Plan["mode"]): Plan {
  const derivation = derive(cell);
  const storage = new Storage();
  const forward = planForward(cell, derivation, storage, mode);
  const backward = mode === "train" ? planBackward(cell, derivation, storage, forward) : null;
  const usesOne = storage.buffers.some(({ dim }) => dim === ONE);
  return {
    version: PLAN_VERSION,
    cell: cell.name,
    mode,
    ...(cell.crossRow ? { crossRow: true as const } : {}),
    dims: [
      "input",
      "hidden",
      ...Object.keys(cell.extraDims),
      ...(hasMemory(cell) ? [POSITIONS] : []),
      ...(usesOne ? [ONE] : []),
    ],
    buffers: storage.buffers,
    weights: storage.weights,
    hoist: forward.hoist,
    forward: forward.forward,
    backward: backward?.backward ?? [],
    sink: backward?.sink ?? [],
    gradients: backward?.gradients ?? [],
    bindings: {
      inputs: buffers(forward.inputs).map((input) =>
        forward.spread.has(input.name) ? { ...input, spread: true as const } : input,
      ),
      states: cell.states.map(({ name, dim }) => ({
        name,
        dim,
        history: forward.histories[name].buffer,
        carry: backward?.carries[name].buffer ?? null,
      })),
      output: forward.output,
      dOutput: backward?.dOutput.buffer ?? null,
      dInputs: buffers(backward?.dInputs ?? {}),
      vectors: Object.entries(cell.params).flatMap(([param, spec]) =>
        spec.kind === "vector"
          ? [{ param, buffer: storage.named(param, "vector", spec.rows.dim, spec.rows.gates?.length ?? 1).buffer }]
          : [],
      ),
    },
  };
}

function buffers(slots: Readonly<Record<string, Slot>>): { readonly name: string; readonly buffer: number }[] {
  return Object.entries(slots).map(([name, { buffer }]) => ({ name, buffer }));
}
