/** Stacks of different recurrent layers: sizes, cells and directions of their own, and skips past them. */
import { badNumber, badState, noLayers, optionNeeds, unknownOption } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { dropout, type Parameter, type Tensor } from "../tensor/index.js";
import { expectCall, expectOptions, RECURRENT_INPUT, STEP_INPUT } from "./given.js";
import type { Initialisable } from "./initialisers/recipe.js";
import { Module } from "./module.js";
import { expectOneDirection } from "./one-direction.js";
import {
  type Recurrent,
  type RecurrentInput,
  type RecurrentOutput,
  type RecurrentTrace,
  type StepInput,
} from "./recurrent.js";
import type { CellInputs } from "./recurrent-inputs.js";
import type { CellState, RecurrentState } from "./recurrent-state.js";
import { sequenceRows } from "./sequence-rows.js";
import { withSkippedOutput } from "./skipped-output.js";
import { type Floor, floorOf, numbered, type ReadyLayer, skipped, type StackLayer } from "./stack-layers.js";
import { TapeRecurrent } from "./tape-recurrent.js";

export type { ReadyLayer, Skip, StackLayer } from "./stack-layers.js";

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
    expectOptions("Stack", options, ["inputSize", "layers", "dropout", "dtype"]);
    const { inputSize, layers, dropout: p = 0, dtype = "f32" } = options;
    if (!(p >= 0 && p <= 1)) throw badNumber("Stack", "dropout", "a probability, 0 … 1", p);
    if (!Array.isArray(layers) || layers.length === 0) throw noLayers("Stack");
    const floors: Floor[] = [];
    let [width, first] = [inputSize, 0];
    for (const [k, given] of layers.entries()) {
      const floor = floorOf(given, { k, width, first, dtype, rng: rng.split(`layer_${k}`) });
      floors.push(floor);
      first += floor.count;
      width = floor.skip === "dense" ? width + floor.layer.outputWidth : floor.layer.outputWidth;
    }
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

  /** The layers from the input up with what goes past each. */
  get floors(): readonly Floor[] {
    return this.#floors;
  }

  /** The layers of a cell each, under the names that they have here: what `initialise` and `weightsOf` look at. */
  get parts(): readonly Initialisable[] {
    return this.#floors.flatMap(({ layer }, k) => {
      if (layer instanceof TapeRecurrent) return [];
      const stack = layer.stack.map((one) => ({ ...one, suffix: numbered(one.suffix, k) }));
      return [{ cell: layer.cell, stack }];
    });
  }

  /** The state before the first step of B sequences: zeros, one record per layer and direction. */
  zeroState(batch: number): RecurrentState {
    return this.#floors.flatMap(({ layer }) => layer.zeroState(batch));
  }

  /** What the names of the records of its state end in, `_l1_reverse`, in the order of the state. */
  get suffixes(): readonly string[] {
    return this.#floors.flatMap(({ layer }, k) => layer.suffixes.map((suffix) => numbered(suffix, k)));
  }

  /**
   * Run whole sequences: x [T, B, I] → output [T, B, outputWidth], zeros where there is no step, and the final states.
   *
   * `weights` by the names of the stack, those of a highway's gate excepted; `inputs` as one record per layer and direction.
   * Errors: those of `Recurrent.forward`; `E_OPTION_NEEDS` for what a `TapeRecurrent` does not take.
   */
  forward(x: Tensor, input: RecurrentInput = {}): RecurrentOutput {
    const { output, state } = this.#run("forward", x, input);
    return { output, state };
  }

  /** As `forward`, and every state of every layer after every step, as `Recurrent.trace`. */
  trace(x: Tensor, input: RecurrentInput = {}): RecurrentTrace {
    return this.#run("trace", x, input);
  }

  /**
   * One time step: x [B, I] → output [B, outputWidth] and the next state, with the bits of `forward`.
   *
   * Errors: as `forward`; `E_NUMBER` for a layer of both directions and `E_OPTION_NEEDS` for a reversed one.
   */
  step(x: Tensor, state?: RecurrentState, input: StepInput = {}): RecurrentOutput {
    expectCall("Stack.step", x, input, STEP_INPUT);
    for (const [k, { layer }] of this.#floors.entries()) expectOneDirection(`Stack.step: layer ${k}`, layer.options);
    const { output, state: next } = this.#run("step", x, { ...input, state });
    return { output, state: next };
  }

  #run(method: "forward" | "trace" | "step", x: Tensor, input: RecurrentInput): RecurrentTrace {
    const who = `Stack.${method}`;
    expectCall(who, x, input, RECURRENT_INPUT);
    const { state, resetTo, inputs, weights, rng, lengths, mask, reset, segment } = input;
    const records = this.suffixes.length;
    for (const given of [state, resetTo, Array.isArray(inputs) ? inputs : undefined]) {
      if (given !== undefined && given.length !== records) {
        throw badState(who, `of ${records} records (layers × directions)`, `${given.length}`);
      }
    }
    const parts = weights === undefined ? null : this.#weights(who, weights);
    const final: CellState[] = [];
    const states: CellState[] = [];
    // What lies beyond the ends is nobody's: skips must not carry it on.
    let value = x;
    if ((lengths ?? mask) !== undefined && this.#floors.some(({ skip }) => skip !== "none")) {
      const door = sequenceRows(who, x.shape[0], x.shape[1], { lengths, mask });
      value = door.unpack(door.pack(x));
    }
    this.#floors.forEach((floor, k) => {
      const { layer, first, count } = floor;
      const of = <R>(all: readonly R[] | undefined): readonly R[] | undefined => all?.slice(first, first + count);
      const p = k === 0 ? 0 : this.#dropout;
      const seen = p > 0 && rng !== undefined ? dropout(value, { p, rng: rng.split(`dropout_l${k}`) }) : value;
      const common = { state: of(state), resetTo: of(resetTo), lengths, mask, reset };
      const random = { rng: rng?.split(`layer_${k}`) };
      const own = Array.isArray(inputs) ? of(inputs as readonly CellInputs[]) : inputs;
      let run: RecurrentOutput & Partial<RecurrentTrace>;
      if (layer instanceof TapeRecurrent) {
        for (const [name, given] of Object.entries({ weights: parts?.[k], segment, inputs })) {
          if (given !== undefined) throw optionNeeds(who, name, `a cell in layer ${k}, which is a module with a step`);
        }
        run =
          method === "step" ? layer.step(seen, common.state, random) : layer[method](seen, { ...common, ...random });
      } else {
        const drawn = { inputs: own, ...random };
        run =
          method === "step"
            ? layer.step(seen, common.state, drawn)
            : layer[method](seen, { ...common, ...drawn, segment, weights: parts?.[k] });
      }
      final.push(...run.state);
      states.push(...(run.states ?? []));
      value = skipped(floor, value, run.output);
    });
    const { skippedOutput } = input;
    const ways = this.#floors.map(({ layer }) => layer.options.reverse);
    const both = this.#floors.some(({ layer }) => layer.options.bidirectional) || new Set(ways).size > 1;
    const given = { lengths, mask, skippedOutput };
    const output = withSkippedOutput(who, value, given, { bidirectional: both, reverse: ways[0] });
    return { output, state: final, states };
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
