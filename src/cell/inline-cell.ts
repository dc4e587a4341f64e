/**
 * A cell as a word of the language: its step within the step of another one. So attention, or a second layer, is written
 * around a cell that exists, and its equations stay where they are.
 */
import { badDefinition, notInlined } from "../errors.js";
import { type CellDefinition, declaredStates, inputWeight, type MatrixSpec, type ParameterSpec } from "./define.js";
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
   * By name; the matrix beside W is the parameter `W_<name>` (`inputMaps`). A cell that reads x otherwise than through matrices
   * has x + weight_<name>·value for its x.
   */
  readonly beside?: Readonly<Record<string, Expression>>;
  /** What stands before the names of parameters, default nothing: `l1_weight_ih` of prefix `l1_`. */
  readonly prefix?: string;
}

export interface InlinedStep {
  /** The states after the step, by the cell's names; earlier values that it looks at are states of the outer cell. */
  readonly state: Readonly<Record<string, Expression>>;
  readonly output: Expression;
}

/**
 * One step of `cell` on symbols of another cell: what `stepOf` returns is what the cell's own step computes.
 *
 * Errors: `E_CELL` for a cell with inputs beside x or memories of its own.
 */
export function stepOf(cell: CellDefinition, options: InlineOptions): InlinedStep {
  const { x, p, state, beside = {}, prefix = "" } = options;
  const { graph } = x;
  checkInlined(cell);
  const own = cell.trace.graph;
  const earlier = new Map(own.delays.map(({ name, of }) => [name, of]));
  const widthOf = (dim: string): string => (dim === "input" ? (graph.node(x.id).dim ?? dim) : dim);
  const weight = (name: string): WeightSymbol => p[prefix + name] as WeightSymbol;
  const map = (w: WeightSymbol, u: NodeId, first: number, blocks: number): NodeId => {
    const ref = { ...w.ref, firstBlock: first, blocks };
    return graph.add({ kind: "linear", args: [u], weight: ref, transposed: false, dim: ref.rowDim });
  };
  const besides = Object.entries(beside);
  const mapped = hasMappedInput(cell);
  const longer = mapped
    ? x.id
    : besides.reduce(
        (sum, [name, value]) => graph.binary("add", sum, graph.block(map(weight(`weight_${name}`), value.id, 0, 1), 0)),
        x.id,
      );
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
          return longer;
        case "state": {
          const of = earlier.get(node.name);
          return of === undefined ? state[node.name].id : graph.delay(ids[of])!;
        }
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
          if (!mapped || linear.kind !== "linear" || own.node(linear.args[0]).kind !== "input") return made;
          const { param, firstBlock, blocks } = linear.weight;
          return besides.reduce(
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
    state: Object.fromEntries(declaredStates(cell).map(({ name }) => [name, symbol(cell.trace.next[name])])),
    output: symbol(cell.trace.output),
  };
}

/**
 * What `beside` needs: a matrix `W_<name>` of the given width beside every matrix W that `cell` has on its x, or for a cell that
 * reads x otherwise too, one matrix `weight_<name>` onto the width of x.
 */
export function inputMaps(cell: CellDefinition, name: string, width: string): Record<string, ParameterSpec> {
  const plain = (dim: string): { readonly dim: string; readonly gates: null } => ({ dim, gates: null });
  if (!hasMappedInput(cell)) return { [`weight_${name}`]: inputWeight(plain("input"), plain(width)) };
  const maps: Record<string, ParameterSpec> = {};
  const { graph } = cell.trace;
  for (const node of graph.nodes) {
    if (node.kind !== "linear" || graph.node(node.args[0]).kind !== "input") continue;
    const { param } = node.weight;
    maps[`${param}_${name}`] = { ...(cell.params[param] as MatrixSpec), cols: width };
  }
  return maps;
}

/** Whether a cell does nothing with x but multiply it by matrices, each in the step that x comes in. */
function hasMappedInput({ trace }: CellDefinition): boolean {
  const { graph } = trace;
  const isX = (id: NodeId): boolean => graph.node(id).kind === "input";
  const bare = graph.nodes.some((node) => node.kind !== "linear" && argumentsOf(node).some(isX));
  const shown = [trace.output, ...Object.values(trace.next)].some(isX);
  return !bare && !shown;
}

/**
 * Errors: `E_CELL` for a cell that `stepOf` cannot write into another one. What is built around a cell asks before it names
 * parameters and states after it.
 */
export function checkInlined({ name, inputs }: CellDefinition): void {
  if (inputs.length === 0) return;
  throw notInlined(name, `it has inputs of its own: ${inputs.map((input) => input.name).join(", ")}`);
}
