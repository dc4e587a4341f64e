/** What goes past a layer of a stack, as operations of the joined plan: in the order in which `Stack` does them. */
import type { Instruction, PlanBuffer, PlanWeight, Slot, Stage } from "../../cell/plan-format.js";
import type { Skip } from "../../nn/index.js";
import type { Place } from "../bundle.js";
import { at, copyPass } from "./step-plan.js";

/** x, the input of the layer, its output f, and the growing plan. */
export interface SkipParts {
  readonly x: Slot;
  readonly f: Slot;
  readonly buffers: PlanBuffer[];
  readonly weights: PlanWeight[];
  readonly forward: Stage[];
  readonly vectors: { readonly param: string; readonly buffer: number }[];
  readonly dims: string[];
  readonly places: Place[];
}

/**
 * Add what a skip computes; returns where the input of the next layer lies.
 *
 * @param own a name of the layer as the joined plan has it: `joined`, a dim, is the width of a dense layer's result;
 * `highway.weight` and `highway.bias` are the parameters of a gate
 */
export function joinSkip(skip: Skip, own: (name: string) => string, parts: SkipParts): Slot {
  const { x, f, buffers, weights, forward, vectors, dims, places } = parts;
  if (skip === "none") return f;
  const [xDim, fDim] = [x, f].map(({ buffer }) => buffers[buffer].dim);
  const scratch = (name: string, dim: string): number =>
    buffers.push({ name: own(name), kind: "scratch", dim, blocks: 1 }) - 1;
  if (skip === "dense") {
    const dim = own("joined");
    dims.push(dim);
    const [whole, rest] = [scratch("joined", dim), scratch("joined.rest", dim)];
    places.push({ buffer: rest, within: whole, after: xDim });
    forward.push({ matmuls: [], passes: [copyPass(xDim, x, at(whole)), copyPass(fDim, f, at(rest))] });
    return at(whole);
  }
  const joined = scratch("joined", fDim);
  const load = (to: number, slot: Slot): Instruction => ({ op: "load", to, slot });
  if (skip === "residual") {
    const code: Instruction[] = [
      load(0, x),
      load(1, f),
      { op: "add", to: 2, a: 0, b: 1 },
      { op: "store", from: 2, slot: at(joined) },
    ];
    forward.push({ matmuls: [], passes: [{ dim: fDim, code }] });
    return at(joined);
  }
  const bias = buffers.push({ name: own("highway.bias"), kind: "vector", dim: fDim, blocks: 1 }) - 1;
  vectors.push({ param: own("highway.bias"), buffer: bias });
  const rows = { firstBlock: 0, blocks: 1, rowDim: fDim, colDim: xDim, transposed: false };
  const weight = weights.push({ param: own("highway.weight"), ...rows }) - 1;
  const code: Instruction[] = [
    load(0, at(joined)),
    load(1, at(bias)),
    { op: "add", to: 2, a: 0, b: 1 },
    { op: "sigmoid", to: 3, a: 2 },
    load(4, x),
    load(5, f),
    { op: "sub", to: 6, a: 5, b: 4 },
    { op: "mul", to: 7, a: 3, b: 6 },
    { op: "add", to: 8, a: 4, b: 7 },
    { op: "store", from: 8, slot: at(joined) },
  ];
  forward.push({
    matmuls: [{ out: at(joined), a: x, weight, accumulate: false }],
    passes: [{ dim: fDim, code }],
  });
  return at(joined);
}
