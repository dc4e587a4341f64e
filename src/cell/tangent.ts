/**
 * Forward differentiation as a rewrite: beside every value of a step, how fast it moves when parameters, x and initial
 * states move in a given direction. The rules are those of the backward pass (rules.ts): what multiplies a gradient on its
 * way back through an operator on single numbers multiplies a tangent on its way forth.
 *
 * What comes back is a cell like any other, with a plan, a backward pass and both machines: the gradient of a tangent is a
 * second derivative, and nothing below this file knows of it.
 */
import { noTangent } from "../errors.js";
import type { CellDefinition, ParameterSpec } from "./define.js";
import { argumentsOf, type Graph, type Node, type NodeId } from "./graph.js";
import { BINARY_RULES, UNARY_RULES } from "./rules.js";

/** What the tangent of a parameter or of a state, of x and of the output is called. */
export function tangentName(name: string): string {
  return `${name}_tangent`;
}

const made = new WeakMap<CellDefinition, CellDefinition>();

/**
 * The cell with its tangent: for parameters θ, x and states s moving as θ̇, ẋ, ṡ, the step also computes ṡ′ = ∂s′/∂(θ, x, s)·(θ̇, ẋ, ṡ).
 *
 * Parameters `<name>_tangent`, an input `x_tangent` [T, B, I] and states `<name>_tangent` join those of the cell, and a state
 * `output_tangent` [B, O] holds ẏ of the step before, which `trace` shows at every step. The cell's other inputs stand still, and
 * so does what `stopGradient` stops. One definition per cell.
 */
export function tangentCell(cell: CellDefinition): CellDefinition {
  const known = made.get(cell) ?? rewrite(cell);
  made.set(cell, known);
  return known;
}

function rewrite(cell: CellDefinition): CellDefinition {
  const graph = cell.trace.graph.copy();
  const tangents: NodeId[] = [];
  const count = graph.nodes.length;
  for (let id = 0; id < count; id++) tangents.push(wide(graph, id, tangent(graph, id, tangents)));
  const moving = cell.states.map(({ name, dim }) => ({ name: tangentName(name), dim }));
  const output = { name: tangentName("output"), dim: cell.outputDim };
  const states = [...cell.states, ...moving, output];
  for (const { name, dim } of states) graph.add({ kind: "state", name, dim });
  const params = Object.entries(cell.params);
  return {
    ...cell,
    name: `${cell.name} and its tangent`,
    params: Object.fromEntries<ParameterSpec>([
      ...params,
      ...params.map(([name, p]) => [tangentName(name), p] as const),
    ]),
    states,
    inputs: [...cell.inputs, { name: tangentName("x"), dim: "input", per: "step" }],
    trace: {
      ...cell.trace,
      graph,
      next: Object.fromEntries([
        ...Object.entries(cell.trace.next),
        ...Object.entries(cell.trace.next).map(([name, id]) => [tangentName(name), tangents[id]] as const),
        [output.name, tangents[cell.trace.output]],
      ]),
    },
  };
}

/** The tangent of one value from those of its arguments. */
function tangent(graph: Graph, id: NodeId, of: readonly NodeId[]): NodeId {
  const node = graph.node(id);
  const zero = graph.constant(0);
  const still = (a: NodeId): boolean => of[a] === zero;
  switch (node.kind) {
    case "input":
      return node.name === "x" ? graph.add({ ...node, name: tangentName("x") }) : zero;
    case "state":
      return graph.add({ ...node, name: tangentName(node.name) });
    case "vector":
      return graph.add({ ...node, param: tangentName(node.param) });
    case "unary":
      return still(node.args[0]) ? zero : (UNARY_RULES[node.op](graph, of[node.args[0]], node.args[0], id) ?? zero);
    case "binary": {
      const [a, b] = node.args;
      const first = still(a) ? null : BINARY_RULES[node.op](graph, of[a], a, b, id)[0];
      const second = still(b) ? null : BINARY_RULES[node.op](graph, of[b], a, b, id)[1];
      return graph.binary("add", first ?? zero, second ?? zero);
    }
    case "select":
      return graph.select(node.args[0], of[node.args[1]], of[node.args[2]]);
    case "stop":
      // Where the stop is exact, nothing flows back, but the value moves all the same.
      return node.exact ? of[node.args[0]] : zero;
    case "reduce": {
      const [a] = node.args;
      if (still(a)) return zero;
      const seen = node.op === "rowSum" ? of[a] : graph.select(graph.binary("equal", a, id), of[a], zero);
      return graph.reduce("rowSum", seen);
    }
    case "block": {
      const linear = graph.node(node.args[0]);
      if (linear.kind !== "linear") return zero;
      const { weight } = linear;
      const [u] = linear.args;
      const turned = graph.add({ ...linear, weight: { ...weight, param: tangentName(weight.param) } });
      const moved = still(u) ? zero : graph.block(graph.add({ ...linear, args: [of[u]] }), node.block);
      return graph.binary("add", moved, graph.block(turned, node.block));
    }
    case "result": {
      // dot and mix are linear in what a step gives them, and memories stand still.
      const call = graph.node(node.args[0]);
      if (call.kind !== "call" || still(call.args[0])) return zero;
      if (call.op !== "dot" && call.op !== "mix") throw noTangent(call.op);
      const [, ...rest] = call.args;
      return graph.result(graph.call(call.op, [of[call.args[0]], ...rest], call.memory, call.units), node.index);
    }
    case "call":
    case "linear":
      // Read through blocks and results only.
      return zero;
    default: {
      // What is linear in its argument is the same of the tangent.
      const args = argumentsOf(node);
      return args.length === 0 || still(args[0]) ? zero : graph.add({ ...node, args: [of[args[0]]] } as Node);
    }
  }
}

/** A tangent that is one number per row, beside a value that has units: the same number for each of them. */
function wide(graph: Graph, id: NodeId, moving: NodeId): NodeId {
  const zero = graph.constant(0);
  const { dim } = graph.node(id);
  if (dim === null || moving === zero || graph.node(moving).dim !== null) return moving;
  return graph.select(graph.binary("equal", id, id), moving, zero);
}
