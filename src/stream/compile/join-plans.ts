/** A stack of layers, and the linear layer on top, as one plan: one call into the machine for the whole network. */
import {
  ONE,
  PLAN_VERSION,
  type Plan,
  type PlanBuffer,
  type PlanWeight,
  type Slot,
  type Stage,
} from "../../cell/plan-format.js";
import type { Skip } from "../../nn/index.js";
import type { Place } from "../bundle.js";
import { joinSkip } from "./join-skip.js";
import { at, copyPass, mapSlots } from "./step-plan.js";

/** A state of the network: which layer's, and the carry buffer that holds it. */
export interface NetworkState {
  readonly layer: number;
  readonly name: string;
  readonly buffer: number;
}

/** One step of a whole network. Names in it are those of the layers with `<layer>.` before them, or `head.`. */
export interface NetworkPlan {
  readonly plan: Plan;
  /** Buffer of the input row, and of the output row that nothing else reads. */
  readonly input: number;
  readonly output: number;
  readonly states: readonly NetworkState[];
  /** Buffers that lie inside others. */
  readonly places: readonly Place[];
}

/** A layer as it is joined: its step plan (see `stepPlan`), and what goes past it. */
export interface JoinedLayer {
  readonly plan: Plan;
  readonly skip: Skip;
}

/**
 * Join the step plans of layers, each reading the output of the one before.
 *
 * @param layers the lowest first
 * @param head the linear layer y = x·Wᵀ (+ b) on top: dim `head.output`, parameters `head.weight`, `head.bias`
 */
export function joinPlans(layers: readonly JoinedLayer[], head: { readonly bias: boolean } | null): NetworkPlan {
  const buffers: PlanBuffer[] = [];
  const weights: PlanWeight[] = [];
  const forward: Stage[] = [];
  const states: NetworkState[] = [];
  const vectors: { param: string; buffer: number }[] = [];
  const dims: string[] = [];
  const places: Place[] = [];
  let below: Slot | null = null;

  layers.forEach(({ plan, skip }, layer) => {
    const own = (name: string): string => `${layer}.${name}`;
    const ownDim = (dim: string): string => (dim === ONE ? ONE : own(dim));
    const input = plan.bindings.inputs[0].buffer;
    const from: Slot | null = below;
    const numbers = plan.buffers.map((buffer, i) =>
      i === input && from !== null
        ? -1
        : buffers.push({ ...buffer, name: own(buffer.name), dim: ownDim(buffer.dim) }) - 1,
    );
    const place = ({ buffer, block }: Slot): Slot =>
      buffer === input && from !== null ? { ...from, block: from.block + block } : { buffer: numbers[buffer], block };
    const firstWeight = weights.length;
    for (const weight of plan.weights) {
      const { param, rowDim, colDim } = weight;
      weights.push({ ...weight, param: own(param), rowDim: own(rowDim), colDim: own(colDim) });
    }
    for (const stage of plan.forward) {
      const { matmuls, passes, ...rest } = mapSlots(stage, place);
      forward.push({
        ...rest,
        matmuls: matmuls.map((matmul) => ({ ...matmul, weight: firstWeight + matmul.weight })),
        passes: passes.map(({ dim, code }) => ({
          dim: ownDim(dim),
          code: code.map((i) => (i.op === "size" ? { ...i, dim: own(i.dim) } : i)),
        })),
      });
    }
    dims.push(...plan.dims.map(ownDim).filter((dim) => !dims.includes(dim)));
    for (const { name, history } of plan.bindings.states) states.push({ layer, name, buffer: numbers[history] });
    for (const { param, buffer } of plan.bindings.vectors) vectors.push({ param: own(param), buffer: numbers[buffer] });
    const [x, f] = [from ?? { buffer: numbers[input], block: 0 }, place(plan.bindings.output)];
    below = joinSkip(skip, own, { x, f, buffers, weights, forward, vectors, dims, places });
  });

  const input = layers[0].plan.bindings.inputs[0].buffer;
  // The output has a buffer of its own: a state is nobody's to write into.
  const top = below!;
  const topDim = buffers[top.buffer].dim;
  const outputDim = head === null ? topDim : "head.output";
  const output = buffers.push({ name: "output", kind: "scratch", dim: outputDim, blocks: 1 }) - 1;
  if (head === null) forward.push({ matmuls: [], passes: [copyPass(topDim, top, at(output))] });
  else {
    const rows = { firstBlock: 0, blocks: 1, rowDim: outputDim, colDim: topDim, transposed: false };
    weights.push({ param: "head.weight", ...rows });
    dims.push(outputDim);
    const matmul = { out: at(output), a: top, weight: weights.length - 1, accumulate: false };
    forward.push({ matmuls: [matmul], passes: head.bias ? [addBias(buffers, vectors, output, outputDim)] : [] });
  }
  const plan: Plan = {
    version: PLAN_VERSION,
    cell: "network",
    mode: "infer",
    dims,
    buffers,
    weights,
    hoist: [],
    forward,
    backward: [],
    sink: [],
    gradients: [],
    bindings: {
      inputs: [{ name: "x", buffer: input }],
      states: states.map(({ layer, name, buffer }) => ({
        name: `${layer}.${name}`,
        dim: buffers[buffer].dim,
        history: buffer,
        carry: null,
      })),
      output: at(output),
      dOutput: null,
      dInputs: [],
      vectors,
    },
  };
  return { plan, input, output, states, places };
}

function addBias(
  buffers: PlanBuffer[],
  vectors: { param: string; buffer: number }[],
  output: number,
  dim: string,
): Stage["passes"][number] {
  const bias = buffers.push({ name: "head.bias", kind: "vector", dim, blocks: 1 }) - 1;
  vectors.push({ param: "head.bias", buffer: bias });
  return {
    dim,
    code: [
      { op: "load", to: 0, slot: at(output) },
      { op: "load", to: 1, slot: at(bias) },
      { op: "add", to: 2, a: 0, b: 1 },
      { op: "store", from: 2, slot: at(output) },
    ],
  };
}
