/** Small plans written by hand, for the tests of the emitter: no planner between the format and what it means. */
import { PLAN_VERSION, type Instruction, type Plan, type PlanBindings, type Slot } from "../plan-format.js";

/** Who fills and reads the buffers is the driver's business; these plans meet none. */
const bindings: PlanBindings = {
  inputs: [],
  states: [],
  output: { buffer: 0, block: 0 },
  dOutput: null,
  dInputs: [],
  vectors: [],
};

const load = (to: number, slot: Slot): Instruction => ({ op: "load", to, slot });
const store = (from: number, slot: Slot): Instruction => ({ op: "store", from, slot });

/** h ← tanh(W·h + x): one matrix product, one pass. */
export const elmanPlan: Plan = {
  version: PLAN_VERSION,
  cell: "elman",
  mode: "infer",
  dims: ["hidden"],
  buffers: [
    { name: "x", kind: "sequence", dim: "hidden", blocks: 1 },
    { name: "h", kind: "history", dim: "hidden", blocks: 1 },
    { name: "u", kind: "scratch", dim: "hidden", blocks: 1 },
  ],
  weights: [{ param: "weight_hh", firstBlock: 0, blocks: 1, rowDim: "hidden", colDim: "hidden", transposed: false }],
  hoist: [],
  forward: [
    {
      matmuls: [
        { out: { buffer: 2, block: 0 }, a: { buffer: 1, block: 0, at: "previous" }, weight: 0, accumulate: false },
      ],
      passes: [
        {
          dim: "hidden",
          code: [
            load(0, { buffer: 2, block: 0 }),
            load(1, { buffer: 0, block: 0 }),
            { op: "add", to: 2, a: 0, b: 1 },
            { op: "tanh", to: 3, a: 2 },
            store(3, { buffer: 1, block: 0, at: "current" }),
          ],
        },
      ],
    },
  ],
  backward: [],
  sink: [],
  gradients: [],
  bindings,
};

/** Every kind of buffer, every operator, two dims, reductions read in later passes, hoist and sink. */
export const everythingPlan: Plan = {
  version: PLAN_VERSION,
  cell: "everything",
  mode: "train",
  dims: ["input", "hidden"],
  buffers: [
    { name: "x", kind: "sequence", dim: "input", blocks: 1 },
    { name: "gates", kind: "sequence", dim: "hidden", blocks: 3 },
    { name: "h", kind: "history", dim: "hidden", blocks: 2 },
    { name: "running", kind: "carry", dim: "hidden", blocks: 1 },
    { name: "u", kind: "scratch", dim: "hidden", blocks: 3 },
    { name: "bias", kind: "vector", dim: "hidden", blocks: 3 },
    { name: "dx", kind: "sequence", dim: "input", blocks: 1 },
  ],
  weights: [
    { param: "weight_ih", firstBlock: 0, blocks: 3, rowDim: "hidden", colDim: "input", transposed: false },
    { param: "weight_hh", firstBlock: 1, blocks: 2, rowDim: "hidden", colDim: "hidden", transposed: false },
    { param: "weight_ih", firstBlock: 0, blocks: 3, rowDim: "hidden", colDim: "input", transposed: true },
  ],
  hoist: [
    {
      matmuls: [{ out: { buffer: 1, block: 0 }, a: { buffer: 0, block: 0 }, weight: 0, accumulate: false }],
      passes: [
        {
          dim: "hidden",
          code: [
            load(0, { buffer: 1, block: 2 }),
            load(1, { buffer: 5, block: 2 }),
            { op: "add", to: 2, a: 0, b: 1 },
            store(2, { buffer: 1, block: 2 }),
          ],
        },
      ],
    },
  ],
  forward: [
    {
      matmuls: [
        { out: { buffer: 4, block: 1 }, a: { buffer: 2, block: 1, at: "previous" }, weight: 1, accumulate: false },
      ],
      passes: [
        {
          dim: "hidden",
          code: [
            load(0, { buffer: 4, block: 1 }),
            load(1, { buffer: 1, block: 0 }),
            { op: "add", to: 2, a: 0, b: 1 },
            { op: "rowSum", to: 3, a: 2 },
            { op: "abs", to: 4, a: 2 },
            { op: "rowMax", to: 5, a: 4 },
            store(2, { buffer: 4, block: 0 }),
          ],
        },
        {
          dim: "hidden",
          code: [
            load(10, { buffer: 4, block: 0 }),
            load(11, { buffer: 2, block: 1, at: "previous" }),
            { op: "constant", to: 12, value: 0.1 },
            { op: "add", to: 13, a: 5, b: 12 },
            { op: "div", to: 14, a: 10, b: 13 },
            { op: "mul", to: 15, a: 3, b: 12 },
            { op: "sub", to: 16, a: 14, b: 15 },
            { op: "sigmoid", to: 17, a: 16 },
            { op: "exp", to: 18, a: 14 },
            { op: "log", to: 19, a: 18 },
            { op: "neg", to: 20, a: 19 },
            { op: "sqrt", to: 21, a: 18 },
            { op: "relu", to: 22, a: 20 },
            { op: "min", to: 23, a: 21, b: 22 },
            { op: "max", to: 24, a: 11, b: 23 },
            { op: "greater", to: 25, a: 10, b: 11 },
            { op: "greaterEqual", to: 26, a: 22, b: 23 },
            { op: "equal", to: 27, a: 22, b: 20 },
            { op: "select", to: 28, c: 25, a: 17, b: 24 },
            { op: "add", to: 29, a: 26, b: 27 },
            { op: "mul", to: 30, a: 29, b: 12 },
            { op: "add", to: 31, a: 28, b: 30 },
            { op: "tanh", to: 32, a: 31 },
            store(32, { buffer: 2, block: 1, at: "current" }),
            store(17, { buffer: 2, block: 0, at: "current" }),
            store(31, { buffer: 1, block: 1 }),
          ],
        },
      ],
    },
    {
      matmuls: [
        { out: { buffer: 4, block: 0 }, a: { buffer: 2, block: 1, at: "current" }, weight: 1, accumulate: true },
      ],
      passes: [
        {
          dim: "hidden",
          code: [
            load(0, { buffer: 4, block: 1 }),
            load(1, { buffer: 2, block: 0, at: "current" }),
            { op: "mul", to: 2, a: 0, b: 1 },
            store(2, { buffer: 2, block: 0, at: "current" }),
          ],
        },
      ],
    },
  ],
  backward: [
    {
      matmuls: [],
      passes: [
        {
          dim: "hidden",
          code: [
            load(0, { buffer: 3, block: 0 }),
            load(1, { buffer: 2, block: 0, at: "current" }),
            load(2, { buffer: 2, block: 1, at: "previous" }),
            { op: "mul", to: 3, a: 1, b: 2 },
            { op: "add", to: 4, a: 0, b: 3 },
            store(4, { buffer: 3, block: 0 }),
            store(4, { buffer: 1, block: 0 }),
          ],
        },
      ],
    },
  ],
  sink: [
    {
      matmuls: [{ out: { buffer: 6, block: 0 }, a: { buffer: 1, block: 0 }, weight: 2, accumulate: true }],
      passes: [
        {
          dim: "input",
          code: [load(0, { buffer: 6, block: 0 }), { op: "tanh", to: 1, a: 0 }, store(1, { buffer: 6, block: 0 })],
        },
      ],
    },
  ],
  gradients: [],
  bindings,
};

/** The element-wise part of an LSTM step, c and h: five activations, nine loads, seven stores. */
export const lstmPassPlan: Plan = {
  version: PLAN_VERSION,
  cell: "lstm",
  mode: "infer",
  dims: ["hidden"],
  buffers: [
    { name: "x", kind: "sequence", dim: "hidden", blocks: 4 },
    { name: "c", kind: "history", dim: "hidden", blocks: 1 },
    { name: "h", kind: "history", dim: "hidden", blocks: 1 },
    { name: "u", kind: "scratch", dim: "hidden", blocks: 4 },
    { name: "tanh c", kind: "sequence", dim: "hidden", blocks: 1 },
  ],
  weights: [],
  hoist: [],
  forward: [
    {
      matmuls: [],
      passes: [
        {
          dim: "hidden",
          code: [
            ...[0, 1, 2, 3].flatMap((k): Instruction[] => [
              load(4 * k, { buffer: 3, block: k }),
              load(4 * k + 1, { buffer: 0, block: k }),
              { op: "add", to: 4 * k + 2, a: 4 * k, b: 4 * k + 1 },
              { op: k === 2 ? "tanh" : "sigmoid", to: 4 * k + 3, a: 4 * k + 2 },
              store(4 * k + 3, { buffer: 0, block: k }),
            ]),
            load(20, { buffer: 1, block: 0, at: "previous" }),
            { op: "mul", to: 21, a: 3, b: 11 },
            { op: "mul", to: 22, a: 7, b: 20 },
            { op: "add", to: 23, a: 21, b: 22 },
            store(23, { buffer: 1, block: 0, at: "current" }),
            { op: "tanh", to: 24, a: 23 },
            store(24, { buffer: 4, block: 0 }),
            { op: "mul", to: 25, a: 15, b: 24 },
            store(25, { buffer: 2, block: 0, at: "current" }),
          ],
        },
      ],
    },
  ],
  backward: [],
  sink: [],
  gradients: [],
  bindings,
};
