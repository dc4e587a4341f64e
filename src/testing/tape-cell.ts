/**
 * The equations of a cell computed one operation after the other on the tape of tensors: no plan, no driver, nothing
 * shared with them but the trace. What a plan computes must be this.
 */
import type { CellDefinition } from "../cell/index.js";
import {
  concat,
  detach,
  exp,
  log,
  matmul,
  relu,
  reshape,
  sigmoid,
  slice,
  sqrt,
  abs,
  tanh,
  Tensor,
} from "../tensor/index.js";

type Trace = CellDefinition["trace"];
type Node = ReturnType<Trace["graph"]["node"]>;

const UNARY: Readonly<Record<Extract<Node, { kind: "unary" }>["op"], (x: Tensor) => Tensor>> = {
  neg: (x) => x.neg(),
  abs,
  sqrt,
  exp,
  log,
  tanh,
  sigmoid,
  relu,
};

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  equal: (a, b) => a === b,
};

export interface TapeRun {
  /** [T, B, O] */
  readonly output: Tensor;
  readonly final: Readonly<Record<string, Tensor>>;
}

/**
 * x [T, B, I], the initial states [B, width] and the inputs beside x through T steps; parameters by their names in the
 * definition.
 */
export function runOnTape(
  cell: CellDefinition,
  parameters: Readonly<Record<string, Tensor>>,
  x: Tensor,
  state: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, Tensor>> = {},
): TapeRun {
  const [T] = x.shape;
  const outputs: Tensor[] = [];
  let now = state;
  for (let t = 0; t < T; t++) {
    const at = (all: Tensor): Tensor => reshape(slice(all, 0, t, t + 1), all.shape.slice(1));
    const beside = cell.inputs.map(
      ({ name, per }) => [name, per === "step" ? at(inputs[name]) : inputs[name]] as const,
    );
    const values = stepOnTape(cell, parameters, { ...Object.fromEntries(beside), x: at(x) }, now);
    now = Object.fromEntries(cell.states.map(({ name }) => [name, wide(values[cell.trace.next[name]], state[name])]));
    const output = values[cell.trace.output];
    outputs.push(reshape(output, [1, ...output.shape]));
  }
  return { output: concat(outputs, 0), final: now };
}

/** The value of every node of the trace. */
function stepOnTape(
  cell: CellDefinition,
  parameters: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, Tensor>> & { readonly x: Tensor },
  state: Readonly<Record<string, Tensor>>,
): Tensor[] {
  const { x } = inputs;
  const values: Tensor[] = [];
  const width = (param: string): number => {
    const blocks = cell.params[param].rows.gates?.length ?? 1;
    return parameters[param].shape[0] / blocks;
  };
  cell.trace.graph.nodes.forEach((node, id) => {
    values[id] = valueOf(node);
  });
  return values;

  function sizeOf(dim: string): number {
    if (dim === "input") return x.shape[1];
    const input = cell.inputs.find((one) => one.dim === dim);
    if (input !== undefined) return inputs[input.name].shape.at(-1)!;
    const known = cell.states.find((one) => one.dim === dim);
    if (known !== undefined) return state[known.name].shape[1];
    const param = Object.keys(cell.params).find((name) => cell.params[name].rows.dim === dim);
    if (param !== undefined) return width(param);
    throw new Error(`nothing of the cell has rows of width ${dim}`);
  }

  function everyRow(vector: Tensor): Tensor {
    return Tensor.zeros([x.shape[0], vector.size], x.dtype).add(vector);
  }

  function valueOf(node: Node): Tensor {
    switch (node.kind) {
      case "constant":
        return Tensor.scalar(node.value, x.dtype);
      case "size":
        return Tensor.scalar(sizeOf(node.of), x.dtype);
      case "reduce": {
        const all = values[node.args[0]];
        return node.op === "rowSum" ? all.sum({ axis: 1, keepDim: true }) : largest(all);
      }
      case "columnMean": {
        const all = values[node.args[0]];
        return everyRow(all.sum({ axis: 0, keepDim: true }).div(all.shape[0]));
      }
      case "input":
        return inputs[node.name];
      case "state":
        return state[node.name];
      case "vector": {
        const n = width(node.param);
        return everyRow(slice(parameters[node.param], 0, node.block * n, (node.block + 1) * n));
      }
      case "unary":
        return UNARY[node.op](values[node.args[0]]);
      case "binary":
        return binary(node.op, values[node.args[0]], values[node.args[1]]);
      case "select":
        return choose(
          mask(values[node.args[0]], (c) => c !== 0),
          values[node.args[1]],
          values[node.args[2]],
        );
      case "stop":
        return detach(values[node.args[0]]);
      case "result": {
        const call = cell.trace.graph.node(node.args[0]);
        if (call.kind !== "call") throw new Error("a result of no call");
        return called(
          call.op,
          call.args.map((arg) => values[arg]),
          inputs[call.memory],
        );
      }
      // Read through its results.
      case "call":
        return Tensor.scalar(0, x.dtype);
      case "linear": {
        const { param, firstBlock, blocks } = node.weight;
        const n = width(param);
        const rows = slice(parameters[param], 0, firstBlock * n, (firstBlock + blocks) * n);
        return matmul(values[node.args[0]], rows.transpose());
      }
      case "block": {
        const all = values[node.args[0]];
        const from = cell.trace.graph.node(node.args[0]);
        const n = all.shape[1] / (from.kind === "linear" ? from.weight.blocks : 1);
        return slice(all, 1, node.block * n, (node.block + 1) * n);
      }
      default:
        throw new Error(`a ${node.kind} in the trace of a step`);
    }
  }
}

/** A call over the memory [B, S, U]; what is not valid counts for nothing. */
function called(op: Extract<Node, { kind: "call" }>["op"], args: readonly Tensor[], memory: Tensor): Tensor {
  const [B, S, U] = memory.shape;
  const across = (row: Tensor): Tensor => reshape(row, [B, 1, U]);
  const down = (row: Tensor): Tensor => reshape(row, [B, S, 1]);
  const only = (valid: Tensor): Tensor => mask(valid, (yes) => yes !== 0);
  if (op === "mix") return memory.mul(down(args[0].mul(only(args[1])))).sum({ axis: 1 });
  if (op === "dot") return memory.mul(across(args[0])).sum({ axis: 2 }).mul(only(args[1]));
  if (op !== "additive") throw new Error(`a ${op} in the trace of a step`);
  const [q, v, valid, coverage, u] = args;
  let inner = memory.add(across(q));
  if (coverage !== undefined) inner = inner.add(down(coverage).mul(across(u)));
  return tanh(inner).mul(across(v)).sum({ axis: 2 }).mul(only(valid));
}

function binary(op: Extract<Node, { kind: "binary" }>["op"], a: Tensor, b: Tensor): Tensor {
  switch (op) {
    case "add":
    case "sub":
    case "mul":
    case "div":
      return a[op](b);
    case "max":
    case "min": {
      // At a tie the first argument gets the gradient.
      const first = compare("greaterEqual", ...(op === "max" ? ([a, b] as const) : ([b, a] as const)));
      return choose(first, a, b);
    }
    default:
      return compare(op, a, b);
  }
}

/** The maximum of each row, [B, 1]; every unit that has it gets the gradient. */
function largest(a: Tensor): Tensor {
  const [B, n] = a.shape;
  const values = a.toArray();
  const most = Array.from({ length: B }, (_, row) => Math.max(...values.slice(row * n, (row + 1) * n)));
  const first = Float64Array.from(values, (value, i) => (value === most[Math.floor(i / n)] ? 1 : 0));
  const flow = a.mul(Tensor.from(first, a.shape, { dtype: a.dtype })).sum({ axis: 1, keepDim: true });
  return flow.sub(detach(flow)).add(Tensor.from(Float64Array.from(most), [B, 1], { dtype: a.dtype }));
}

/** 1 where it holds, 0 elsewhere, as a constant. */
function compare(op: string, a: Tensor, b: Tensor): Tensor {
  const zero = detach(a).mul(0).add(detach(b).mul(0));
  const [left, right] = [zero.add(detach(a)).toArray(), zero.add(detach(b)).toArray()];
  const data = Float64Array.from(left, (value, i) => (COMPARE[op](value, right[i]) ? 1 : 0));
  return Tensor.from(data, zero.shape, { dtype: a.dtype });
}

function mask(a: Tensor, holds: (value: number) => boolean): Tensor {
  const data = Float64Array.from(a.toArray(), (value) => (holds(value) ? 1 : 0));
  return Tensor.from(data, a.shape, { dtype: a.dtype });
}

function choose(first: Tensor, a: Tensor, b: Tensor): Tensor {
  return a.mul(first).add(b.mul(first.neg().add(1)));
}

/** A number per row, broadcast to the width of a state. */
function wide(value: Tensor, like: Tensor): Tensor {
  return value.shape.join() === like.shape.join() ? value : value.add(detach(like).mul(0));
}
