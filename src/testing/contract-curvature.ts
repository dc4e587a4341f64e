/** Contract checks about second derivatives. */
import { hessianVectorProduct, type Direction, type Moving, type Recurrent } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import type { Tensor } from "../tensor/index.js";
import {
  inputTensors,
  makeBatch,
  makeNetwork,
  mapRecord,
  recordNumbers,
  runCase,
  stateTensors,
  type Batch,
  type CaseSizes,
  type StateNumbers,
} from "./contract-case.js";
import type { CheckContext } from "./contract-context.js";
import { distance, numbersOf, randomNumbers, tensorOf, type Numbers } from "./contract-numbers.js";

/** A direction, or a gradient: everything that a loss depends on. */
interface Everything {
  readonly x: Numbers;
  readonly state: StateNumbers;
  readonly parameters: Readonly<Record<string, Numbers>>;
}

const STEP = 4e-6;
/** Largest accepted distance of what is measured, of a tensor's largest number. */
const MEASURED = 1e-6;

/**
 * H·v in float64: against the difference of the gradient at both ends of a step along v, for L = Σ c⊙y + Σ d⊙s at the end of the
 * sequences and the same with ½Σy² added; and uᵀHv = vᵀHu, H(2v + u) = 2Hv + Hu.
 */
export function curvatureIsMeasured({ cell, judge }: Omit<CheckContext, "machines">, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, "f64");
  const batch = makeBatch(net, sizes);
  const rng = new Rng(11);
  const [u, v] = [directionFor(net, batch, rng), directionFor(net, batch, rng)];
  const mixed = combined(2, v, 1, u);
  for (const squares of [false, true]) {
    const loss = squares ? "a loss with squares" : "a linear loss";
    const [hu, hv, hm] = [u, v, mixed].map((each) => productOf(net, batch, each, squares));
    close(judge, `H·v of ${loss}`, hv, awayFromKinks(net, batch, v, squares, hv), MEASURED);
    const [left, right] = [dot(u, hv), dot(v, hu)];
    const size = Math.max(0.1, absoluteDot(u, hv), absoluteDot(v, hu));
    if (!(Math.abs(left - right) <= 1e-11 * size))
      judge.fail(`with ${loss}, uᵀHv is ${left} and vᵀHu is ${right}: H is not symmetric`);
    close(judge, `H·(2v + u) of ${loss}`, hm, combined(2, hv, 1, hu), 1e-11);
  }
}

function productOf(net: Recurrent, batch: Batch, v: Everything, squares: boolean): Everything {
  const direction: Direction = {
    parameters: mapRecord(v.parameters, (value) => tensorOf(value, "f64", false)),
    x: tensorOf(v.x, "f64", false),
    state: stateTensors(v.state, "f64", false),
  };
  const loss = (now: Moving, moving: Moving): Tensor => {
    let slope = moving.output.mul(tensorOf(batch.dOutput!, "f64", false)).sum();
    moving.state.forEach((record, i) => {
      for (const [name, value] of Object.entries(record))
        slope = slope.add(value.mul(tensorOf(batch.dFinal[i][name], "f64", false)).sum());
    });
    return squares ? slope.add(now.output.mul(moving.output).sum()) : slope;
  };
  const product = hessianVectorProduct(net, tensorOf(batch.x, "f64", false), {
    direction,
    loss,
    state: stateTensors(batch.state, "f64", false),
    inputs: inputTensors(net, batch.inputs, "f64", false),
    lengths: batch.lengths,
  });
  return {
    x: numbersOf(product.x),
    state: product.state.map(recordNumbers),
    parameters: recordNumbers(product.parameters),
  };
}

/**
 * What is measured with a step that no kink lies within: as long as a quarter of the step measures something else, the
 * gradient jumps between them. Where two steps agree, what they say stands, whatever was expected.
 */
function awayFromKinks(
  net: Recurrent,
  batch: Batch,
  v: Everything,
  squares: boolean,
  expected: Everything,
): Everything {
  let found = measured(net, batch, v, squares, STEP);
  for (let step = STEP / 4; apart(found, expected) > MEASURED && step > STEP / 100; step /= 4) {
    const finer = measured(net, batch, v, squares, step);
    if (apart(finer, found) <= MEASURED / 4) break;
    found = finer;
  }
  return found;
}

/** The largest distance between tensors. */
function apart(got: Everything, expected: Everything): number {
  const others = parts(expected);
  return Math.max(...parts(got).map((numbers, i) => distance(numbers, others[i])));
}

/**
 * (8·(g(ε) − g(−ε)) − (g(2ε) − g(−2ε))) / 12ε with g(ε) = ∇L(at + ε·v), from the gradients that training uses. Of fourth order:
 * a norm over few units bends so much that the plain difference keeps five digits.
 */
function measured(net: Recurrent, batch: Batch, v: Everything, squares: boolean, epsilon: number): Everything {
  const parameters = Object.fromEntries(net.namedParameters());
  const here = mapRecord(parameters, numbersOf);
  const at = { x: batch.x, state: batch.state, parameters: here };
  const gradient = (step: number): Everything => {
    const there = combined(1, at, step, v);
    for (const [name, value] of Object.entries(there.parameters)) parameters[name].set(value.data);
    const moved = { ...batch, x: there.x, state: there.state };
    let got = runCase(net, moved);
    // The gradient of ½Σy² with respect to y is y.
    if (squares) got = runCase(net, { ...moved, dOutput: plus(1, batch.dOutput!, 1, got.output) });
    return { x: got.dx, state: got.dState, parameters: got.dParameters };
  };
  const between = (step: number): Everything => combined(1, gradient(step), -1, gradient(-step));
  const [near, far] = [between(epsilon), between(2 * epsilon)];
  for (const [name, value] of Object.entries(here)) parameters[name].set(value.data);
  return combined(8 / (12 * epsilon), near, -1 / (12 * epsilon), far);
}

function directionFor(net: Recurrent, batch: Batch, rng: Rng): Everything {
  const like = ({ shape }: { readonly shape: readonly number[] }): Numbers => randomNumbers(rng, shape);
  return {
    x: like(batch.x),
    state: batch.state.map((record) => mapRecord(record, like)),
    parameters: mapRecord(Object.fromEntries(net.namedParameters()), like),
  };
}

function combined(a: number, left: Everything, b: number, right: Everything): Everything {
  const record = (one: Readonly<Record<string, Numbers>>, other: Readonly<Record<string, Numbers>>) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [name, plus(a, value, b, other[name])]));
  return {
    x: plus(a, left.x, b, right.x),
    state: left.state.map((one, i) => record(one, right.state[i])),
    parameters: record(left.parameters, right.parameters),
  };
}

function plus(a: number, left: Numbers, b: number, right: Numbers): Numbers {
  return { shape: left.shape, data: left.data.map((value, i) => a * value + b * right.data[i]) };
}

function parts({ x, state, parameters }: Everything): Numbers[] {
  return [x, ...state.flatMap((record) => Object.values(record)), ...Object.values(parameters)];
}

function dot(left: Everything, right: Everything): number {
  const others = parts(right);
  return parts(left).reduce(
    (sum, { data }, i) => data.reduce((all, value, j) => all + value * others[i].data[j], sum),
    0,
  );
}

/** Σ|aᵢ·bᵢ|: what the rounding of a dot product is measured by. */
function absoluteDot(left: Everything, right: Everything): number {
  const others = parts(right);
  return parts(left).reduce(
    (sum, { data }, i) => data.reduce((all, value, j) => all + Math.abs(value * others[i].data[j]), sum),
    0,
  );
}

function close(
  judge: CheckContext["judge"],
  what: string,
  got: Everything,
  expected: Everything,
  within: number,
): void {
  judge.close(`${what}, x`, got.x, expected.x, within);
  judge.closeStates(`${what}, initial state`, got.state, expected.state, within);
  judge.closeRecord(`${what},`, got.parameters, expected.parameters, within);
}
