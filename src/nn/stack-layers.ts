/** The layers of a stack: what may be asked for, what is made of it, and what goes past each. */
import type { CellDefinition } from "../cell/index.js";
import { badNumber, badSkip, notOptions, unknownOption, unknownValue } from "../errors.js";
import type { Rng } from "../runtime/index.js";
import { add, concat, mul, sigmoid, sub, type Tensor } from "../tensor/index.js";
import { expectCell, expectOptions, expectStateful } from "./given.js";
import { Linear } from "./linear.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";
import type { TapeRecurrent } from "./tape-recurrent.js";

/**
 * What goes past a layer f. With x its input before dropout:
 * `none`: f(x); `residual`: x + f(x); `highway`: x + t ⊙ (f(x) − x), t = σ(W·x + b), b from −1, so that a new layer lets most
 * of x pass; `dense`: [x, f(x)], the widths added, so that a layer sees the outputs of all dense ones before it.
 * Source: He et al. 2015 (arXiv:1512.03385); Srivastava et al. 2015 (arXiv:1505.00387); Huang et al. 2016 (arXiv:1608.06993).
 */
export type Skip = "none" | "residual" | "highway" | "dense";

/** A layer of its own cell and size; the options of `Recurrent` but for those that the stack knows. */
export interface StackLayer extends Omit<RecurrentOptions, "inputSize" | "layers" | "dropout" | "dtype"> {
  readonly cell: CellDefinition;
  /** Default "none". */
  readonly skip?: Skip;
}

/** A layer that is there already. */
export interface ReadyLayer {
  readonly layer: Recurrent | TapeRecurrent;
  /** Default "none". */
  readonly skip?: Skip;
}

/** A layer as it stands in a stack. */
export interface Floor {
  readonly layer: Recurrent | TapeRecurrent;
  readonly skip: Skip;
  /** t of a highway. */
  readonly gate: Linear | null;
  /** Its records of state: the first, and how many. */
  readonly first: number;
  readonly count: number;
}

const SKIPS: readonly Skip[] = ["none", "residual", "highway", "dense"];

/**
 * Layer k of a stack, which reads `width` features and draws from `rng`; its records of state begin at `first`.
 *
 * Errors: as the constructor of `Stack`.
 */
export function floorOf(
  given: StackLayer | ReadyLayer,
  { k, width, first, dtype, rng }: { k: number; width: number; first: number; dtype: "f32" | "f64"; rng: Rng },
): Floor {
  const who = `Stack: layer ${k}`;
  if (typeof given !== "object" || given === null) throw notOptions(who, ["cell", "hiddenSize", "skip"], given);
  const { skip = "none" } = given;
  if (!SKIPS.includes(skip)) throw unknownValue(who, "skip", skip, SKIPS);
  if ("layer" in given) expectOptions(who, given, ["layer", "skip"]);
  else expectCell(who, given.cell);
  const layer = "layer" in given ? ready(who, given, width, dtype) : made(given, width, dtype, rng);
  if ((skip === "residual" || skip === "highway") && layer.outputWidth !== width) {
    throw badSkip(who, skip, width, layer.outputWidth);
  }
  const gate = skip === "highway" ? openGate(width, dtype, rng.split("highway")) : null;
  return { layer, skip, gate, first, count: layer.suffixes.length };
}

/** x and f(x), [.., I] and [.., O], as the skip joins them. */
export function skipped({ skip, gate }: Floor, x: Tensor, f: Tensor): Tensor {
  if (skip === "residual") return add(x, f);
  if (skip === "dense") return concat([x, f], x.rank - 1);
  return gate === null ? f : add(x, mul(sigmoid(gate.forward(x)), sub(f, x)));
}

/** `weight_hh_l0_reverse` of layer k: `weight_hh_l<k>_reverse`. */
export function numbered(name: string, k: number): string {
  return name.replace(/_l0(_reverse)?$/, `_l${k}$1`);
}

function made(given: StackLayer, inputSize: number, dtype: "f32" | "f64", rng: Rng): Recurrent {
  const { cell, ...rest } = given;
  const options: Partial<StackLayer> = { ...rest };
  delete (options as { skip?: Skip }).skip;
  for (const name of ["inputSize", "layers", "dropout", "dtype"]) {
    if (name in options)
      throw unknownOption("Stack: a layer", name, ["cell", "skip", "hiddenSize", "bidirectional", "…"]);
  }
  return new Recurrent(cell, { ...options, hiddenSize: rest.hiddenSize, inputSize, dtype }, rng);
}

function ready(who: string, { layer }: ReadyLayer, width: number, dtype: string): Recurrent | TapeRecurrent {
  expectStateful(who, layer);
  const { options } = layer;
  if (options.inputSize !== width)
    throw badNumber(who, "inputSize", `${width}, what comes from below`, options.inputSize);
  if (layer instanceof Recurrent && layer.options.layers !== 1)
    throw badNumber(who, "layers", "1", layer.options.layers);
  if (options.dtype !== dtype) throw unknownValue(who, "dtype", options.dtype, [dtype]);
  return layer;
}

function openGate(width: number, dtype: "f32" | "f64", rng: Rng): Linear {
  const gate = new Linear({ inputSize: width, outputSize: width, dtype }, rng);
  gate.bias!.set(Array.from({ length: width }, () => -1));
  return gate;
}
