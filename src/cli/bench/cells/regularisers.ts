/** `bench cells --regularisers`: what each regulariser costs each cell that it fits, against the same layer without it. */
import type { CellDefinition } from "../../../cell/index.js";
import { Recurrent, type RecurrentInput } from "../../../nn/index.js";
import { Rng, startSync } from "../../../runtime/index.js";
import { type Regulariser, REGULARISERS } from "../../../testing/regulariser-table.js";
import { noteOf } from "../note.js";
import { CELL_SIZES, type CellSizes, type CellsRequest, checkNumbers, trainingPass } from "./run.js";

/** Probability that each regulariser is asked for. */
const P = 0.3;
/** Rounds of a cell, however long they take. */
const LEAST_ROUNDS = 3;

/** What a regulariser costs a cell. */
export interface RegulariserCost {
  readonly cell: string;
  readonly regulariser: string;
  /** Milliseconds of processor time there and back, with it and without: the quickest of all rounds. */
  readonly with_ms: number;
  readonly without_ms: number;
  /** with / without. */
  readonly ratio: number;
  /** Whether it costs a product for each gate, which the limit does not speak of. */
  readonly exempt: boolean;
}

export interface RegularisersFound {
  /** Kernels, thread and host, and why not those that were asked for. */
  readonly note: string;
  readonly sizes: CellSizes;
  readonly p: number;
  readonly costs: readonly RegulariserCost[];
}

/** A layer that is measured: the quickest of its passes so far. */
interface Subject {
  readonly run: () => number;
  best: number;
}

/**
 * Measure regularisers: one layer on one thread, forward in training and backward with all gradients; two layers, with and
 * without, for what lies between layers. Within a cell all take turns, each round beginning with another one: what comes first pays
 * for what the last one left in the caches. Neighbours only ever add time, so the quickest round of each counts.
 *
 * `budgetS`: seconds for each cell, default 5.
 *
 * @throws E_BENCH_NUMBERS for a cell whose float32 is not its float64, before anything is timed
 */
export function benchRegularisers({
  cells,
  precision = "strict",
  budgetS = 5,
  sizes,
}: CellsRequest): RegularisersFound {
  const machine = startSync({ threads: 1, precision });
  const all = { ...CELL_SIZES, ...sizes };
  for (const cell of cells) checkNumbers(cell);
  const costs = cells.flatMap((cell) => costsOf(cell, all, budgetS));
  return { note: noteOf(machine.report()), sizes: all, p: P, costs };
}

/** How many layers there must be for a regulariser to have something to do; undefined where no number is enough. */
function layersFor({ fits }: Regulariser, cell: CellDefinition): number | undefined {
  return [1, 2].find((layers) => fits(cell, layers));
}

function costsOf(cell: CellDefinition, sizes: CellSizes, budgetS: number): RegulariserCost[] {
  const plain = new Map<number, Subject>();
  const pairs = REGULARISERS.flatMap((regulariser) => {
    const layers = layersFor(regulariser, cell);
    if (layers === undefined) return [];
    const without = plain.get(layers) ?? subjectOf(cell, sizes, layers);
    plain.set(layers, without);
    return [{ regulariser, without, own: subjectOf(cell, sizes, layers, regulariser) }];
  });
  const subjects = [...plain.values(), ...pairs.map(({ own }) => own)];
  const start = performance.now();
  for (let round = 0; round < LEAST_ROUNDS || performance.now() - start < 1000 * budgetS; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const subject = subjects[(turn + round) % subjects.length];
      subject.best = Math.min(subject.best, subject.run());
    }
  }
  return pairs.map(({ regulariser: { name, perGate = false }, without, own }) => ({
    cell: cell.name,
    regulariser: name,
    with_ms: own.best,
    without_ms: without.best,
    ratio: own.best / without.best,
    exempt: perGate,
  }));
}

/** A network with a regulariser, or without, and its passes; masks are new in each. */
function subjectOf(cell: CellDefinition, sizes: CellSizes, layers: number, regulariser?: Regulariser): Subject {
  const { I: inputSize, H: hiddenSize } = sizes;
  const net = new Recurrent(cell, { inputSize, hiddenSize, layers, ...regulariser?.options?.(cell, P) });
  const rng = new Rng(1);
  let uses = 0;
  const given = (): RecurrentInput => {
    if (regulariser === undefined) return {};
    const fresh = rng.split(uses++);
    return { rng: fresh, weights: regulariser.weights?.(net, P, fresh, {}) };
  };
  return { run: trainingPass(net, sizes, given), best: Infinity };
}
