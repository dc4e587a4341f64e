/**
 * A plan over whole sequences becomes a plan of one step: nothing is hoisted, nothing is kept, and each state has one
 * place that survives from step to step.
 */
import type { Pass, Plan, PlanBuffer, Slot, Stage } from "../../cell/plan-format.js";

/**
 * The same operations in the same order, for exactly one step: every history becomes a carry that is overwritten in
 * place, every sequence becomes scratch, and the hoisted stages run before the others.
 *
 * Where a step still reads an old state after the new one is known, the new one waits in a buffer of its own, and a
 * closing stage moves it.
 *
 * @param plan a plan in mode `infer`
 */
export function stepPlan(plan: Plan): Plan {
  const waiting = new Map<number, number>();
  const stages = [...plan.hoist, ...plan.forward];
  const buffers: PlanBuffer[] = plan.buffers.map((buffer) => ({ ...buffer, kind: stepKind(buffer) }));
  for (const { history, name, dim } of plan.bindings.states) {
    if (!readsOldAfterNew(stages, history)) continue;
    waiting.set(history, buffers.push({ name: `next.${name}`, kind: "scratch", dim, blocks: 1 }) - 1);
  }
  const place = ({ buffer, block, at }: Slot): Slot => ({
    buffer: (at === "current" ? waiting.get(buffer) : undefined) ?? buffer,
    block,
  });
  const moves = Array.from(waiting, ([to, from]): Pass => copyPass(buffers[to].dim, at(from), at(to)));
  const forward = stages.map((stage) => mapSlots(stage, place));
  if (moves.length > 0) forward.push({ matmuls: [], passes: moves });
  const output = place(plan.bindings.output);
  return { ...plan, buffers, hoist: [], forward, bindings: { ...plan.bindings, output } };
}

/** The first slot of a buffer. */
export function at(buffer: number): Slot {
  return { buffer, block: 0 };
}

/** A pass that copies one block. */
export function copyPass(dim: string, from: Slot, to: Slot): Pass {
  return {
    dim,
    code: [
      { op: "load", to: 0, slot: from },
      { op: "store", from: 0, slot: to },
    ],
  };
}

/** A stage with every slot replaced. */
export function mapSlots({ matmuls, columnMeans, calls, passes }: Stage, place: (slot: Slot) => Slot): Stage {
  const moved = <M extends { readonly out: Slot; readonly a: Slot }>(of: M): M => ({
    ...of,
    out: place(of.out),
    a: place(of.a),
  });
  return {
    matmuls: matmuls.map(moved),
    ...(columnMeans === undefined ? {} : { columnMeans: columnMeans.map(moved) }),
    ...(calls === undefined
      ? {}
      : {
          calls: calls.map((call) => ({
            ...call,
            outs: call.outs.map(place),
            args: call.args.map(place),
            memory: place(call.memory),
          })),
        }),
    passes: passes.map((pass) => ({
      ...pass,
      code: pass.code.map((i) => ("slot" in i ? { ...i, slot: place(i.slot) } : i)),
    })),
  };
}

function stepKind({ kind }: PlanBuffer): PlanBuffer["kind"] {
  if (kind === "history") return "carry";
  return kind === "sequence" ? "scratch" : kind;
}

/**
 * Whether anything reads the `previous` rows of a history after its `current` ones were written. Within a pass only the
 * order of its instructions counts: one element is finished before the next one.
 */
function readsOldAfterNew(stages: readonly Stage[], history: number): boolean {
  let written = false;
  for (const { matmuls, columnMeans = [], calls = [], passes } of stages) {
    for (const { out, a } of [...matmuls, ...columnMeans]) {
      if (written && isOld(a, history)) return true;
      if (isNew(out, history)) written = true;
    }
    for (const { args, outs } of calls) {
      if (written && args.some((slot) => isOld(slot, history))) return true;
      if (outs.some((slot) => isNew(slot, history))) written = true;
    }
    for (const { code } of passes) {
      for (const i of code) {
        if (i.op === "load" && written && isOld(i.slot, history)) return true;
        if (i.op === "store" && isNew(i.slot, history)) written = true;
      }
    }
  }
  return false;
}

function isOld({ buffer, at: when }: Slot, history: number): boolean {
  return buffer === history && when === "previous";
}

function isNew({ buffer, at: when }: Slot, history: number): boolean {
  return buffer === history && when === "current";
}
