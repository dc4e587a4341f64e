/** Contract checks about rows: no row of a batch sees another one, its padding, or its place. */
import type { CheckContext } from "./contract-context.js";
import {
  aloneOf,
  inferCase,
  makeBatch,
  makeNetwork,
  mapRecord,
  rowsOf,
  runCase,
  type Batch,
  type CaseSizes,
  type StateNumbers,
} from "./contract-case.js";
import { range, take, type Numbers } from "./contract-numbers.js";

/** Every row of a (ragged) batch has the bits of that row run alone, without its padding: forward, dx and d(state). */
export function rowsStandAlone({ cell, dtype, judge }: CheckContext, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, dtype);
  const batch = makeBatch(net, sizes);
  const together = runCase(net, batch);
  for (let row = 0; row < sizes.B; row++) {
    const length = sizes.lengths?.[row] ?? sizes.T;
    const steps = range(0, length);
    const alone = runCase(net, aloneOf(batch, row));
    const mine = (numbers: Numbers): Numbers => take(take(numbers, 1, [row]), 0, steps);
    const states = (all: StateNumbers): StateNumbers =>
      all.map((record) => mapRecord(record, (v) => take(v, 0, [row])));
    judge.same(`output of row ${row}`, mine(together.output), alone.output);
    judge.sameStates(`final state of row ${row}`, states(together.final), alone.final);
    judge.same(`dx of row ${row}`, unsigned(mine(together.dx)), unsigned(alone.dx));
    const perStep = new Set(cell.inputs.flatMap(({ name, per }) => (per === "step" ? [name] : [])));
    const beside = together.dInputs.map((record) =>
      Object.fromEntries(
        Object.entries(record).map(([name, v]) => [name, unsigned(perStep.has(name) ? mine(v) : take(v, 0, [row]))]),
      ),
    );
    const besideAlone = alone.dInputs.map((record) => mapRecord(record, unsigned));
    judge.sameStates(`gradient of the inputs of row ${row}`, beside, besideAlone);
    const dState = [states(together.dState), alone.dState].map((all) =>
      all.map((record) => mapRecord(record, unsigned)),
    );
    judge.sameStates(`gradient of the initial state of row ${row}`, dState[0], dState[1]);
    const padding = range(length, sizes.T);
    judge.same(`output after row ${row}'s end`, ...zeros(take(take(together.output, 1, [row]), 0, padding)));
    judge.same(`dx after row ${row}'s end`, ...zeros(take(take(together.dx, 1, [row]), 0, padding)));
  }
}

/** −0 as 0: the rows of a ragged batch are sorted and packed, and the gradient of that is added to zeros. */
function unsigned({ shape, data }: Numbers): Numbers {
  return { shape, data: data.map((value) => value + 0) };
}

/** What stands in x after a row's end changes no bit of anything, be it NaN. */
export function paddingIsIrrelevant({ cell, dtype, judge }: CheckContext, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, dtype);
  const batch = makeBatch(net, sizes);
  const clean = runCase(
    net,
    filledPadding(batch, () => 0),
  );
  for (const garbage of [() => NaN, (i: number) => (i % 2 === 0 ? 1e30 : -Infinity)]) {
    const dirty = runCase(net, filledPadding(batch, garbage));
    judge.same("output", dirty.output, clean.output);
    judge.sameStates("final state", dirty.final, clean.final);
    judge.same("dx", dirty.dx, clean.dx);
    judge.sameStates("gradient of the initial state", dirty.dState, clean.dState);
    judge.sameRecord("gradient of", dirty.dParameters, clean.dParameters);
  }
}

/** Rows in another order give the same rows in that order; sums over rows agree within the tolerance. */
export function orderIsIrrelevant({ cell, dtype, judge, tolerance }: CheckContext, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, dtype);
  const batch = makeBatch(net, sizes);
  const here = runCase(net, batch);
  const order = range(0, sizes.B).map((row) => (row * 2 + 1) % sizes.B);
  const shuffled = new Set(order).size === sizes.B ? order : range(0, sizes.B).toReversed();
  const there = runCase(net, rowsOf(batch, shuffled));
  const states = (all: StateNumbers): StateNumbers =>
    all.map((record) => mapRecord(record, (v) => take(v, 0, shuffled)));
  judge.same("output", there.output, take(here.output, 1, shuffled));
  judge.sameStates("final state", there.final, states(here.final));
  judge.same("dx", there.dx, take(here.dx, 1, shuffled));
  judge.sameStates("gradient of the initial state", there.dState, states(here.dState));
  judge.closeRecord("gradient of", there.dParameters, here.dParameters, tolerance);
}

/** The reverse direction over a padded batch is the forward direction over each row turned around, weights exchanged. */
export function reverseIsMirrored({ cell, dtype, judge }: CheckContext, sizes: CaseSizes): void {
  const both = makeNetwork(cell, { ...sizes, bidirectional: true }, dtype);
  const batch = makeBatch(both, { ...sizes, bidirectional: true });
  const one = makeNetwork(cell, sizes, dtype);
  const weights = Object.entries(both.stateDict()).filter(([name]) => name.endsWith("_reverse"));
  one.loadStateDict(Object.fromEntries(weights.map(([name, w]) => [name.slice(0, -"_reverse".length), w.toArray()])));
  const { output, final } = inferCase(both, batch);
  const width = output.shape[2] / 2;
  for (let row = 0; row < sizes.B; row++) {
    const [state, dFinal, inputs] = [batch.state, batch.dFinal, batch.inputs].map(([, reverse]) => [reverse]);
    const alone = aloneOf({ ...batch, state, dFinal, inputs, dOutput: undefined }, row);
    const length = alone.x.shape[0];
    const around = range(0, length).toReversed();
    const turned = (v: Numbers): Numbers => (v.shape.length === 3 ? take(v, 0, around) : v);
    const mirrored = inferCase(one, {
      ...alone,
      x: turned(alone.x),
      inputs: alone.inputs.map((record) => mapRecord(record, turned)),
    });
    const mine = take(take(take(output, 1, [row]), 0, around), 2, range(width, 2 * width));
    judge.same(`reverse output of row ${row}`, mine, mirrored.output);
    const last = mapRecord(final[1], (value) => take(value, 0, [row]));
    judge.sameStates(`final reverse state of row ${row}`, [last], mirrored.final);
  }
}

/** A row of length zero ends in the state it started from, and passes that state's gradient through untouched. */
export function emptyRowsKeepTheirState({ cell, dtype, judge }: CheckContext, sizes: CaseSizes): void {
  for (const lengths of [range(0, sizes.B).map((b) => (b % 2 === 0 ? 0 : sizes.T)), range(0, sizes.B).map(() => 0)]) {
    const net = makeNetwork(cell, sizes, dtype);
    const batch = makeBatch(net, { ...sizes, lengths });
    const { output, final, dState, dx } = runCase(net, batch);
    const empty = range(0, sizes.B).filter((row) => lengths[row] === 0);
    const rows = (all: StateNumbers): StateNumbers => all.map((record) => mapRecord(record, (v) => take(v, 0, empty)));
    judge.sameStates("final state of empty rows", rows(final), rows(batch.state));
    judge.sameStates("gradient of empty rows' initial state", rows(dState), rows(batch.dFinal));
    judge.same("output of empty rows", ...zeros(take(output, 1, empty)));
    judge.same("dx of empty rows", ...zeros(take(dx, 1, empty)));
  }
}

function filledPadding(batch: Batch, value: (i: number) => number): Batch {
  const fill = ({ shape, data }: Numbers): Numbers => {
    const [, B, width] = shape;
    const filled = data.map((number, i) => {
      const row = Math.floor(i / width);
      const [t, b] = [Math.floor(row / B), row % B];
      return t < (batch.lengths?.[b] ?? Infinity) ? number : value(i);
    });
    return { shape, data: filled };
  };
  const perStep = (v: Numbers): Numbers => (v.shape.length === 3 ? fill(v) : v);
  return { ...batch, x: fill(batch.x), inputs: batch.inputs.map((record) => mapRecord(record, perStep)) };
}

/** The numbers and as many zeros. */
function zeros(numbers: Numbers): [Numbers, Numbers] {
  return [numbers, { shape: numbers.shape, data: new Float64Array(numbers.data.length) }];
}
