/** What holds at every point of the product. */
import { vi } from "vitest";
import { type CellDefinition, explain } from "../../src/cell/index.js";
import type { Recurrent } from "../../src/nn/index.js";
import { TILE } from "../../src/runtime/kernels.js";
import { Team } from "../../src/runtime/team.js";
import { MACHINES_AGREE } from "../../src/testing/cell-contract.js";
import type { Batch } from "../../src/testing/contract-case.js";
import { Judge } from "../../src/testing/contract-judge.js";
import { take, type Numbers } from "../../src/testing/contract-numbers.js";
import { machinesAgreeOn } from "../../src/testing/contract-rounding.js";
import {
  batchAt,
  compacted,
  networkAt,
  onlyRow,
  passAt,
  sameOutcome,
  stepsOfRow,
  type PointBatch,
  type PointOutcome,
} from "./product-case.js";
import { endsHold } from "./product-ends.js";
import { gradientsAreMeasured, type Tally } from "./product-gradients.js";
import { pointText, type Point } from "./product-points.js";

/** How often the numbers of a point are drawn again. */
const DRAWS = 4;

/** Of these numbers float32 knows nothing: rounding alone may change a result by more than half a percent. */
class NothingToCompare extends Error {}

/**
 * Everything that is promised of a point, on both machines, on one thread and on two. Where a norm over two units comes near to a
 * step, and float64 says that float32 cannot know on which side, the point takes other numbers. Throws `E_CONTRACT`.
 */
export function holdsAt(point: Point, tally: Tally): void {
  for (let draw = 1; ; draw++) {
    try {
      holdsWith({ ...point, seed: point.seed + draw - 1 }, tally, draw < DRAWS);
      return;
    } catch (error) {
      if (!(error instanceof NothingToCompare)) throw error;
      tally.redrawn++;
    }
  }
}

function holdsWith(point: Point, tally: Tally, mayRedraw: boolean): void {
  const judges: Judge[] = [];
  const judge = (check: string): Judge => {
    const one = new Judge(point.cell.name, `${check} (${pointText(point)})`);
    judges.push(one);
    return one;
  };
  onThreads(1, () => {
    const machines = machinesAgree(point, judge("float32 = float64"), mayRedraw);
    threadsAgree(point, machines.f32, judge("two threads = one"));
    for (const dtype of ["f32", "f64"] as const) {
      if (!point.cell.crossRow) rowsStandAlone(point, dtype, machines[dtype], judge(`a row = the row alone, ${dtype}`));
      if (point.rows === "segments") segmentsAreTheWhole(point, dtype, machines[dtype], judge(`segments, ${dtype}`));
      endsHold(point, dtype, judge);
    }
    gradientsAreMeasured(point, judge("gradients = differences"), tally);
  });
  tally.points++;
  tally.numbers += judges.reduce((sum, { compared }) => sum + compared, 0);
}

/** `work` on one thread, or with every job that has rows to deal out shared, however small. */
function onThreads<T>(threads: 1 | 2, work: () => T): T {
  const shared = vi.spyOn(Team.prototype, "worthForking");
  shared.mockImplementation((_, rows = Infinity) => threads > 1 && rows > TILE);
  try {
    return work();
  } finally {
    shared.mockImplementation(() => false);
  }
}

function machinesAgree(point: Point, judge: Judge, mayRedraw: boolean): Readonly<Record<"f32" | "f64", PointOutcome>> {
  const compared = {
    cell: point.cell,
    network: (cell: Point["cell"], dtype: "f32" | "f64") => networkAt(point, dtype, undefined, cell),
    batch: (net: Recurrent) => batchAt(point, net),
    run: (net: Recurrent, batch: Batch) => passAt(point, net, batch as PointBatch),
    hopeless: (name: string, known: number): void => {
      if (mayRedraw) throw new NothingToCompare(`${name}: ${known}`);
    },
  };
  const [f32, f64] = machinesAgreeOn(judge, compared, MACHINES_AGREE);
  return { f32: f32 as PointOutcome, f64: f64 as PointOutcome };
}

/** The same bits; and a cell whose rows look at each other says that one thread runs it, and means it. */
function threadsAgree(point: Point, one: PointOutcome, judge: Judge): void {
  const net = networkAt(point, "f32");
  const programs = vi.spyOn(Team.prototype, "callProgram");
  const two = onThreads(2, () => passAt(point, net, batchAt(point, net)));
  const shared = programs.mock.calls.length;
  programs.mockRestore();
  sameOutcome(judge, two, one);
  const alone = saysOneThread(net.cell);
  if (alone !== net.cell.crossRow) judge.fail(`explain says ${alone ? "" : "nothing of "}one thread`);
  if (alone !== (shared === 0)) judge.fail(`${shared} calls of programs were shared out`);
}

const said = new WeakMap<CellDefinition, boolean>();

function saysOneThread(cell: CellDefinition): boolean {
  const known = said.get(cell) ?? /crossRow: .*one thread runs it/.test(explain(cell));
  said.set(cell, known);
  return known;
}

/** Rows 1 (no step), 2 (all steps) and another: forward and all gradients but those of parameters. */
function rowsStandAlone(point: Point, dtype: "f32" | "f64", together: PointOutcome, judge: Judge): void {
  const net = networkAt(point, dtype);
  const batch = batchAt(point, net);
  for (const row of [1, 2, point.seed % 2 === 0 ? 0 : 3]) {
    const alone = passAt(point, net, onlyRow(batch, row));
    sameOutcome(judge, rowOf(together, row), rowOf(alone, row), `row ${row}: `);
    const steps = stepsOfRow(batch, row);
    // Masks per step belong to a place in the batch: only without them is a row the same elsewhere.
    if (point.dropped.length > 0 || steps.length === 0) continue;
    const apart = passAt(point, net, compacted(batch, row));
    const mine = rowOf(together, row);
    const cut = { ...mine, output: take(mine.output, 0, steps), dx: take(mine.dx, 0, steps), dInputs: [] };
    sameOutcome(judge, cut, rowOf({ ...apart, dInputs: [] }, 0), `row ${row}, compacted: `);
  }
}

/** What belongs to one row; sums of gradients with zeros lose the sign of a zero. */
function rowOf(outcome: PointOutcome, row: number): PointOutcome {
  const pick = (axis: number, v: Numbers): Numbers => {
    const { shape, data } = take(v, axis, [row]);
    return { shape, data: data.map((value) => value + 0) };
  };
  const states = (all: PointOutcome["final"]): PointOutcome["final"] =>
    all.map((record) =>
      Object.fromEntries(Object.entries(record).map(([name, v]) => [name, pick(v.shape.length - 2, v)])),
    );
  return {
    output: pick(1, outcome.output),
    dx: pick(1, outcome.dx),
    final: states(outcome.final),
    dState: states(outcome.dState),
    dResetTo: states(outcome.dResetTo),
    dInputs: states(outcome.dInputs),
    dParameters: {},
  };
}

/** The same values bit by bit; gradients of parameters are added up in another order. */
function segmentsAreTheWhole(point: Point, dtype: "f32" | "f64", cut: PointOutcome, judge: Judge): void {
  const net = networkAt(point, dtype);
  const whole = passAt(point, net, { ...batchAt(point, net), segment: undefined });
  sameOutcome(judge, { ...cut, dParameters: {} }, { ...whole, dParameters: {} });
  const sums = dtype === "f64" ? 1e-11 : point.cell.crossRow ? 5e-3 : MACHINES_AGREE;
  judge.closeRecord("gradient of", cut.dParameters, whole.dParameters, sums);
}
