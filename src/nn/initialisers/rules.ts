/**
 * Initialisers: where the numbers of a new parameter come from, one function per published rule.
 *
 * An initialiser is told the shape [rows, cols] = [out, in] of a matrix, or [rows] of a vector, and into how many blocks
 * of rows (gates) it is divided; it returns the numbers, row-major, in float64. fan_in is cols, fan_out is rows, or the
 * rows of one gate where a rule is asked to work `per: "gate"`: rules differ exactly there.
 */
import { badInitialiser, badNumber, unknownValue } from "../../errors.js";
import type { Rng } from "../../runtime/index.js";
import { type Parameter, type Shape, sizeOf } from "../../tensor/index.js";
import { expectOptions, expectSwitch } from "../given.js";

/** What is to be filled. */
export interface InitialiserTarget {
  readonly shape: Shape;
  /** Blocks of rows, 1 for a parameter without gates. */
  readonly gates: number;
  /** H: units of the layer, for the rules that ask for them. */
  readonly hidden: number;
}

/** The numbers of a parameter, row-major. */
export type Initialiser = (target: InitialiserTarget, rng: Rng) => Float64Array;

/** One value everywhere. */
export function constant(value: number): Initialiser {
  return ({ shape }) => new Float64Array(sizeOf(shape)).fill(value);
}

/** U(−bound, bound). Errors: `E_NUMBER` for a negative bound. */
export function uniform(bound: number): Initialiser {
  if (!(bound >= 0)) throw badNumber("uniform", "bound", "a number from 0", bound);
  return ({ shape }, rng) => drawn(shape, () => (2 * rng.uniform() - 1) * bound);
}

/** N(0, std²). Errors: `E_NUMBER` for a negative std. */
export function normal(std: number): Initialiser {
  if (!(std >= 0)) throw badNumber("normal", "std", "a number from 0", std);
  return ({ shape }, rng) => drawn(shape, () => std * rng.normal());
}

/** U(−1/√H, 1/√H), H the units of the layer, for every parameter alike. Source: torch.nn.RNNBase. */
export const inverseRootHidden: Initialiser = ({ shape, hidden }, rng) => {
  const bound = 1 / Math.sqrt(hidden);
  return drawn(shape, () => (2 * rng.uniform() - 1) * bound);
};

/** How a rule that scales with fan_in and fan_out is told apart. */
export interface ScalingOptions {
  /** Factor on the standard deviation, default that of the rule. */
  readonly gain?: number;
  /** fan_out counts the rows of the whole matrix ("fused", default) or of one gate ("gate"). */
  readonly per?: "fused" | "gate";
  /** Cut the normal distribution off at two standard deviations, and widen it to keep the variance; default false. */
  readonly truncated?: boolean;
}

/** Standard deviation of N(0, 1) cut off at ±2. */
const TRUNCATED_STD = 0.87962566103423978;

/** std = gain·√(1 / fan), as a uniform distribution with that standard deviation or a normal one. */
function scaling(
  who: string,
  fan: (fanIn: number, fanOut: number) => number,
  shape: "uniform" | "normal",
  options: ScalingOptions,
): Initialiser {
  expectOptions(who, options, ["gain", "per", "truncated"]);
  const { gain = 1, per = "fused", truncated = false } = options;
  if (per !== "fused" && per !== "gate") throw unknownValue(who, "per", per, ["fused", "gate"]);
  expectSwitch(who, "truncated", truncated);
  if (!(gain >= 0)) throw badNumber(who, "gain", "a number from 0", gain);
  return (target, rng) => {
    const { rows, cols } = matrixOf(who, target);
    const std = gain / Math.sqrt(fan(cols, per === "gate" ? rows / target.gates : rows));
    if (shape === "uniform") return uniform(std * Math.sqrt(3))(target, rng);
    if (!truncated) return normal(std)(target, rng);
    const within = (): number => {
      for (;;) {
        const z = rng.normal();
        if (z > -2 && z < 2) return z;
      }
    };
    return drawn(target.shape, () => (std / TRUNCATED_STD) * within());
  };
}

const average = (fanIn: number, fanOut: number): number => (fanIn + fanOut) / 2;

/**
 * Glorot, uniform: U(−b, b), b = gain·√(6 / (fan_in + fan_out)). Errors: `E_INITIALISER` for a vector.
 *
 * Keras counts fan_out fused (4H for an LSTM), others per gate. Source: Glorot & Bengio 2010; torch.nn.init.xavier_uniform_.
 */
export function glorotUniform(options: ScalingOptions = {}): Initialiser {
  return scaling("glorotUniform", average, "uniform", options);
}

/** Glorot, normal: std = gain·√(2 / (fan_in + fan_out)); Keras truncates. Errors: `E_INITIALISER` for a vector. */
export function glorotNormal(options: ScalingOptions = {}): Initialiser {
  return scaling("glorotNormal", average, "normal", options);
}

/** He's rules may count either fan. */
export interface HeOptions extends ScalingOptions {
  /** "in" (default) keeps the variance of activations, "out" that of gradients. */
  readonly fan?: "in" | "out";
}

/** He's rules: both know the same options, and √2 is their gain. */
function he(who: string, shape: "uniform" | "normal", options: HeOptions): Initialiser {
  expectOptions(who, options, ["gain", "per", "truncated", "fan"]);
  const { fan = "in", ...rest } = options;
  if (fan !== "in" && fan !== "out") throw unknownValue(who, "fan", fan, ["in", "out"]);
  return scaling(who, fan === "in" ? incoming : outgoing, shape, { gain: Math.SQRT2, ...rest });
}

const incoming = (fanIn: number): number => fanIn;
const outgoing = (_: number, fanOut: number): number => fanOut;

/**
 * He, uniform: U(−b, b), b = gain·√(3 / fan), gain √2 for ReLU units. Errors: `E_INITIALISER` for a vector.
 *
 * Source: He et al. 2015; torch.nn.init.kaiming_uniform_.
 */
export function heUniform(options: HeOptions = {}): Initialiser {
  return he("heUniform", "uniform", options);
}

/** He, normal: std = gain·√(1 / fan), gain √2 for ReLU units. Errors: `E_INITIALISER` for a vector. */
export function heNormal(options: HeOptions = {}): Initialiser {
  return he("heNormal", "normal", options);
}

/** LeCun, uniform: U(−b, b), b = gain·√(3 / fan_in). Errors: `E_INITIALISER` for a vector. Source: LeCun et al. 1998. */
export function lecunUniform(options: ScalingOptions = {}): Initialiser {
  return scaling("lecunUniform", incoming, "uniform", options);
}

/** LeCun, normal: std = gain·√(1 / fan_in); Keras and Flax truncate. Errors: `E_INITIALISER` for a vector. */
export function lecunNormal(options: ScalingOptions = {}): Initialiser {
  return scaling("lecunNormal", incoming, "normal", options);
}

/** gain times the identity, in the block of every gate; what a rectangle has beyond it is 0. Source: Le et al. 2015. */
export function identity(gain = 1): Initialiser {
  return (target) => {
    const { rows, cols } = matrixOf("identity", target);
    const out = new Float64Array(rows * cols);
    for (let r = 0; r < rows; r++) {
      const column = r % (rows / target.gates);
      if (column < cols) out[r * cols + column] = gain;
    }
    return out;
  };
}

/**
 * N(0, std²), with ⌈sparsity·rows⌉ elements of each column, drawn anew, set to 0. std defaults to 0.01.
 *
 * Errors: `E_NUMBER` when sparsity is no share, 0 … 1; `E_INITIALISER` for a vector. Source: Martens 2010;
 * torch.nn.init.sparse_.
 */
export function sparse(options: { readonly sparsity: number; readonly std?: number }): Initialiser {
  expectOptions("sparse", options, ["sparsity", "std"]);
  const { sparsity, std = 0.01 } = options;
  if (!(sparsity >= 0 && sparsity <= 1)) throw badNumber("sparse", "sparsity", "a share, 0 … 1", sparsity);
  return (target, rng) => {
    const { rows, cols } = matrixOf("sparse", target);
    const out = normal(std)(target, rng);
    const zeros = Math.ceil(sparsity * rows);
    const order = Array.from({ length: rows }, (_, r) => r);
    for (let c = 0; c < cols; c++) for (const r of rng.shuffle(order).slice(0, zeros)) out[r * cols + c] = 0;
    return out;
  };
}

/**
 * Overwrite one parameter, outside a recurrent stack, by a rule; returns it. It counts as one block of rows, and its columns
 * as units: `inverseRootHidden` is then U(±1/√fan_in), what `torch.nn.Linear` starts from.
 *
 * @example fill(head.weight, glorotUniform(), rng.split("head"));
 */
export function fill(parameter: Parameter, rule: Initialiser, rng: Rng): Parameter {
  return parameter.set(rule({ shape: parameter.shape, gates: 1, hidden: parameter.shape.at(-1) ?? 1 }, rng));
}

/** Rows and columns of a target. Errors: `E_INITIALISER` when it is no matrix. */
export function matrixOf(who: string, { shape }: InitialiserTarget): { rows: number; cols: number } {
  if (shape.length !== 2)
    throw badInitialiser(who, "fills matrices only", `a parameter of shape [${shape.join(", ")}]`);
  return { rows: shape[0], cols: shape[1] };
}

function drawn(shape: Shape, draw: () => number): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  for (let i = 0; i < out.length; i++) out[i] = draw();
  return out;
}
