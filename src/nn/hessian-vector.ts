/** Second derivatives of recurrent layers: how gradients move when everything a network reads moves. */
import { tangentCell, tangentName } from "../cell/index.js";
import { badState, shapeMismatch, unknownOption, unknownValue, wrongDtype } from "../errors.js";
import { concat, sameShape, scope, Tensor } from "../tensor/index.js";
import type { CellInputs } from "./recurrent-inputs.js";
import { type CellState, Recurrent, type RecurrentInput, type RecurrentState } from "./recurrent.js";

/** What comes out of the layers, or how fast it moves: output [T, B, D·O], and the final states. */
export interface Moving {
  readonly output: Tensor;
  readonly state: RecurrentState;
}

/** A direction v; what is not named stands still. */
export interface Direction {
  /** By parameter name, each of the parameter's shape. */
  readonly parameters?: Readonly<Record<string, Tensor>>;
  /** [T, B, I] */
  readonly x?: Tensor;
  /** As the initial state. */
  readonly state?: RecurrentState;
}

export interface HessianInput extends Pick<RecurrentInput, "state" | "lengths" | "mask" | "inputs"> {
  readonly direction: Direction;
  /**
   * L̇, the derivative of the loss L along a movement of what it sees, as one number on the tape: for L = Σ c⊙y it is Σ c⊙ẏ, for
   * L = ½Σ(y − t)² it is Σ (y − t)⊙ẏ.
   */
  readonly loss: (now: Moving, moving: Moving) => Tensor;
}

/** Numbers shaped like what they belong to: all parameters by name, x, and the initial states. */
export interface HessianProduct {
  /** H·v. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly x: Tensor;
  readonly state: RecurrentState;
  /** ∇L·v, what `loss` returned. */
  readonly slope: number;
}

/**
 * H·v, where H holds the second derivatives of a loss L with respect to parameters, x and initial states, and v is a direction of
 * them: how fast each gradient changes along v.
 *
 * Every layer runs with its tangent beside it (`tangentCell`), and L̇ = ∇L·v is differentiated back through both: exact, in the
 * time of a few training steps, in float32 or float64. Dropout and zoneout are as without `rng`. Kinks (relu, abs, max) count as
 * straight, stopped values as constants. Gradients the parameters already have are left as they are.
 *
 * Errors: as `Recurrent.forward`; `E_OPTION`, `E_SHAPE`, `E_DTYPE`, `E_STATE` for a direction that is not of this network;
 * `E_VALUE` for a bidirectional stack that does not concatenate.
 * Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".
 *
 * @example
 * const v = { parameters: { weight_hh_l0: Tensor.from(numbers, [64, 16]) } };
 * const { parameters } = hessianVectorProduct(net, x, {
 *   direction: v,
 *   loss: (now, moving) => now.output.sub(target).mul(moving.output).sum(),   // of ½Σ(y − target)²
 * });
 */
export function hessianVectorProduct(net: Recurrent, x: Tensor, input: HessianInput): HessianProduct {
  const { direction, loss, state = [], lengths, mask, inputs } = input;
  const who = `hessianVectorProduct(Recurrent(${net.cell.name}))`;
  const { merge = "concat" } = net.options as { readonly merge?: unknown };
  if (merge !== "concat") throw unknownValue(who, "merge", String(merge), ["concat"]);
  checkDirection(who, net, x, direction);
  return scope(() => {
    const { dtype } = net.options;
    const leaf = (value: Tensor): Tensor => Tensor.from(value.data(), value.shape, { dtype, requiresGrad: true });
    const batch = x.shape[1];
    const start = (state.length === 0 ? net.zeroState(batch) : state).map((record) => mapped(record, leaf));
    const moves = direction.state ?? net.zeroState(batch);
    const leaves = mapped(Object.fromEntries(net.namedParameters()), leaf);
    const movesOf = (name: string, like: Tensor): Tensor =>
      direction.parameters?.[name] ?? Tensor.zeros(like.shape, dtype);
    const first = leaf(x);

    let now: Moving = { output: first, state: [] };
    let moving: Moving = { output: direction.x ?? Tensor.zeros(x.shape, dtype), state: [] };
    const layers = layersOf(net);
    const each = net.stack.length / layers.length;
    layers.forEach((layer, l) => {
      const own = net.stack.slice(l * each, (l + 1) * each);
      const weights: Record<string, Tensor> = {};
      own.forEach(({ parameters, suffix }, d) => {
        for (const name of Object.keys(parameters)) {
          const full = name + suffix;
          weights[name + layer.stack[d].suffix] = leaves[full];
          weights[tangentName(name) + layer.stack[d].suffix] = movesOf(full, leaves[full]);
        }
      });
      const [from, to] = [l * each, (l + 1) * each];
      const beside = own.map((_, d) => {
        const given: CellInputs = isList(inputs) ? inputs[from + d] : (inputs ?? {});
        return { ...given, [tangentName("x")]: moving.output };
      });
      const entering = start.slice(from, to).map((record, d) => ({
        ...record,
        ...tangentRecord(moves[from + d]),
        [tangentName("output")]: Tensor.zeros([batch, own[d].dims[net.cell.outputDim]], dtype),
      }));
      const run = layer.trace(now.output, { state: entering, lengths, mask, inputs: beside, weights });
      const outputs = run.states.map((record) => record[tangentName("output")]);
      const pick = (name: (state: string) => string): CellState[] =>
        run.state.map((record) =>
          Object.fromEntries(net.cell.states.map(({ name: own }) => [own, record[name(own)]] as const)),
        );
      now = { output: run.output, state: [...now.state, ...pick((name) => name)] };
      const output = outputs.length === 1 ? outputs[0] : concat(outputs, 2);
      moving = { output, state: [...moving.state, ...pick(tangentName)] };
    });
    const slope = loss(now, moving);
    if (slope.requiresGrad) slope.backward();
    const product = (value: Tensor): Tensor => value.grad ?? Tensor.zeros(value.shape, dtype);
    return {
      parameters: mapped(leaves, product),
      x: product(first),
      state: start.map((record) => mapped(record, product)),
      slope: slope.item(),
    };
  });
}

const made = new WeakMap<Recurrent, readonly Recurrent[]>();

/** Each layer of a network with its tangent, as a network of its own; its parameters are never read. */
function layersOf(net: Recurrent): readonly Recurrent[] {
  const known = made.get(net);
  if (known !== undefined) return known;
  const still = { dropout: 0, inputDropout: 0, recurrentDropout: 0, updateDropout: 0, zoneout: 0 };
  const { outputSize, layers: count, ...options } = net.options;
  const each = net.stack.length / count;
  const cell = tangentCell(net.expectation);
  const layers = Array.from({ length: count }, (_, l) => {
    const inputSize = net.stack[l * each].dims["input"];
    const width = "output" in cell.extraDims ? { outputSize } : {};
    return new Recurrent(cell, { ...options, ...still, ...width, inputSize });
  });
  made.set(net, layers);
  return layers;
}

function isList(inputs: HessianInput["inputs"]): inputs is readonly CellInputs[] {
  return Array.isArray(inputs);
}

function tangentRecord(record: CellState): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [tangentName(name), value]));
}

function mapped(record: Readonly<Record<string, Tensor>>, fn: (value: Tensor) => Tensor): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}

function checkDirection(who: string, net: Recurrent, x: Tensor, { parameters = {}, x: dx, state }: Direction): void {
  const own = new Map(net.namedParameters());
  const like = (name: string, value: Tensor, { shape, dtype }: Tensor): void => {
    if (!sameShape(value.shape, shape)) throw shapeMismatch(`${who}: direction of ${name}`, shape, value.shape);
    if (value.dtype !== dtype) throw wrongDtype(`${who}: direction of ${name}`, dtype, value.dtype);
  };
  for (const [name, value] of Object.entries(parameters)) {
    const parameter = own.get(name);
    if (parameter === undefined) throw unknownOption(`${who}: direction`, name, [...own.keys()]);
    like(name, value, parameter);
  }
  if (dx !== undefined) like("x", dx, x);
  if (state !== undefined && state.length !== net.stack.length) {
    throw badState(`${who}: direction`, `of ${net.stack.length} records (layers × directions)`, `${state.length}`);
  }
}
