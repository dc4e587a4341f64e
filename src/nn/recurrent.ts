/**
 * Recurrent: any cell, driven over time. The driver owns lengths, reversal, stacking and both directions; a cell never
 * contains a loop.
 *
 * Inside, sequences are sorted by length and packed (no padding); reversal is a permutation of packed rows. At the door
 * everything is [T, B, ·] in the caller's order.
 */
import { runLayer, type CellDefinition, widthsOf, withoutBias } from "../cell/index.js";
import { badNumber, optionNeeds, shapeMismatch, wrongDtype } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { dropout, Parameter, reshape, sameShape, Tensor } from "../tensor/index.js";
import { runDirections } from "./directions.js";
import {
  expectCall,
  expectCell,
  expectOptions,
  expectRng,
  expectTensor,
  RECURRENT_INPUT,
  STEP_INPUT,
} from "./given.js";
import { NEW_LAYER, startOf } from "./initialisers/new-layer.js";
import { mergedWidth } from "./merge.js";
import { Module } from "./module.js";
import { expectOneDirection } from "./one-direction.js";
import { Recurrence } from "./recurrence.js";
import { type CellInputs, cellInputs, oneStep, sizesWithMemory } from "./recurrent-inputs.js";
import { type CheckedOptions, checkOptions, type RecurrentOptions } from "./recurrent-options.js";
import { type CellState, checkState, type RecurrentState } from "./recurrent-state.js";
import type { StepSelection } from "./sequence-pieces.js";
import { sequenceRows, type SequenceRows } from "./sequence-rows.js";
import { withSkippedOutput } from "./skipped-output.js";

export type { RecurrentOptions } from "./recurrent-options.js";
export { type CellState, detachState, type RecurrentState } from "./recurrent-state.js";

export interface RecurrentInput extends StepSelection {
  /** Initial state, zero if absent. */
  readonly state?: RecurrentState;
  /** What sequences that begin anew (`reset`) start from, zero if absent: a row for each sequence, as in `state`. */
  readonly resetTo?: RecurrentState;
  /**
   * Steps of a segment; default: all of them. Between segments a layer keeps its output and states only; `backward` makes
   * the rest again, one segment at a time from the last to the first, at the price of a second forward pass. The same
   * values, the same gradients but for the order in which those of parameters are added up.
   */
  readonly segment?: number;
  /**
   * Inputs beside x, for cells that have some: per step [T, B, its width], per sequence [B, its width], memories
   * [B, S, its width], by name. One record for all layers and directions, or one for each.
   */
  readonly inputs?: CellInputs | readonly CellInputs[];
  /** Randomness for dropout; without it the layer computes the expectation (no dropout). */
  readonly rng?: Rng;
  /**
   * What stands in for parameters during this call, by their full names (`weight_hh_l0`), each of the parameter's shape:
   * an orthogonal matrix from its free one, a masked or noisy weight. Gradients flow to it, and none to the parameter.
   */
  readonly weights?: Readonly<Record<string, Tensor>>;
}

/** As for a whole sequence, of one step: inputs are [B, its width], per step or not. */
export type StepInput = Pick<RecurrentInput, "inputs" | "rng">;

export interface RecurrentOutput {
  /** [T, B, D·O] of the last layer; D is 2 for bidirectional layers, unless `merge` makes another width. */
  readonly output: Tensor;
  readonly state: RecurrentState;
}

export interface RecurrentTrace extends RecurrentOutput {
  /** Every state after every step, one record per layer and direction, each value [T, B, its width]. */
  readonly states: readonly CellState[];
}

/**
 * A stack of recurrent layers of one cell.
 *
 * Parameters are named `<name>_l<layer>` with `_reverse` for the second direction, as `torch.nn.LSTM` does, and start
 * from U(−1/√H, 1/√H), gains at 1; where a vector's definition says its `start`, there. With `bias: false` there are none of role
 * bias, and the others start as they would.
 *
 * @example
 * const net = new Recurrent(gru, { inputSize: 8, hiddenSize: 32, layers: 2 });
 * const { output, state } = net.forward(x, { lengths: [5, 3] });   // x [T, B, 8] → output [T, B, 32]
 */
export class Recurrent extends Module {
  /** The cell that runs: that of the constructor, with `bias: false` without its biases. */
  readonly cell: CellDefinition;
  readonly options: CheckedOptions;
  readonly #recurrence: Recurrence;
  readonly #layers: readonly LayerParameters[];
  /** Features of the output, [T, B, outputWidth]: D·O, or what `merge` makes of it. */
  readonly outputWidth: number;

  /** @param rng where the initial weights come from; default `new Rng(0)` */
  constructor(cell: CellDefinition, options: RecurrentOptions, rng: Rng = new Rng(0)) {
    super();
    expectCell("Recurrent", cell);
    expectRng("Recurrent", rng);
    this.options = checkOptions(cell, options);
    this.cell = this.options.bias ? cell : withoutBias(cell);
    this.#recurrence = new Recurrence(this.cell, this.options);
    const { layers, bidirectional, inputSize, merge, dtype } = this.options;
    const made: LayerParameters[] = [];
    let input = inputSize;
    for (let layer = 0; layer < layers; layer++) {
      for (let d = 0; d < (bidirectional ? 2 : 1); d++) made.push(this.#makeLayer(layer, d === 1, input, rng));
      const width = this.#dims(input)[cell.outputDim];
      input = bidirectional ? mergedWidth(`Recurrent(${cell.name})`, merge, width, dtype) : width;
    }
    this.#layers = made;
    this.outputWidth = input;
  }

  override *namedParameters(prefix = ""): IterableIterator<[string, Parameter]> {
    for (const { parameters, suffix } of this.#layers) {
      for (const [name, parameter] of Object.entries(parameters)) yield [`${prefix}${name}${suffix}`, parameter];
    }
  }

  /**
   * Run whole sequences.
   *
   * x [T, B, I] → output [T, B, D·O] and the final state of every layer and direction.
   * Errors: `E_SHAPE`, `E_DTYPE`, `E_LENGTHS`, `E_MASK`, `E_STATE`; `E_NUMBER` for a segment below 1; `E_OPTION` for an unknown
   * name, also among `weights`; `E_TENSOR`, `E_RNG` for what is none; `E_VALUE`, `E_OPTION_NEEDS` for `skippedOutput`.
   */
  forward(x: Tensor, input: RecurrentInput = {}): RecurrentOutput {
    const { output, state } = this.#run("forward", x, input);
    return { output, state };
  }

  /**
   * Run whole sequences and see all states at all steps, the c of an LSTM too: as `forward`, and `states`, one record per
   * layer and direction. Gradients flow back from each of them.
   *
   * `states[i].h` [T, B, its width]; row t is the state after the step that reads x[t], zeros where there is no step.
   * Errors: as `forward`.
   */
  trace(x: Tensor, input: RecurrentInput = {}): RecurrentTrace {
    return this.#run("trace", x, input);
  }

  #run(method: "forward" | "trace", x: Tensor, input: RecurrentInput): RecurrentTrace {
    const who = `Recurrent(${this.cell.name}).${method}`;
    expectCall(who, x, input, RECURRENT_INPUT);
    const { state, resetTo, segment, rng, weights, inputs, ...selection } = input;
    const { inputSize, layers, bidirectional, merge, dropout: p, dtype } = this.options;
    const { inputDropout } = this.#recurrence;
    if (x.rank !== 3 || x.shape[2] !== inputSize) {
      const advice = "Inputs are time-major; if yours are batch-first, transpose(0, 1) them.";
      throw shapeMismatch(who, ["T", "B", inputSize], x.shape, advice);
    }
    if (x.dtype !== dtype) throw wrongDtype(who, `x of this layer's dtype, ${dtype}`, x.dtype);
    if (segment !== undefined && (!Number.isInteger(segment) || segment < 1)) {
      throw badNumber(who, "segment", "a whole number of steps ≥ 1", segment);
    }
    const [T, B] = x.shape;
    if (weights !== undefined) this.#checkWeights(who, weights);
    const own = { who, T, B, dtype, dims: this.#layers.map(({ dims }) => dims) };
    const sizes = { ...own, dims: sizesWithMemory(this.cell, inputs, own) };
    for (const given of [state, resetTo]) if (given !== undefined) checkState(this.cell, given, sizes);
    if (resetTo !== undefined && selection.reset === undefined) throw optionNeeds(who, "resetTo", "reset");
    const beside = cellInputs(this.cell, inputs, sizes);
    const cell = rng === undefined ? this.#recurrence.expected : this.#recurrence.random;
    const door = sequenceRows(who, T, B, selection);
    const directions = bidirectional ? 2 : 1;
    const final: CellState[] = [];
    const states: CellState[] = [];
    const trace = method === "trace";
    let packed = door.pack(x);
    for (let layer = 0; layer < layers; layer++) {
      if (layer > 0 && p > 0 && rng !== undefined) {
        packed = dropout(packed, { p, rng: rng.split(`dropout_l${layer}`), rows: door.original ?? undefined });
      }
      if (inputDropout > 0 && rng !== undefined) {
        const own = { p: inputDropout, rng: rng.split(`input_mask_l${layer}`), rows: door.sequences() };
        packed = dropout(packed, own);
      }
      const run = runDirections(
        door,
        packed,
        Array.from({ length: directions }, (_, d) => {
          const index = layer * directions + d;
          const { parameters: own, suffix } = this.#layers[index];
          const dims = sizes.dims[index];
          const reverse = this.options.reverse || d === 1;
          const parameters = weights === undefined ? own : replaced(own, suffix, weights);
          return {
            reverse,
            state: state?.[index],
            anew: resetTo?.[index],
            run: (input, initial) => {
              const given = this.#packed(beside[index], reverse, door);
              const masks =
                rng === undefined ? {} : this.#recurrence.masks(rng, { suffix, reverse, dims, dtype, door });
              const inputs = { ...given, ...masks };
              return runLayer({ cell, dims, rows: door.rows, x: input, parameters, initial, segment, trace, inputs });
            },
          };
        }),
        merge,
      );
      final.push(...run.final);
      if (trace) states.push(...run.states);
      packed = run.output;
    }
    const output = withSkippedOutput(who, door.unpack(packed), selection, this.options);
    return { output, state: final, states };
  }

  /**
   * One time step: x [B, I] → output [B, O] and the next state. Inputs of the cell beside x are [B, its width] each.
   *
   * Errors: as `forward`; `E_NUMBER` for a bidirectional stack and `E_OPTION_NEEDS` for a reversed one, which start at the end.
   */
  step(x: Tensor, state?: RecurrentState, input: StepInput = {}): RecurrentOutput {
    const who = `Recurrent(${this.cell.name}).step`;
    expectCall(who, x, input, STEP_INPUT);
    expectOneDirection(who, this.options);
    const { inputs, rng } = input;
    const beside = inputs && oneStep(this.cell, inputs);
    const next = this.forward(reshape(x, [1, ...x.shape]), { state, inputs: beside, rng });
    return { output: reshape(next.output, [x.shape[0], next.output.shape[2]]), state: next.state };
  }

  /**
   * The state before the first step of B sequences: zeros, one record per layer and direction. `positions`: S, for a cell
   * with a state of one number for each position of its memory.
   */
  zeroState(batch: number, positions = 0): RecurrentState {
    return this.#layers.map(({ dims }) =>
      Object.fromEntries(
        this.cell.states.map(({ name, dim }) => [
          name,
          Tensor.zeros([batch, dims[dim] ?? positions], this.options.dtype),
        ]),
      ),
    );
  }

  /** The layers in the order of the state: parameters by the cell's own names, and the sizes of the cell's widths. */
  get stack(): readonly LayerParameters[] {
    return this.#layers;
  }

  /** What the names of the records of its state end in, `_l0` or `_l0_reverse`, in the order of the state. */
  get suffixes(): readonly string[] {
    return this.#layers.map(({ suffix }) => suffix);
  }

  /** The inputs of one layer and direction as the packed layer takes them. */
  #packed(inputs: CellInputs, reverse: boolean, door: SequenceRows): CellInputs {
    return Object.fromEntries(
      this.cell.inputs.map(({ name, per }) => {
        if (per === "sequence") return [name, door.sort(inputs[name])];
        if (per === "memory") {
          // One row for each sequence at the door, S inside.
          const [B, S, width] = inputs[name].shape;
          const sorted = door.sort(reshape(inputs[name], [B, S * width]));
          return [name, reshape(sorted, [sorted.shape[0] * S, width])];
        }
        const packed = door.pack(inputs[name]);
        return [name, reverse ? door.reverse(packed) : packed];
      }),
    );
  }

  /** The cell as it runs without randomness: what a stream plays. */
  get expectation(): CellDefinition {
    return this.#recurrence.expected;
  }

  #dims(input: number): Record<string, number> {
    const { hiddenSize, outputSize, widths } = this.options;
    return widthsOf(this.cell, { input, hidden: hiddenSize }, { output: outputSize, ...widths });
  }

  #makeLayer(layer: number, reverse: boolean, input: number, rng: Rng): LayerParameters {
    const suffix = `_l${layer}${reverse ? "_reverse" : ""}`;
    const dims = this.#dims(input);
    const parameters: Record<string, Parameter> = {};
    for (const [name, spec] of Object.entries(this.cell.params)) {
      const gates = spec.rows.gates?.length ?? 1;
      const rows = dims[spec.rows.dim] * gates;
      const shape = spec.kind === "matrix" ? [rows, dims[spec.cols]] : [rows];
      // Memory first: what does not fit is refused before it is drawn.
      const own = new Parameter(shape, undefined, { dtype: this.options.dtype, name: name + suffix });
      const rule = startOf(spec, NEW_LAYER);
      parameters[name] = own.set(rule({ shape, gates, hidden: this.options.hiddenSize }, rng.split(name + suffix)));
    }
    return { parameters, dims, suffix };
  }

  #checkWeights(who: string, weights: Readonly<Record<string, Tensor>>): void {
    const own = new Map(this.namedParameters());
    expectOptions(`${who}: weights`, weights, [...own.keys()]);
    for (const [name, weight] of Object.entries(weights)) {
      const parameter = own.get(name)!;
      expectTensor(who, `weights.${name}`, weight);
      const { shape, dtype } = weight;
      if (!sameShape(shape, parameter.shape)) throw shapeMismatch(`${who}: weights.${name}`, parameter.shape, shape);
      if (dtype !== parameter.dtype) throw wrongDtype(`${who}: weights.${name}`, parameter.dtype, dtype);
    }
  }
}

/** One layer in one direction. */
export interface LayerParameters {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Size of each of the cell's widths. */
  readonly dims: Readonly<Record<string, number>>;
  /** What its parameters' names end in, `_l0` or `_l0_reverse`. */
  readonly suffix: string;
}

/** A layer's parameters by the cell's names, those that `weights` has by their full ones taken from there. */
function replaced(
  own: Readonly<Record<string, Parameter>>,
  suffix: string,
  weights: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(own).map(([name, p]) => [name, weights[name + suffix] ?? p]));
}
