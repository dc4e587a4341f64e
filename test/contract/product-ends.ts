/** What probability 0 and 1 make of a regulariser on its own: nothing, and what its entry says. */
import { type CellDefinition, ownStates } from "../../src/cell/index.js";
import { rewriteCell } from "../../src/cell/rewrite/rewrite-cell.js";
import { type Recurrent, weightsOf } from "../../src/nn/index.js";
import { noGrad, scope, Tensor } from "../../src/tensor/index.js";
import { mapRecord, recordNumbers, type StateNumbers } from "../../src/testing/contract-case.js";
import type { Judge } from "../../src/testing/contract-judge.js";
import { numbersOf, type Numbers } from "../../src/testing/contract-numbers.js";
import { recurrentWeights } from "../../src/testing/regulariser-table.js";
import {
  batchAt,
  forwardAt,
  leavesOf,
  networkAt,
  passAt,
  type PointBatch,
  sameOutcome,
  settingAt,
} from "./product-case.js";
import type { Point } from "./product-points.js";

type Dtype = "f32" | "f64";
/** Forward alone. */
interface Values {
  readonly output: Numbers;
  readonly final: StateNumbers;
}

/** Only where one regulariser is on its own. */
export function endsHold(point: Point, dtype: Dtype, judge: (check: string) => Judge): void {
  if (point.dropped.length !== 1) return;
  const [{ name, rewritten, atOne }] = point.dropped;
  const plain: Point = { ...point, dropped: [] };
  const net = networkAt(plain, dtype);
  const batch = batchAt(plain, net);
  const expected = passAt(plain, net, batch);

  const atZero = passAt(point, networkAt(point, dtype, 0), batch, 0);
  sameOutcome(judge(`${name}: p = 0 is nothing, ${dtype}`), atZero, expected);
  if (rewritten !== undefined) {
    const masked = networkAt(plain, dtype, 0, rewritten(point.cell));
    const values = valuesOf(plain, masked, masksOf(batchAt(plain, masked), batch, 1));
    same(judge(`${name}: masks of ones are nothing, ${dtype}`), values, expected);
  }
  if (atOne !== null) ONE[atOne](point, plain, dtype, batch, judge(`${name}: p = 1, ${dtype}`));
}

type End = (point: Point, plain: Point, dtype: Dtype, batch: PointBatch, judge: Judge) => void;

/** The same as with zeros for the parameters that `weights` stands in for. */
function without(weights: typeof recurrentWeights): End {
  return (point, plain, dtype, batch, judge) => {
    const none = plainly(plain, networkAt(plain, dtype), batch, (net) =>
      weights(net, (weight) => Tensor.zeros(weight.shape, dtype)),
    );
    same(judge, valuesOf(point, networkAt(point, dtype, 1), batch, 1), none);
  };
}

const ONE: Readonly<Record<NonNullable<Point["dropped"][number]["atOne"]>, End>> = {
  /** Every state stays as it is, whoever begins anew. */
  frozen: (point, _, dtype, batch, judge) => {
    const own = (states: StateNumbers): StateNumbers =>
      states.map((record) => Object.fromEntries(ownStates(point.cell).map((name) => [name, record[name]])));
    const still = batch.anew === undefined ? batch : { ...batch, resetTo: batch.state };
    const { final } = valuesOf(point, networkAt(point, dtype, 1), still, 1);
    judge.sameStates("final state", own(final), own(batch.state));
  },
  /** The same as without recurrent matrices and vectors. */
  forgetful: without(recurrentWeights),
  /** The same as without input matrices: what a step reads past them it sees. */
  deaf: without((net, make) => weightsOf(net, "input", make)),
  /** The last layer sees zeros: what it computes alone of them, with its own weights and states. */
  blind: (point, plain, dtype, batch, judge) => {
    const net = networkAt(point, dtype, 1);
    const directions = net.options.bidirectional ? 2 : 1;
    const first = (point.layers - 1) * directions;
    // Final states of the layers below may see x.
    const dFinal = batch.dFinal.map((record, i) => (i < first ? {} : record));
    const got = passAt(point, net, { ...batch, dFinal }, 1);
    const width = net.stack[first].dims["input"];
    const { I: _, ...rest } = point.sizes;
    const one: Point = { ...plain, layers: 1, sizes: { ...rest, I: width } };
    const last = networkAt(one, dtype);
    const weights = [...net.namedParameters()].filter(([name]) => name.includes(`_l${point.layers - 1}`));
    last.loadStateDict(
      Object.fromEntries(weights.map(([name, w]) => [name.replace(`_l${point.layers - 1}`, "_l0"), w.toArray()])),
    );
    const [T, B] = batch.x.shape;
    const zeros = {
      ...batch,
      x: { shape: [T, B, width], data: new Float64Array(T * B * width) },
      state: batch.state.slice(first),
      inputs: batch.inputs.slice(first),
      ...(batch.resetTo === undefined ? {} : { resetTo: batch.resetTo.slice(first) }),
    };
    same(judge, { output: got.output, final: got.final.slice(first) }, valuesOf(one, last, zeros));
    judge.same("dx", positive(got.dx), { ...got.dx, data: got.dx.data.map(() => 0) });
  },
  /** The same as a step whose candidates are zero. */
  silent: (point, plain, dtype, batch, judge) => {
    const silenced = networkAt(plain, dtype, 0, withoutCandidates(point.cell));
    same(judge, valuesOf(point, networkAt(point, dtype, 1), batch, 1), valuesOf(plain, silenced, batch));
  },
};

const made = new WeakMap<CellDefinition, CellDefinition>();

function withoutCandidates(cell: CellDefinition): CellDefinition {
  const known = made.get(cell);
  if (known !== undefined) return known;
  const { candidates } = cell.trace;
  const silent = rewriteCell(cell, {
    name: "silent",
    value: (old, copied, { graph }) =>
      candidates.includes(old) ? graph.binary("mul", copied, graph.constant(0)) : copied,
  });
  made.set(cell, silent);
  return silent;
}

function valuesOf(point: Point, net: Recurrent, batch: PointBatch, p?: number): Values {
  return scope(() =>
    noGrad(() => {
      const { output, state } = forwardAt(point, net, settingAt(point, batch), leavesOf(net, batch), p);
      return { output: numbersOf(output), final: state.map(recordNumbers) };
    }),
  );
}

/** Without what the point drops, with other weights. */
function plainly(
  plain: Point,
  net: Recurrent,
  batch: PointBatch,
  weights: (net: Recurrent) => Record<string, Tensor>,
): Values {
  const given = { ...plain, dropped: [{ name: "weights", weights } as unknown as Point["dropped"][number]] };
  return valuesOf(given, net, batch);
}

/** The batch with the masks of a rewritten cell, all at one value. */
function masksOf(masked: PointBatch, batch: PointBatch, value: number): PointBatch {
  const inputs = masked.inputs.map((record, i) => ({
    ...mapRecord(record, ({ shape, data }) => ({ shape, data: data.map(() => value) })),
    ...batch.inputs[i],
  }));
  return { ...batch, inputs };
}

/** Equal but for the signs of zeros: what is dropped is 0 or −0. */
function same(judge: Judge, got: Values, expected: Values): void {
  judge.same("output", positive(got.output), positive(expected.output));
  const states = (all: StateNumbers): StateNumbers => all.map((record) => mapRecord(record, positive));
  judge.sameStates("final state", states(got.final), states(expected.final));
}

function positive({ shape, data }: Numbers): Numbers {
  return { shape, data: data.map((value) => value + 0) };
}
