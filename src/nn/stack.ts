/** Stacks of different recurrent layers: sizes, cells and directions of their own, and skips past them. */
import type { CellDefinition } from "../cell/index.js";
import { badNumber, badSkip, badState, noLayers, optionNeeds, unknownOption, unknownValue } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { add, concat, dropout, mul, type Parameter, sigmoid, sub, type Tensor } from "../tensor/index.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import { Recurrent, type RecurrentInput, type RecurrentOptions, type RecurrentOutput } from "./recurrent.js";
import type { CellInputs } from "./recurrent-inputs.js";
import type { RecurrentState } from "./recurrent-state.js";
import { sequenceRows } from "./sequence-rows.js";
import { TapeRecurrent } from "./tape-recurrent.js";

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

export interface StackOptions {
  /** I: features of the input. */
  readonly inputSize: number;
  /** From the input to the output, one or more. */
  readonly layers: readonly (StackLayer | ReadyLayer)[];
  /** Probability of dropping a unit of the input of every layer but the first, fresh at every step; default 0. Needs `rng`. */
  readonly dropout?: number;
  /** Kind of number, default f32. */
  readonly dtype?: "f32" | "f64";
}

interface Floor {
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
 * Recurrent layers on top of each other, each of its own.
 *
 * Parameters are named as in a `Recurrent` of several layers and in PyTorch, `<name>_l<layer>` with `_reverse`, so equal layers
 * have the state dict of that; the gate of a highway is `weight_highway_l<layer>` and `bias_highway_l<layer>`. The state has a
 * record per layer and direction, layers first.
 *
 * @example
 * const net = new Stack({ inputSize: 8, layers: [
 *   { cell: lstm, hiddenSize: 16, bidirectional: true },
 *   { cell: gru, hiddenSize: 32, skip: "residual" },   // 16 + 16 = 32
 * ] });
 * const { output, state } = net.forward(x, { lengths });   // x [T, B, 8] → output [T, B, 32], state of 3 records
 */
export class Stack extends Module {
  readonly inputSize: number;
  /** Features of the output, [T, B, outputWidth]. */
  readonly outputWidth: number;
  readonly #floors: readonly Floor[];
  readonly #dropout: number;

  /**
   * @param rng where the initial weights come from; default `new Rng(0)`
   *
   * Errors: those of `Recurrent`; `E_OPTION` for unknown options, `E_VALUE` for an unknown skip, `E_SKIP` for a residual or
   * highway whose layer changes the width, `E_NUMBER` for a ready layer that takes another width or has layers of its own.
   */
  constructor(options: StackOptions, rng: Rng = new Rng(0)) {
    super();
    const { inputSize, layers, dropout: p = 0, dtype = "f32" } = options;
    const known = ["inputSize", "layers", "dropout", "dtype"];
    for (const name of Object.keys(options)) if (!known.includes(name)) throw unknownOption("Stack", name, known);
    if (!(p >= 0 && p <= 1)) throw badNumber("Stack", "dropout", "a probability, 0 … 1", p);
    if (layers.length === 0) throw noLayers("Stack");
    const floors: Floor[] = [];
    let [width, first] = [inputSize, 0];
    layers.forEach((given, k) => {
      const who = `Stack: layer ${k}`;
      const { skip = "none" } = given;
      if (!SKIPS.includes(skip)) throw unknownValue(who, "skip", skip, SKIPS);
      const own = rng.split(`layer_${k}`);
      const layer = "layer" in given ? ready(who, given, width, dtype) : made(given, width, dtype, own);
      if ((skip === "residual" || skip === "highway") && layer.outputWidth !== width) {
        throw badSkip(who, skip, width, layer.outputWidth);
      }
      const gate = skip === "highway" ? openGate(width, dtype, own.split("highway")) : null;
      const count = layer.zeroState(0).length;
      floors.push({ layer, skip, gate, first, count });
      first += count;
      width = skip === "dense" ? width + layer.outputWidth : layer.outputWidth;
    });
    this.inputSize = inputSize;
    this.outputWidth = width;
    this.#floors = floors;
    this.#dropout = p;
  }

  override *namedParameters(prefix = ""): IterableIterator<[string, Parameter]> {
    for (const [k, { layer, gate }] of this.#floors.entries()) {
      for (const [name, value] of layer.namedParameters(prefix)) yield [numbered(name, k), value];
      if (gate === null) continue;
      for (const [name, value] of gate.namedParameters(prefix)) yield [`${name}_highway_l${k}`, value];
    }
  }

  /** The layers from the input up, to initialise each as its cell wants it. */
  get layers(): readonly (Recurrent | TapeRecurrent)[] {
    return this.#floors.map(({ layer }) => layer);
  }

  /** The state before the first step of B sequences: zeros, one record per layer and direction. */
  zeroState(batch: number): RecurrentState {
    return this.#floors.flatMap(({ layer }) => layer.zeroState(batch));
  }

  /**
   * Run whole sequences: x [T, B, I] → output [T, B, outputWidth], zeros where there is no step, and the final states.
   *
   * `weights` by the names of the stack, those of a highway's gate excepted; `inputs` as one record per layer and direction.
   * Errors: those of `Recurrent.forward`; `E_OPTION_NEEDS` for what a `TapeRecurrent` does not take.
   */
  forward(x: Tensor, input: RecurrentInput = {}): RecurrentOutput {
    const who = "Stack.forward";
    const { state, resetTo, inputs, weights, rng, lengths, mask, reset, segment } = input;
    const records = this.#floors.reduce((sum, { count }) => sum + count, 0);
    for (const given of [state, resetTo, Array.isArray(inputs) ? inputs : undefined]) {
      if (given !== undefined && given.length !== records) {
        throw badState(who, `of ${records} records (layers × directions)`, `${given.length}`);
      }
    }
    const parts = weights === undefined ? null : this.#weights(who, weights);
    const final: RecurrentState[number][] = [];
    // What lies beyond the ends is nobody's: skips must not carry it on.
    let value = x;
    if ((lengths ?? mask) !== undefined && this.#floors.some(({ skip }) => skip !== "none")) {
      const door = sequenceRows(who, x.shape[0], x.shape[1], { lengths, mask });
      value = door.unpack(door.pack(x));
    }
    this.#floors.forEach(({ layer, skip, gate, first, count }, k) => {
      const of = <R>(all: readonly R[] | undefined): readonly R[] | undefined => all?.slice(first, first + count);
      const p = k === 0 ? 0 : this.#dropout;
      const seen = p > 0 && rng !== undefined ? dropout(value, { p, rng: rng.split(`dropout_l${k}`) }) : value;
      const common = { state: of(state), resetTo: of(resetTo), lengths, mask, reset };
      if (layer instanceof TapeRecurrent) {
        for (const [name, given] of Object.entries({ weights: parts?.[k], segment, inputs })) {
          if (given !== undefined) throw optionNeeds(who, name, `a cell in layer ${k}, which is a module with a step`);
        }
      }
      const run =
        layer instanceof TapeRecurrent
          ? layer.forward(seen, common)
          : layer.forward(seen, {
              ...common,
              segment,
              rng: rng?.split(`layer_${k}`),
              weights: parts?.[k],
              inputs: Array.isArray(inputs) ? of(inputs as readonly CellInputs[]) : inputs,
            });
      final.push(...run.state);
      value = skipped(skip, gate, value, run.output);
    });
    return { output: value, state: final };
  }

  /** By layer, under the names that it has by itself. */
  #weights(who: string, weights: Readonly<Record<string, Tensor>>): (Record<string, Tensor> | undefined)[] {
    const parts: (Record<string, Tensor> | undefined)[] = this.#floors.map(() => undefined);
    const known = this.#floors.flatMap(({ layer }, k) =>
      Array.from(layer.namedParameters(), ([name]) => ({ name, k, full: numbered(name, k) })),
    );
    for (const [full, value] of Object.entries(weights)) {
      const found = known.find((one) => one.full === full);
      const names = known.map((one) => one.full);
      if (found === undefined) throw unknownOption(`${who}: weights`, full, names);
      parts[found.k] = { ...parts[found.k], [found.name]: value };
    }
    return parts;
  }
}

function skipped(skip: Skip, gate: Linear | null, x: Tensor, f: Tensor): Tensor {
  if (skip === "residual") return add(x, f);
  if (skip === "dense") return concat([x, f], 2);
  return gate === null ? f : add(x, mul(sigmoid(gate.forward(x)), sub(f, x)));
}

/** `weight_hh_l0_reverse` of layer k: `weight_hh_l<k>_reverse`. */
function numbered(name: string, k: number): string {
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
