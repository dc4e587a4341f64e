/** Networks that normalise by the statistics of the batch, evaluated by those of the training data. */
import { columnMeans, type CellDefinition, givenColumnMeans, type Rows, shownColumnMeans } from "../cell/index.js";
import { badNumber, noColumnMeans, nothingObserved } from "../errors.js";
import { gatherRows, noGrad, Parameter, scope, Tensor } from "../tensor/index.js";
import { expectOptions } from "./given.js";
import { Module } from "./module.js";
import { Recurrent, type RecurrentInput, type RecurrentOutput, type RecurrentTrace } from "./recurrent.js";
import type { CellInputs } from "./recurrent-inputs.js";
import { sequenceRows, type SequenceRows } from "./sequence-rows.js";

export interface PopulationOptions {
  /** T_max: steps that have statistics of their own; later ones share the last one's. */
  readonly steps: number;
}

/** The statistics of one layer and direction. */
interface Gathered {
  /** Rows that were seen at each step, [steps]. */
  readonly rows: Parameter;
  /** By name of a mean, [steps, its width]. */
  readonly means: Readonly<Record<string, Parameter>>;
  readonly suffix: string;
}

/**
 * Averages of the statistics over rows of a network's cells, one for each step, and the network as it runs with them: each row
 * by itself, whatever is beside it. Step s is the s-th valid one of a sequence or of its stretch between resets, in the order in
 * which the layer reads it.
 *
 * Batches are weighed by their rows at that step; steps that a single row is left in are passed over. Variances are those
 * within the batches. Parameters are not learned: `rows<suffix>` and `column_mean_0<suffix>` … in the state dict.
 * Errors: `E_STATISTICS` for a cell without such statistics, `E_NUMBER`. Source: Cooijmans et al. 2016, section 3.
 *
 * @example
 * const statistics = new PopulationStatistics(net, { steps: 100 });   // a Recurrent of batchNormLstm, trained
 * for (const x of batches) statistics.observe(x);
 * const { output } = statistics.forward(x);
 */
export class PopulationStatistics extends Module {
  readonly #net: Recurrent;
  readonly #steps: number;
  readonly #gathered: readonly Gathered[];
  #showing: Recurrent | null = null;
  #given: Recurrent | null = null;

  constructor(net: Recurrent, options: PopulationOptions) {
    super();
    expectOptions("PopulationStatistics", options, ["steps"]);
    const { steps } = options;
    if (!Number.isInteger(steps) || steps < 1) {
      throw badNumber("PopulationStatistics", "steps", "a whole number ≥ 1", steps);
    }
    const means = columnMeans(net.cell);
    if (means.length === 0) throw noColumnMeans(net.cell.name);
    const { dtype } = net.options;
    const kept = (shape: readonly number[], name: string): Parameter => {
      const parameter = new Parameter(shape, undefined, { dtype, name });
      parameter.requiresGrad = false;
      return parameter;
    };
    this.#net = net;
    this.#steps = steps;
    this.#gathered = net.stack.map(({ dims, suffix }) => ({
      rows: kept([steps], `rows${suffix}`),
      means: Object.fromEntries(means.map(({ name, dim }) => [name, kept([steps, dims[dim]], name + suffix)])),
      suffix,
    }));
  }

  override *namedParameters(prefix = ""): IterableIterator<[string, Parameter]> {
    for (const { rows, means, suffix } of this.#gathered) {
      yield [`${prefix}rows${suffix}`, rows];
      for (const [name, value] of Object.entries(means)) yield [prefix + name + suffix, value];
    }
  }

  /**
   * Run a batch of training data as it runs in training, and add its statistics; without gradients. x [T, B, I] and the rest as for
   * `Recurrent.forward`: with `rng` they are those under dropout.
   */
  observe(x: Tensor, input: RecurrentInput = {}): void {
    const net = (this.#showing ??= alike(this.#net, shownColumnMeans(this.#net.cell)));
    scope(() => {
      const [T, B] = x.shape;
      const zeros = net.zeroState(B ?? 0);
      const full = (state: RecurrentInput["state"]): RecurrentInput["state"] =>
        state?.map((record, i) => ({ ...zeros[i], ...record }));
      const { states } = noGrad(() =>
        net.trace(x, {
          ...input,
          state: full(input.state),
          resetTo: full(input.resetTo),
          weights: { ...this.#weights(), ...input.weights },
        }),
      );
      const door = sequenceRows("PopulationStatistics.observe", T, B, input);
      this.#gathered.forEach(({ rows, means }, i) => {
        const counts = rows.data();
        for (const [name, mean] of Object.entries(means)) {
          const packed = door.pack(states[i][name]);
          add(mean, counts, door.rows, this.#readsBackwards(i) ? door.reverse(packed) : packed);
        }
        door.rows.active.forEach((n, s) => {
          if (s < this.#steps && n > 1) counts[s] += n;
        });
      });
    });
  }

  /** Forget what was observed, for instance after further training. */
  clear(): void {
    for (const parameter of this.parameters()) parameter.data().fill(0);
  }

  /**
   * Run sequences with the statistics that were gathered: as `Recurrent.forward`, and no row sees another. Gradients flow to the
   * network's parameters, x and states.
   *
   * Errors: as `Recurrent.forward`; `E_STATISTICS` before anything was observed.
   */
  forward(x: Tensor, input: RecurrentInput = {}): RecurrentOutput {
    const { output, state } = this.trace(x, input);
    return { output, state };
  }

  /** As `forward`, with all states at all steps. */
  trace(x: Tensor, input: RecurrentInput = {}): RecurrentTrace {
    const who = "PopulationStatistics.forward";
    const net = (this.#given ??= alike(this.#net, givenColumnMeans(this.#net.cell)));
    const door = x.rank === 3 ? sequenceRows(who, x.shape[0], x.shape[1], input) : null;
    const beside = (i: number): CellInputs =>
      (Array.isArray(input.inputs) ? (input.inputs as readonly CellInputs[])[i] : (input.inputs as CellInputs)) ?? {};
    const inputs = this.#gathered.map((gathered, i) => ({
      ...beside(i),
      ...(door === null ? {} : this.#inputs(who, gathered, this.#readsBackwards(i), door)),
    }));
    return net.trace(x, { ...input, inputs, weights: { ...this.#weights(), ...input.weights } });
  }

  #inputs(who: string, { rows, means }: Gathered, reverse: boolean, door: SequenceRows): CellInputs {
    const counts = rows.data();
    const known = counts.findIndex((count) => count === 0);
    const last = (known < 0 ? this.#steps : known) - 1;
    if (last < 0) throw nothingObserved(who);
    const { steps, active, offsets } = door.rows;
    const stepOf = new Int32Array(door.rows.rows);
    for (let s = 0; s < steps; s++) stepOf.fill(Math.min(s, last), offsets[s], offsets[s] + active[s]);
    const index = Tensor.from(stepOf);
    return Object.fromEntries(
      Object.entries(means).map(([name, mean]) => {
        const packed = gatherRows(mean, index);
        return [name, door.unpack(reverse ? door.reverse(packed) : packed)];
      }),
    );
  }

  #readsBackwards(record: number): boolean {
    const { bidirectional, reverse } = this.#net.options;
    return reverse || (bidirectional && record % 2 === 1);
  }

  #weights(): Record<string, Tensor> {
    return this.#net.stateDict();
  }
}

/** A network of the same layers over another form of the cell; its own parameters are never read. */
function alike(net: Recurrent, cell: CellDefinition): Recurrent {
  const { outputSize, ...options } = net.options;
  return new Recurrent(cell, { ...options, ...("output" in cell.extraDims ? { outputSize } : {}) });
}

/** Average in the means of a batch, the same in all rows of a step; `counts` are the rows before it. */
function add(mean: Parameter, counts: ArrayLike<number>, { steps, active, offsets }: Rows, packed: Tensor): void {
  const [own, width] = mean.shape;
  const [all, seen] = [mean.data(), packed.data()];
  for (let s = 0; s < Math.min(steps, own); s++) {
    const n = active[s];
    if (n < 2) continue;
    const share = n / (counts[s] + n);
    for (let j = 0; j < width; j++) all[s * width + j] += share * (seen[offsets[s] * width + j] - all[s * width + j]);
  }
}
