/**
 * A cell as a word of the language: its step within the step of another one. So attention, or a second layer, is written
 * around a cell that exists, and its equations stay where they are.
 */
import { badDefinition, notInlined } from "../errors.js";
import type { CellDefinition, MatrixSpec, ParameterSpec } from "./define.js";
import { argumentsOf, type NodeId } from "./graph.js";
import { Expression, type WeightSymbol, type Gated } from "./symbol.js";

export interface InlineOptions {
  /** What the cell reads as its x. */
  readonly x: Expression;
  /** Parameters of the outer cell, among them those of this one under their own names. */
  readonly p: Readonly<Record<string, unknown>>;
  /** The states of this cell by its names. */
  readonly state: Readonly<Record<string, Expression>>;
  /**
   * Values that enter beside x, as if x were longer: each of them goes through a matrix of its own wherever x goes through one.
   * By name; the matrix beside W is the parameter `W_<name>` (`inputMaps`).
   */
  readonly beside?: Readonly<Record<string, Expression>>;
  /** What stands before the names of parameters, default nothing: `l1_weight_ih` of prefix `l1_`. */
  readonly prefix?: string;
}

export interface InlinedStep {
  /** The states after the step, by the cell's names. */
  readonly state: Readonly<Record<string, Expression>>;
  readonly output: Expression;
}

/**
 * One step of `cell` on symbols of another cell: what `stepOf` returns is what the cell's own step computes.
 *
 * Errors: `E_CELL` for a cell with delays, inputs beside x or memories of its own, and where a value is to enter beside an x
 * that is also read otherwise than through a matrix.
 */
export function stepOf(cell: CellDefinition, options: InlineOptions): InlinedStep {
  const { x, p, state, beside = {}, prefix = "" } = options;
  const { graph } = x;
  checkInlined(cell, Object.keys(beside).length > 0);
  const own = cell.trace.graph;
  const widthOf = (dim: string): string => (dim === "input" ? (graph.node(x.id).dim ?? dim) : dim);
  const weight = (name: string): WeightSymbol => p[prefix + name] as WeightSymbol;
  const map = (w: WeightSymbol, u: NodeId, first: number, blocks: number): NodeId => {
    const ref = { ...w.ref, firstBlock: first, blocks };
    return graph.add({ kind: "linear", args: [u], weight: ref, transposed: false, dim: ref.rowDim });
  };
  const ids: NodeId[] = [];
  own.nodes.forEach((node, id) => {
    const args = argumentsOf(node).map((arg) => ids[arg]);
    ids[id] = copied();
    function copied(): NodeId {
      switch (node.kind) {
        case "constant":
          return graph.constant(node.value);
        case "size":
          return graph.size(widthOf(node.of));
        case "input":
          return x.id;
        case "state":
          return state[node.name].id;
        case "vector": {
          const value = p[prefix + node.param] as Expression | Gated<string>;
          const { gates } = cell.params[node.param].rows;
          return (value instanceof Expression ? value : value[gates![node.block]]).id;
        }
        case "unary":
          return graph.unary(node.op, args[0]);
        case "binary":
          return graph.binary(node.op, args[0], args[1]);
        case "select":
          return graph.select(args[0], args[1], args[2]);
        case "stop":
          return graph.add({ ...node, args: [args[0]], dim: graph.node(args[0]).dim });
        case "reduce":
          return graph.reduce(node.op, args[0]);
        case "columnMean":
          return graph.columnMean(args[0], widthOf(node.dim));
        case "linear":
          return map(weight(node.weight.param), args[0], node.weight.firstBlock, node.weight.blocks);
        case "block": {
          const made = graph.block(args[0], node.block);
          const linear = own.node(node.args[0]);
          if (linear.kind !== "linear" || own.node(linear.args[0]).kind !== "input") return made;
          const { param, firstBlock, blocks } = linear.weight;
          return Object.entries(beside).reduce(
            (sum, [name, value]) =>
              graph.binary(
                "add",
                sum,
                graph.block(map(weight(`${param}_${name}`), value.id, firstBlock, blocks), node.block),
              ),
            made,
          );
        }
        default:
          throw badDefinition(cell.name, `a ${node.kind} cannot be written into another cell`);
      }
    }
  });
  graph.candidates.push(...cell.trace.candidates.map((id) => ids[id]));
  const symbol = (id: NodeId): Expression => new Expression(graph, ids[id]);
  return {
    state: Object.fromEntries(cell.states.map(({ name }) => [name, symbol(cell.trace.next[name])])),
    output: symbol(cell.trace.output),
  };
}

/** A matrix `W_<name>` of the given width beside every matrix W that `cell` has on its x: what `beside` needs. */
export function inputMaps(cell: CellDefinition, name: string, width: string): Record<string, ParameterSpec> {
  const maps: Record<string, ParameterSpec> = {};
  const { graph } = cell.trace;
  for (const node of graph.nodes) {
    if (node.kind !== "linear" || graph.node(node.args[0]).kind !== "input") continue;
    const { param } = node.weight;
    maps[`${param}_${name}`] = { ...(cell.params[param] as MatrixSpec), cols: width };
  }
  return maps;
}

/**
 * Errors: `E_CELL` for a cell that `stepOf` cannot write into another one. What is built around a cell asks before it names
 * parameters and states after it.
 *
 * @param longer whether something is to enter beside x
 */
export function checkInlined(cell: CellDefinition, longer: boolean): void {
  const problem = inliningProblem(cell, longer);
  if (problem !== null) throw notInlined(cell.name, problem);
}

/** Why `stepOf` cannot write a cell into another one, in words; null where it can. */
export function inliningProblem({ inputs, trace }: CellDefinition, longer: boolean): string | null {
  const { graph } = trace;
  if (graph.delays.length > 0) return "it looks at earlier values (delay)";
  if (inputs.length > 0) return `it has inputs of its own: ${inputs.map(({ name }) => name).join(", ")}`;
  if (!longer) return null;
  const isX = (id: NodeId): boolean => graph.node(id).kind === "input";
  const bare = graph.nodes.some((node) => node.kind !== "linear" && argumentsOf(node).some(isX));
  const shown = [trace.output, ...Object.values(trace.next)].some(isX);
  return bare || shown ? "it reads x otherwise than through a matrix, so nothing can enter beside x" : null;
}
