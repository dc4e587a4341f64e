/**
 * How much of a difference rounding explains: the float64 run again, several times, with every value of the equations
 * off by as much as float32 may round it (Monte Carlo arithmetic).
 *
 * A norm over two units has outputs of nearly ±1 and gradients that are differences of nearly equal numbers. No fixed
 * tolerance fits those and ordinary cells: here the equations themselves say what float32 can know of a number.
 */
import type { CellDefinition } from "../cell/index.js";
import { rewriteCell } from "../cell/rewrite/rewrite-cell.js";
import type { Node } from "../cell/graph.js";
import { bits, Rng } from "../runtime/index.js";
import type { Recurrent } from "../nn/index.js";
import { mapRecord, POSITIONS, type Batch, type Outcome, type StateNumbers } from "./contract-case.js";
import type { Judge } from "./contract-judge.js";
import { distance, type Numbers } from "./contract-numbers.js";

/** Runs beside the exact one. */
const SAMPLES = 6;
/** Largest relative change, 2⁻²²: four roundings of float32. An activation is within three units in the last place. */
const NOISE = 1 / 4194304;
/**
 * How many times the largest change among the samples a difference may be. What float32 does is a tenth to once as much,
 * and at worst 6.3 times: a sum over 33 rows rounds 33 times, and its noise is drawn once.
 */
const ROOM = 8;
/** What rounding cannot excuse, as a share of a tensor's largest number. */
const MOST = 5e-3;
/** What the inputs that round are called, before the number of their value. */
const INPUT = "rounding_";

/**
 * The cell with each computed value multiplied by a number near 1, backwards too: values of a width by an input of their
 * own, new for every step, row and unit; numbers per row by a constant of the seed.
 */
export function roundedCell(cell: CellDefinition, seed: number): CellDefinition {
  const values = cell.trace.graph;
  return rewriteCell(cell, {
    name: `rounding ${seed}`,
    value: (old, copied, { graph, mask }) => {
      const node = values.node(old);
      if (!rounds(node)) return copied;
      // A mean over rows is rounded once for all of them.
      const factor =
        node.dim === null || node.kind === "columnMean"
          ? graph.constant(1 + NOISE * uniform(seed, old))
          : mask(`${INPUT}${old}`, node.dim, "step");
      return graph.binary("mul", copied, factor);
    },
  });
}

/** What is computed and rounded; a comparison gives 0 or 1 and nothing between. */
function rounds({ kind, ...node }: Node): boolean {
  if (kind === "binary") return !["greater", "greaterEqual", "equal"].includes((node as { readonly op: string }).op);
  return kind === "unary" || kind === "reduce" || kind === "columnMean" || kind === "block" || kind === "result";
}

function uniform(seed: number, at: number): number {
  return bits(seed, at, 0, 0) / 2147483648 - 1;
}

/** What a comparison of two machines runs: the same network, batch and masks, of a cell and a dtype. */
export interface Comparison {
  readonly cell: CellDefinition;
  readonly network: (cell: CellDefinition, dtype: "f32" | "f64") => Recurrent;
  readonly batch: (net: Recurrent) => Batch;
  readonly run: (net: Recurrent, batch: Batch) => Outcome;
  /** Called before a failure that rounding explains, by more than is ever allowed: it may throw. */
  readonly hopeless?: (name: string, known: number) => void;
}

/**
 * float32 against float64: every result within `tolerance` of its largest number, or where that is exceeded within eight
 * times what rounding does to it.
 *
 * @returns both outcomes: float32, float64
 */
export function machinesAgreeOn(judge: Judge, compared: Comparison, tolerance: number): readonly [Outcome, Outcome] {
  const { cell, network, batch, run, hopeless } = compared;
  const [single, double] = (["f32", "f64"] as const).map((dtype) => network(cell, dtype));
  const numbers = batch(double);
  const [got, expected] = [run(single, numbers), run(double, numbers)];
  const sample = (): readonly Outcome[] =>
    Array.from({ length: SAMPLES }, (_, i) => {
      const net = network(roundedCell(cell, i + 1), "f64");
      const rng = new Rng(i + 1);
      for (const [name, parameter] of net.namedParameters()) {
        parameter.set(nudged({ shape: parameter.shape, data: parameter.toArray() }, rng.split(name)).data);
      }
      return run(net, roundedBatch(net, numbers, rng));
    });
  agree(judge, got, expected, { tolerance, sample, hopeless });
  return [got, expected];
}

function agree(
  judge: Judge,
  got: Outcome,
  expected: Outcome,
  {
    tolerance,
    sample,
    hopeless,
  }: Pick<Comparison, "hopeless"> & { readonly tolerance: number; readonly sample: () => readonly Outcome[] },
): void {
  let rounded: readonly (readonly Numbers[])[] | undefined;
  const [ours, others] = [resultsOf(got), resultsOf(expected)];
  others.forEach(([name, value], i) => {
    if (!(distance(ours[i][1], value) > tolerance)) {
      judge.close(name, ours[i][1], value, tolerance);
      return;
    }
    rounded ??= sample().map((outcome) => resultsOf(outcome).map(([, numbers]) => numbers));
    const known = Math.max(...rounded.map((numbers) => distance(numbers[i], value)));
    const allowed = Math.max(tolerance, Math.min(MOST, ROOM * known));
    const error = distance(ours[i][1], value);
    if (error > allowed && error <= ROOM * known) hopeless?.(name, known);
    judge.close(`${name} (which rounding changes by ${known})`, ours[i][1], value, allowed);
  });
}

/** Every tensor of an outcome with its name. */
export function resultsOf(
  outcome: Outcome & { readonly dResetTo?: StateNumbers },
): readonly (readonly [string, Numbers])[] {
  const states = (name: string, all: StateNumbers) =>
    all.flatMap((record, i) => Object.entries(record).map(([key, value]) => [`${name} ${i}.${key}`, value] as const));
  return [
    ["output", outcome.output],
    ...states("final state", outcome.final),
    ["dx", outcome.dx],
    ...states("gradient of the initial state", outcome.dState),
    ...states("gradient of the state begun from", outcome.dResetTo ?? []),
    ...states("gradient of the inputs", outcome.dInputs),
    ...Object.entries(outcome.dParameters).map(([name, value]) => [`gradient of ${name}`, value] as const),
  ];
}

/** Each number off by up to NOISE of itself. */
function nudged({ shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }, rng: Rng) {
  return { shape, data: Float64Array.from(data, (value) => value * (1 + NOISE * (2 * rng.uniform() - 1))) };
}

/** The batch for a rounded cell: its own numbers nudged, and what its values are multiplied by. */
function roundedBatch(net: Recurrent, batch: Batch, rng: Rng): Batch {
  const states = (all: StateNumbers): StateNumbers => all.map((record) => mapRecord(record, (v) => nudged(v, rng)));
  const [T, B] = batch.x.shape;
  const factors = net.stack.map(({ dims }) =>
    Object.fromEntries(
      net.cell.inputs
        .filter(({ name }) => name.startsWith(INPUT))
        .map(({ name, dim }) => {
          const width = dims[dim] ?? POSITIONS;
          return [name, nudged({ shape: [T, B, width], data: new Float64Array(T * B * width).fill(1) }, rng)] as const;
        }),
    ),
  );
  return {
    ...batch,
    x: nudged(batch.x, rng),
    state: states(batch.state),
    inputs: states(batch.inputs).map((record, i) => ({ ...record, ...factors[i] })),
    dOutput: batch.dOutput && nudged(batch.dOutput, rng),
    dFinal: states(batch.dFinal),
  };
}
