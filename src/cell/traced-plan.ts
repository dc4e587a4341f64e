/** A plan whose backward pass also takes a gradient for every state at every step. */
import type { Pass, Plan, PlanBuffer } from "./plan-format.js";

export interface TracedPlan {
  readonly plan: Plan;
  /** By the place of a state: the buffer that holds the gradient of its value after every step (sequence). */
  readonly gradients: readonly number[];
}

const cache = new WeakMap<Plan, TracedPlan>();

/**
 * The plan with one more pass in front of each step of the backward loop: the running gradient of a state, which so far
 * comes from the steps after, plus what arrives from outside. A plan for inference stays as it is.
 */
export function tracedPlan(plan: Plan): TracedPlan {
  let known = cache.get(plan);
  if (known === undefined) cache.set(plan, (known = traced(plan)));
  return known;
}

function traced(plan: Plan): TracedPlan {
  const buffers: PlanBuffer[] = [...plan.buffers];
  const gradients: number[] = [];
  const passes: Pass[] = [];
  for (const { name, dim, carry } of plan.bindings.states) {
    if (carry === null) continue;
    gradients.push(buffers.length);
    const arriving = { buffer: buffers.length, block: 0 };
    const running = { buffer: carry, block: 0 };
    buffers.push({ name: `d.trace.${name}`, kind: "sequence", dim, blocks: 1 });
    const [a, b, sum] = [0, 1, 2].map((i) => 3 * passes.length + i);
    passes.push({
      dim,
      code: [
        { op: "load", to: a, slot: running },
        { op: "load", to: b, slot: arriving },
        { op: "add", to: sum, a, b },
        { op: "store", from: sum, slot: running },
      ],
    });
  }
  if (passes.length === 0) return { plan, gradients };
  return { plan: { ...plan, buffers, backward: [{ matmuls: [], passes }, ...plan.backward] }, gradients };
}
