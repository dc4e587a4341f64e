/**
 * The products with the input, taken out of a plan. Where every row of x is one of a few distinct rows (an embedded text),
 * the driver does them itself, once per distinct row: the plan that is left never touches x.
 */
import { callSlots, type Matmul, type Plan, type Slot, type Stage } from "./plan-format.js";

export interface InputProducts {
  /** The plan without the products below; whoever runs it fills their results in before `forward`. */
  readonly plan: Plan;
  /** Hoisted: each writes whole rows of a buffer of its own, x · weightᵀ. */
  readonly forward: readonly Matmul[];
  /** Sunk: each adds whole rows of a buffer · weight to the gradient of x, the first one writes it. */
  readonly backward: readonly Matmul[];
}

const cache = new WeakMap<Plan, InputProducts | null>();

/**
 * Take a plan's input products out, or null where x or its gradient is also touched in another way: element by element,
 * within the loop, or in parts of rows.
 */
export function inputProducts(plan: Plan): InputProducts | null {
  let known = cache.get(plan);
  if (known === undefined) cache.set(plan, (known = takeOut(plan)));
  return known;
}

function takeOut(plan: Plan): InputProducts | null {
  const x = plan.bindings.inputs[0].buffer;
  const dX = plan.bindings.dInputs.at(0)?.buffer ?? -1;
  const ofInput = ({ a, out }: Matmul): boolean => a.buffer === x || out.buffer === dX;
  const forward = plan.hoist.flatMap(({ matmuls }) => matmuls.filter(({ a }) => a.buffer === x));
  const backward = plan.sink.flatMap(({ matmuls }) => matmuls.filter(({ out }) => out.buffer === dX));
  const left: Plan = { ...plan, hoist: without(plan.hoist, ofInput), sink: without(plan.sink, ofInput) };
  const touched = [left.hoist, left.forward, left.backward, left.sink].flatMap(buffersOf);
  if (touched.includes(x) || touched.includes(dX)) return null;

  const whole = ({ buffer, block }: Slot, blocks: number): boolean =>
    block === 0 && plan.buffers[buffer].blocks === blocks;
  const height = ({ weight }: Matmul): number => plan.weights[weight].blocks;
  const allWhole =
    forward.every((product) => !product.accumulate && whole(product.out, height(product))) &&
    backward.every((product, i) => product.accumulate === i > 0 && whole(product.a, height(product))) &&
    plan.gradients.every((g) => g.kind !== "weight" || g.u.buffer !== x || whole(g.dY, g.blocks));
  // Done before the first stage and after the last: nobody may write a result earlier or an operand later.
  const moves =
    forward.every(({ out }) => firstOf(plan.hoist, out.buffer) === "product") &&
    backward.every(({ a }) => !writtenAfter(plan.sink, a.buffer));
  return allWhole && moves ? { plan: left, forward, backward } : null;
}

/** Stages without some of their products; those that had nothing else are gone. */
function without(stages: readonly Stage[], taken: (matmul: Matmul) => boolean): Stage[] {
  return stages
    .map((stage) => ({ ...stage, matmuls: stage.matmuls.filter((matmul) => !taken(matmul)) }))
    .filter(
      ({ matmuls, columnMeans = [], calls = [], passes }) =>
        matmuls.length + columnMeans.length + calls.length + passes.length > 0,
    );
}

function buffersOf(stages: readonly Stage[]): number[] {
  return stages.flatMap((stage) => [
    ...[...stage.matmuls, ...(stage.columnMeans ?? [])].flatMap(({ a, out }) => [a.buffer, out.buffer]),
    ...(stage.calls ?? []).flatMap(callSlots).map(({ buffer }) => buffer),
    ...passBuffers(stage),
  ]);
}

function passBuffers({ passes }: Stage, op?: "store"): number[] {
  return passes.flatMap(({ code }) =>
    code.flatMap((i) => ("slot" in i && (op === undefined || i.op === op) ? [i.slot.buffer] : [])),
  );
}

/** What touches a buffer first. */
function firstOf(stages: readonly Stage[], buffer: number): "product" | "other" {
  for (const stage of stages) {
    const product = stage.matmuls.find(({ a, out }) => a.buffer === buffer || out.buffer === buffer);
    if (product !== undefined) return product.out.buffer === buffer ? "product" : "other";
    if (passBuffers(stage).includes(buffer)) return "other";
  }
  return "other";
}

/** Whether anything writes a buffer once a product has read it. */
function writtenAfter(stages: readonly Stage[], buffer: number): boolean {
  let read = false;
  for (const stage of stages) {
    for (const { a, out } of stage.matmuls) {
      if (read && out.buffer === buffer) return true;
      read ||= a.buffer === buffer;
    }
    if (read && passBuffers(stage, "store").includes(buffer)) return true;
  }
  return false;
}
