/** Second derivatives of recurrent layers: how gradients move when everything a network reads moves. */
import { type CellDefinition, tangentCell, tangentName } from "../cell/index.js";
import { badState, noSecondDerivative, shapeMismatch, unknownValue, wrongDtype } from "../errors.js";
import { add, concat, linear, mul, sameShape, scope, sigmoid, sub, Tensor } from "../tensor/index.js";
import { expectFunction, expectOptions, expectTensor } from "./given.js";
import type { CellInputs } from "./recurrent-inputs.js";
import {
  type CellState,
  type LayerParameters,
  Recurrent,
  type RecurrentInput,
  type RecurrentState,
} from "./recurrent.js";
import { sequenceRows } from "./sequence-rows.js";
import { numbered, type Skip } from "./stack-layers.js";
import { Stack } from "./stack.js";
import { TapeRecurrent } from "./tape-recurrent.js";

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
 * `E_VALUE` for a bidirectional layer that does not concatenate, `E_OPTION_NEEDS` for a layer that is a module with a step, alone or
 * in a stack, `E_MODULE` for what is no recurrent network.
 * Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".
 *
 * @example
 * const v = { parameters: { weight_hh_l0: Tensor.from(numbers, [64, 16]) } };
 * const { parameters } = hessianVectorProduct(net, x, {
 *   direction: v,
 *   loss: (now, moving) => now.output.sub(target).mul(moving.output).sum(),   // of ½Σ(y − target)²
 * });
 */
export function hessianVectorProduct(net: Recurrent | Stack, x: Tensor, input: HessianInput): HessianProduct {
  const kind = net instanceof Recurrent ? `(Recurrent(${net.cell.name}))` : net instanceof Stack ? "(Stack)" : "";
  const who = `hessianVectorProduct${kind}`;
  const layers = layersOf(who, net);
  expectTensor(who, "x", x);
  expectOptions(who, input, ["direction", "loss", "state", "lengths", "mask", "inputs"]);
  const { direction, loss, state = [], lengths, mask, inputs } = input;
  expectOptions(`${who}: direction`, direction, ["parameters", "x", "state"]);
  expectFunction(who, "loss", "(now, moving) => Tensor", loss);
  const { dtype } = layers[0].layer.options;
  checkDirection(who, net, x, direction);
  return scope(() => {
    const leaf = (value: Tensor): Tensor => Tensor.from(value.data(), value.shape, { dtype, requiresGrad: true });
    const batch = x.shape[1];
    const start = (state.length === 0 ? net.zeroState(batch) : state).map((record) => mapped(record, leaf));
    const moves = direction.state ?? net.zeroState(batch);
    const leaves = mapped(Object.fromEntries(net.namedParameters()), leaf);
    const movesOf = (name: string): Tensor => direction.parameters?.[name] ?? Tensor.zeros(leaves[name].shape, dtype);
    const first = leaf(x);

    // What lies beyond the ends is nobody's: skips must not carry it on.
    const skips = layers.some(({ skip }) => skip !== "none") && (lengths ?? mask) !== undefined;
    const door = skips ? sequenceRows(who, x.shape[0], batch, { lengths, mask }) : null;
    const valid = (value: Tensor): Tensor => (door === null ? value : door.unpack(door.pack(value)));
    let now: Moving = { output: valid(first), state: [] };
    let moving: Moving = { output: valid(direction.x ?? Tensor.zeros(x.shape, dtype)), state: [] };
    let from = 0;
    for (const { layer, cell, own, skip, suffix } of layers) {
      const weights: Record<string, Tensor> = {};
      own.forEach(({ parameters, suffix: full }, d) => {
        for (const name of Object.keys(parameters)) {
          weights[name + layer.stack[d].suffix] = leaves[name + full];
          weights[tangentName(name) + layer.stack[d].suffix] = movesOf(name + full);
        }
      });
      const at = from;
      const beside = own.map((_, d) => {
        const given: CellInputs = isList(inputs) ? inputs[at + d] : (inputs ?? {});
        return { ...given, [tangentName("x")]: moving.output };
      });
      const entering = start.slice(at, at + own.length).map((record, d) => ({
        ...record,
        ...tangentRecord(moves[at + d]),
        [tangentName("output")]: Tensor.zeros([batch, own[d].dims[cell.outputDim]], dtype),
      }));
      const run = layer.trace(now.output, { state: entering, lengths, mask, inputs: beside, weights });
      const outputs = run.states.map((record) => record[tangentName("output")]);
      const pick = (name: (state: string) => string): CellState[] =>
        run.state.map((record) =>
          Object.fromEntries(cell.states.map(({ name: state }) => [state, record[name(state)]] as const)),
        );
      const gate = (kind: string): { readonly value: Tensor; readonly move: Tensor } => {
        const name = `${kind}_highway${suffix}`;
        return { value: leaves[name], move: movesOf(name) };
      };
      const made = { value: run.output, move: outputs.length === 1 ? outputs[0] : concat(outputs, 2) };
      const { value, move } = past(skip, { value: now.output, move: moving.output }, made, gate);
      now = { output: value, state: [...now.state, ...pick((name) => name)] };
      moving = { output: move, state: [...moving.state, ...pick(tangentName)] };
      from += own.length;
    }
    const slope = loss(now, moving);
    expectTensor(who, "what loss returns", slope);
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

/** A value and how fast it moves. */
interface Pair {
  readonly value: Tensor;
  readonly move: Tensor;
}

/** What a skip makes of x and f(x), and how fast that moves. */
function past(skip: Skip, x: Pair, f: Pair, gate: (kind: string) => Pair): Pair {
  if (skip === "none") return f;
  if (skip === "residual") return { value: add(x.value, f.value), move: add(x.move, f.move) };
  if (skip === "dense") return { value: concat([x.value, f.value], 2), move: concat([x.move, f.move], 2) };
  const [W, b] = [gate("weight"), gate("bias")];
  const t = sigmoid(linear(x.value, W.value, b.value));
  const inside = add(linear(x.move, W.value), linear(x.value, W.move, b.move));
  const moved = mul(sub(t, mul(t, t)), inside);
  const [away, moving] = [sub(f.value, x.value), sub(f.move, x.move)];
  return {
    value: add(x.value, mul(t, away)),
    move: add(x.move, add(mul(moved, away), mul(t, moving))),
  };
}

/** One layer of a network with its tangent, as a network of its own whose parameters are never read. */
interface TangentLayer {
  readonly layer: Recurrent;
  /** The cell that it is the tangent of. */
  readonly cell: CellDefinition;
  /** The layer's directions, under the names of the whole. */
  readonly own: readonly LayerParameters[];
  readonly skip: Skip;
  /** `_l1`: what the names of its highway end in. */
  readonly suffix: string;
}

const known = new WeakMap<Recurrent, readonly Recurrent[]>();

function layersOf(who: string, net: unknown): readonly TangentLayer[] {
  if (net instanceof Recurrent)
    return tangentLayers(who, net).map((one, k) => ({ ...one, skip: "none", suffix: `_l${k}` }));
  if (!(net instanceof Stack)) throw noSecondDerivative(who, net, net instanceof TapeRecurrent);
  return net.floors.flatMap(({ layer, skip }, k) => {
    if (!(layer instanceof Recurrent)) throw noSecondDerivative(`${who}: layer ${k}`, layer, true);
    return tangentLayers(who, layer).map(({ own, ...one }) => {
      const named = own.map((direction) => ({ ...direction, suffix: numbered(direction.suffix, k) }));
      return { ...one, own: named, skip, suffix: `_l${k}` };
    });
  });
}

function tangentLayers(who: string, net: Recurrent): Omit<TangentLayer, "skip" | "suffix">[] {
  const { merge = "concat" } = net.options as { readonly merge?: unknown };
  if (merge !== "concat") throw unknownValue(who, "merge", String(merge), ["concat"]);
  const layers = known.get(net) ?? tangentsOf(net);
  known.set(net, layers);
  const each = net.stack.length / layers.length;
  return layers.map((layer, l) => ({ layer, cell: net.cell, own: net.stack.slice(l * each, (l + 1) * each) }));
}

function tangentsOf(net: Recurrent): readonly Recurrent[] {
  // The tangent of a cell without biases has none to leave out.
  const still = { bias: true, dropout: 0, inputDropout: 0, recurrentDropout: 0, updateDropout: 0, zoneout: 0 };
  const { outputSize, layers: count, ...options } = net.options;
  const each = net.stack.length / count;
  const cell = tangentCell(net.expectation);
  return Array.from({ length: count }, (_, l) => {
    const inputSize = net.stack[l * each].dims["input"];
    const width = "output" in cell.extraDims ? { outputSize } : {};
    return new Recurrent(cell, { ...options, ...still, ...width, inputSize });
  });
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

function checkDirection(
  who: string,
  net: Recurrent | Stack,
  x: Tensor,
  { parameters = {}, x: dx, state }: Direction,
): void {
  const own = new Map(net.namedParameters());
  const like = (name: string, value: Tensor, { shape, dtype }: Tensor): void => {
    if (!sameShape(value.shape, shape)) throw shapeMismatch(`${who}: direction of ${name}`, shape, value.shape);
    if (value.dtype !== dtype) throw wrongDtype(`${who}: direction of ${name}`, dtype, value.dtype);
  };
  expectOptions(`${who}: direction.parameters`, parameters, [...own.keys()]);
  for (const [name, value] of Object.entries(parameters)) {
    expectTensor(who, `direction of ${name}`, value);
    like(name, value, own.get(name)!);
  }
  if (dx !== undefined) like("x", dx, x);
  const records = net.suffixes.length;
  if (state !== undefined && state.length !== records) {
    throw badState(`${who}: direction`, `of ${records} records (layers × directions)`, `${state.length}`);
  }
}
