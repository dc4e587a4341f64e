/** A recurrent layer over any module with a step: the driver's door, and one step after the other on the tape. */
import type { LayerOutput, Rows } from "../cell/index.js";
import { badNumber, optionNeeds, shapeMismatch, wrongDtype } from "../errors.js";
import { concat, type Parameter, reshape, slice, Tensor } from "../tensor/index.js";
import { runDirections } from "./directions.js";
import { expectCall, expectOptions, expectStepModule, expectSwitch, SELECTION } from "./given.js";
import { checkMerge, type Merge, mergedWidth } from "./merge.js";
import { Module } from "./module.js";
import { expectOneDirection } from "./one-direction.js";
import type { RecurrentInput, RecurrentOutput, RecurrentTrace } from "./recurrent.js";
import { type CellState, checkState, type RecurrentState } from "./recurrent-state.js";
import type { StepSelection } from "./sequence-pieces.js";
import { sequenceRows } from "./sequence-rows.js";
import { withSkippedOutput } from "./skipped-output.js";
import { type StepDraws, stepDraws } from "./step-draws.js";

/** A module that does one step in time, for what the cell language cannot say. */
export interface StepModule extends Module {
  /** I: features of the input. */
  readonly inputSize: number;
  /** O: features of the output. */
  readonly outputSize: number;
  /** The width of each state by its name: `{ h: 32, c: 32 }`. */
  readonly stateSizes: Readonly<Record<string, number>>;
  /**
   * x [N, I] and the states before, each [N, its width] → output [N, O] and the states after. A row is a sequence; N is
   * whatever number of them has this step, and a row must depend on that row alone. What is random is drawn from `draws`,
   * `this.dropout.forward(h, draws)`; without a generator there it is its expectation.
   */
  step(x: Tensor, state: CellState, draws: StepDraws): { readonly output: Tensor; readonly state: CellState };
}

export interface TapeRecurrentOptions {
  /** A second module that reads every sequence from its end; its outputs are merged with those of the first. */
  readonly second?: StepModule;
  /** How the outputs of both become one, default "concat". */
  readonly merge?: Merge;
  /** Read every sequence from its end, default false. */
  readonly reverse?: boolean;
  /** Kind of number of the modules, default f32. */
  readonly dtype?: "f32" | "f64";
}

export interface TapeRecurrentInput extends StepSelection {
  /** Initial state, zero if absent: one record for each direction. */
  readonly state?: RecurrentState;
  /** What sequences that begin anew (`reset`) start from, zero if absent. */
  readonly resetTo?: RecurrentState;
  /** Randomness for what the step draws; without it the layer computes the expectation. */
  readonly rng?: RecurrentInput["rng"];
}

/**
 * A layer over a module with a step, called once per step of the longest sequence: as `Recurrent` outside, at the speed of
 * the tape inside. A cell that the language can say is faster as a definition.
 *
 * Parameters are those of the module with `_l0` behind their names, those of the second with `_l0_reverse`.
 *
 * @example
 * const layer = new TapeRecurrent(new MyStep());   // class MyStep extends Module { inputSize, outputSize, stateSizes, step }
 * const { output, state } = layer.forward(x, { lengths: [5, 3] });   // x [T, B, I] → output [T, B, O]
 */
export class TapeRecurrent extends Module {
  readonly options: Required<Omit<TapeRecurrentOptions, "second">> & {
    readonly inputSize: number;
    readonly bidirectional: boolean;
  };
  /** Features of the output, [T, B, outputWidth]. */
  readonly outputWidth: number;
  readonly #modules: readonly StepModule[];

  constructor(module: StepModule, options: TapeRecurrentOptions = {}) {
    super();
    expectStepModule("TapeRecurrent", module);
    expectOptions("TapeRecurrent", options, ["second", "merge", "reverse", "dtype"]);
    const { second, merge = "concat", reverse = false, dtype = "f32" } = options;
    if (second !== undefined) expectStepModule("TapeRecurrent: second", second);
    expectSwitch("TapeRecurrent", "reverse", reverse);
    if (second === undefined && merge !== "concat") throw optionNeeds("TapeRecurrent", "merge", "a second module");
    if (second !== undefined && reverse) throw optionNeeds("TapeRecurrent", "reverse", "no second module");
    checkMerge("TapeRecurrent", merge);
    for (const name of ["inputSize", "outputSize"] as const) {
      if (second !== undefined && second[name] !== module[name]) {
        throw badNumber("TapeRecurrent", `${name} of the second module`, `${module[name]}`, second[name]);
      }
    }
    const { inputSize, outputSize } = module;
    this.options = { inputSize, bidirectional: second !== undefined, merge, reverse, dtype };
    this.#modules = second === undefined ? [module] : [module, second];
    this.outputWidth = second === undefined ? outputSize : mergedWidth("TapeRecurrent", merge, outputSize, dtype);
  }

  override *namedParameters(prefix = ""): IterableIterator<[string, Parameter]> {
    for (const [d, module] of this.#modules.entries()) {
      for (const [name, value] of module.namedParameters(prefix)) yield [name + this.suffixes[d], value];
    }
  }

  /**
   * x [T, B, I] → output [T, B, outputWidth], the final state of each direction.
   *
   * Step s of a direction draws from `rng.split("step_l0").split(s)`, or `"step_l0_reverse"`. Errors: `E_SHAPE`, also for what a step
   * returns; `E_DTYPE`, `E_LENGTHS`, `E_MASK`, `E_STATE`, `E_RNG`.
   */
  forward(x: Tensor, input: TapeRecurrentInput = {}): RecurrentOutput {
    const { output, state } = this.#run("forward", x, input);
    return { output, state };
  }

  /** As `forward`, and every state after every step, as `Recurrent.trace`. */
  trace(x: Tensor, input: TapeRecurrentInput = {}): RecurrentTrace {
    return this.#run("trace", x, input);
  }

  /**
   * One time step: x [B, I] → output [B, O] and the next state. It draws as the first step of a sequence does.
   *
   * Errors: as `forward`; `E_NUMBER` for two directions and `E_OPTION_NEEDS` for a reversed one, which start at the end.
   */
  step(x: Tensor, state?: RecurrentState, input: Pick<TapeRecurrentInput, "rng"> = {}): RecurrentOutput {
    expectCall("TapeRecurrent.step", x, input, ["rng"]);
    expectOneDirection("TapeRecurrent.step", this.options);
    const next = this.forward(reshape(x, [1, ...x.shape]), { state, rng: input.rng });
    return { output: reshape(next.output, [x.shape[0], this.outputWidth]), state: next.state };
  }

  #run(method: "forward" | "trace", x: Tensor, input: TapeRecurrentInput): RecurrentTrace {
    const who = `TapeRecurrent.${method}`;
    expectCall(who, x, input, [...SELECTION, "state", "resetTo", "rng"]);
    const { state, resetTo, rng, ...selection } = input;
    const { inputSize, merge, reverse, dtype } = this.options;
    if (x.rank !== 3 || x.shape[2] !== inputSize) throw shapeMismatch(who, ["T", "B", inputSize], x.shape);
    if (x.dtype !== dtype) throw wrongDtype(who, `x of this layer's dtype, ${dtype}`, x.dtype);
    if (resetTo !== undefined && selection.reset === undefined) throw optionNeeds(who, "resetTo", "reset");
    const [T, B] = x.shape;
    const dims = this.#modules.map(({ stateSizes }) => stateSizes);
    const states = Object.keys(dims[0]).map((name) => ({ name, dim: name }));
    for (const given of [state, resetTo]) {
      if (given !== undefined) checkState({ states }, given, { who, T, B, dtype, dims });
    }
    const door = sequenceRows(who, T, B, selection);
    const directions = this.#modules.map((module, d) => {
      const place = { suffix: this.suffixes[d], reverse: reverse || d === 1, door };
      const driven = { module, rows: door.rows, trace: method === "trace", draws: stepDraws(rng, place) };
      return {
        reverse: place.reverse,
        state: state?.[d],
        anew: resetTo?.[d],
        run: (input: Tensor, initial: CellState) => runSteps(driven, input, initial),
      };
    });
    const run = runDirections(door, door.pack(x), directions, merge);
    const output = withSkippedOutput(who, door.unpack(run.output), selection, this.options);
    return { output, state: run.final, states: run.states };
  }

  /** The state before the first step of B sequences: zeros, one record per direction. */
  zeroState(batch: number): RecurrentState {
    return this.#modules.map(({ stateSizes }) => zeros(stateSizes, batch, this.options.dtype));
  }

  /** What the names of the records of its state end in: `_l0`, and `_l0_reverse` for a second module. */
  get suffixes(): readonly string[] {
    return this.#modules.map((_, d) => `_l0${d === 1 ? "_reverse" : ""}`);
  }
}

function zeros(sizes: StepModule["stateSizes"], batch: number, dtype: "f32" | "f64"): CellState {
  return Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, Tensor.zeros([batch, size], dtype)]));
}

/** What runs over which rows. */
interface Driven {
  readonly module: StepModule;
  readonly rows: Rows;
  /** Whether every state is wanted. */
  readonly trace: boolean;
  /** What step s draws from. */
  readonly draws: (s: number) => StepDraws;
}

/** Step by step over packed rows; sequences end from behind, since they are sorted by length. */
function runSteps({ module, rows, trace, draws }: Driven, x: Tensor, initial: CellState): LayerOutput {
  const { steps, batch, active, offsets } = rows;
  const names = Object.keys(module.stateSizes);
  const dtype = x.dtype as "f32" | "f64";
  let state: CellState = { ...zeros(module.stateSizes, batch, dtype), ...initial };
  const outputs: Tensor[] = [];
  const lists = (): Record<string, Tensor[]> => Object.fromEntries(names.map((name) => [name, []]));
  const [ended, traced] = [lists(), lists()];
  let before = batch;
  const keep = (n: number): void => {
    if (n === before) return;
    for (const name of names) ended[name].unshift(slice(state[name], 0, n, before));
    state = Object.fromEntries(names.map((name) => [name, slice(state[name], 0, 0, n)]));
    before = n;
  };
  for (let s = 0; s < steps; s++) {
    const n = active[s];
    keep(n);
    const made = module.step(slice(x, 0, offsets[s], offsets[s] + n), state, draws(s));
    expectShape("output", made.output, [n, module.outputSize]);
    for (const name of names) expectShape(`state ${name}`, made.state[name], [n, module.stateSizes[name]]);
    outputs.push(made.output);
    state = made.state;
    if (trace) for (const name of names) traced[name].push(state[name]);
  }
  const final = names.map((name) => [name, concat([state[name], ...ended[name]], 0)]);
  const joined = (parts: readonly Tensor[], width: number): Tensor =>
    parts.length === 0 ? Tensor.zeros([0, width], dtype) : concat(parts, 0);
  const states = trace ? names.map((name) => [name, joined(traced[name], module.stateSizes[name])]) : [];
  return {
    output: joined(outputs, module.outputSize),
    final: Object.fromEntries(final) as CellState,
    states: Object.fromEntries(states) as CellState,
  };
}

function expectShape(what: string, value: Tensor | undefined, shape: readonly number[]): void {
  const made = value?.shape ?? [];
  if (made.length !== 2 || made.some((size, i) => size !== shape[i])) {
    throw shapeMismatch(`TapeRecurrent: the ${what} of a step`, [...shape], [...made]);
  }
}
