/** What regularisers inside the recurrence owe their users, as checks that run on any cell. */
import { type CellDefinition, ownStates, zoneoutExpectation } from "../cell/index.js";
import type { RecurrenceOptions } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { scope, type Tensor } from "../tensor/index.js";
import { type CellContractOptions, cellContract, type ContractCheck, MACHINES_AGREE } from "./cell-contract.js";
import {
  type Batch,
  inferCase,
  lossOf,
  makeBatch,
  makeNetwork,
  mapRecord,
  runCase,
  stateTensors,
  type CaseSizes,
} from "./contract-case.js";
import { Judge } from "./contract-judge.js";
import { numbersOf, range, take, tensorOf, type Numbers } from "./contract-numbers.js";
import { type Comparison, machinesAgreeOn } from "./contract-rounding.js";
import { sizesText } from "./contract-sizes.js";
import { gradcheck } from "./gradcheck.js";
import { oneOfEach, optionsOf, regularisersFor } from "./regulariser-table.js";

const RAGGED: CaseSizes = { T: 4, B: 5, I: 3, H: 5, layers: 2, bidirectional: true, lengths: [3, 0, 4, 1, 4] };
const EVEN: CaseSizes = { T: 4, B: 3, I: 2, H: 6 };

/** A cell that takes masks instead of drawing them, by what it is called. */
type Rewritten = readonly [name: string, cell: CellDefinition];

/** The regularisers that a cell has room for, as rewrites of it and as options of a layer. */
export function regularisersOf(cell: CellDefinition): {
  readonly rewritten: readonly Rewritten[];
  /** One of each kind: the first, or the last of those that exclude each other. */
  readonly options: Readonly<Record<"first" | "last", RecurrenceOptions>>;
} {
  const all = regularisersFor(cell);
  const rewritten = all.flatMap(({ name, rewritten: rewrite }) => (rewrite ? [[name, rewrite(cell)] as const] : []));
  const together = (which: "first" | "last"): RecurrenceOptions => optionsOf(oneOfEach(all, which), cell, 0.3);
  return { rewritten, options: { first: together("first"), last: together("last") } };
}

/**
 * The contract of the regularisers inside the recurrence on a cell, as named checks to register with any test runner.
 *
 * Masks of ones = the plain cell, bitwise · zoneout with p = 1 keeps every state, bitwise · recurrent dropout with p = 1 = no
 * recurrent matrices · the mean over masks of a zoneout step = its expectation · no generator = no dropout · lengths move no
 * mask · gradients with masks held fixed = finite differences · float32 = float64; with `full` the contract of every
 * rewritten cell too.
 *
 * @example
 * for (const { name, run } of regulariserContract(myCell)) test(name, run);
 */
export function regulariserContract(cell: CellDefinition, options: CellContractOptions = {}): readonly ContractCheck[] {
  const { full = false, tolerance = MACHINES_AGREE } = options;
  const { rewritten, options: together } = regularisersOf(cell);
  const all = together.first;
  const checks: ContractCheck[] = [];
  const add = (name: string, sizes: CaseSizes, check: (judge: Judge) => void): void => {
    const run = (): void => check(new Judge(cell.name, `${name} (${sizesText(sizes)})`));
    checks.push({ name, run });
  };
  for (const [name, masked] of rewritten) {
    add(`${name}: masks of ones are no masks`, RAGGED, (judge) => onesAreNothing(cell, masked, judge));
  }
  add("zoneout: p = 1 keeps every state", RAGGED, (judge) => frozen(cell, judge));
  add("zoneout: the mean of a step over masks is its expectation", EVEN, (judge) => meanIsExpected(cell, judge));
  if (all.recurrentDropout !== undefined) {
    add("recurrent dropout: p = 1 is a cell without recurrent matrices", RAGGED, (judge) => forgetful(cell, judge));
  }
  // Where rows look at each other, the end of one is seen by the others.
  if (!cell.crossRow) add("lengths move no mask", EVEN, (judge) => lengthsMoveNothing(cell, all, judge));
  add("dropout without a generator is none", RAGGED, (judge) => {
    const [net, plain] = [{ ...all, zoneout: 0 }, {}].map((inside) => makeNetwork(cell, RAGGED, "f32", 1, inside));
    const batch = makeBatch(plain, RAGGED);
    judge.same("output", inferCase(net, batch).output, inferCase(plain, batch).output);
  });
  for (const which of ["first", "last"] as const) {
    const masks = which === "first" ? "tied" : "perGate";
    const used = together[which];
    if (which === "last" && !Object.values(used).includes(masks)) continue;
    add(`all together, ${masks}: gradients = finite differences`, RAGGED, (judge) => measured(cell, used, judge));
    add(`all together, ${masks}: float32 = float64`, RAGGED, (judge) => {
      const compared: Comparison = {
        cell,
        network: (each, dtype) => makeNetwork(each, RAGGED, dtype, 1, used),
        batch: (net) => makeBatch(net, RAGGED),
        run: (net, batch) => runCase(net, batch, new Rng(3)),
      };
      machinesAgreeOn(judge, compared, tolerance);
    });
  }
  if (!full) return checks;
  const half = mapRecord(Object.fromEntries(ownStates(cell).map((name) => [name, 0])), () => 0.5);
  const cells: readonly Rewritten[] = [...rewritten, ["zoneout in expectation", zoneoutExpectation(cell, half)]];
  for (const [name, masked] of cells) {
    for (const check of cellContract(masked, options.tolerance === undefined ? {} : { tolerance }))
      checks.push({ ...check, name: `${name}: ${check.name}` });
  }
  return checks;
}

/** The same batch with every mask at one value. */
function withMasks(batch: Batch, value: number): Batch {
  const filled = ({ shape, data }: Numbers): Numbers => ({ shape, data: data.map(() => value) });
  return { ...batch, inputs: batch.inputs.map((record) => mapRecord(record, filled)) };
}

function onesAreNothing(cell: CellDefinition, masked: CellDefinition, judge: Judge): void {
  for (const dtype of ["f32", "f64"] as const) {
    const [net, plain] = [masked, cell].map((each) => makeNetwork(each, RAGGED, dtype));
    const batch = makeBatch(net, RAGGED);
    const [got, expected] = [
      runCase(net, withMasks(batch, 1)),
      runCase(plain, { ...batch, inputs: batch.inputs.map(() => ({})) }),
    ];
    judge.same("output", got.output, expected.output);
    judge.sameStates("final state", got.final, expected.final);
    // Gradients of one value may be added in another order.
    const near = dtype === "f32" ? 5e-5 : 1e-11;
    judge.close("dx", got.dx, expected.dx, near);
    judge.closeStates("gradient of the initial state", got.dState, expected.dState, near);
    judge.closeRecord("gradient of", got.dParameters, expected.dParameters, near);
  }
}

function frozen(cell: CellDefinition, judge: Judge): void {
  for (const dtype of ["f32", "f64"] as const) {
    const net = makeNetwork(cell, RAGGED, dtype, 1, {
      zoneout: Object.fromEntries(ownStates(cell).map((s) => [s, 1])),
    });
    const batch = makeBatch(net, RAGGED);
    const own = (states: Batch["state"]): Batch["state"] =>
      states.map((record) => Object.fromEntries(ownStates(cell).map((name) => [name, record[name]])));
    judge.sameStates("state in expectation", own(inferCase(net, batch).final), own(batch.state));
    judge.sameStates("state with masks", own(runCase(net, batch, new Rng(1)).final), own(batch.state));
  }
}

function forgetful(cell: CellDefinition, judge: Judge): void {
  const [dropping, plain] = [{ recurrentDropout: 1 }, {}].map((inside) => makeNetwork(cell, EVEN, "f64", 1, inside));
  const recurrent = Object.keys(cell.params).filter((name) => {
    return ["recurrent", "recurrentVector"].includes(cell.params[name].role);
  });
  for (const [name, parameter] of plain.namedParameters()) {
    if (recurrent.includes(name.slice(0, -"_l0".length))) parameter.set(parameter.toArray().map(() => 0));
  }
  const batch = makeBatch(plain, EVEN);
  judge.close("output", runCase(dropping, batch, new Rng(1)).output, inferCase(plain, batch).output, 1e-12);
}

/** Many copies of one row, a mask each: their mean is within five standard errors of the expectation. */
function meanIsExpected(cell: CellDefinition, judge: Judge): void {
  const rates = Object.fromEntries(ownStates(cell).map((name, i) => [name, 0.3 + 0.2 * i]));
  const copies = 4000;
  const net = makeNetwork(cell, EVEN, "f64", 1, { zoneout: rates });
  const one = makeBatch(net, { ...EVEN, T: 1, B: 1 });
  const many: Batch = {
    ...one,
    x: take(one.x, 1, range(0, copies).fill(0)),
    state: one.state.map((record) => mapRecord(record, (v) => take(v, 0, range(0, copies).fill(0)))),
  };
  const drawn = scope(() => {
    const state = stateTensors(many.state, "f64", false);
    return net
      .forward(tensorOf(many.x, "f64", false), { state, rng: new Rng(5) })
      .state.map((r) => mapRecord(r, numbersOf));
  });
  const expected = inferCase(net, one).final;
  for (const [name, p] of Object.entries(rates)) {
    const [samples, mean] = [drawn[0][name].data, expected[0][name].data];
    const width = mean.length;
    for (let unit = 0; unit < width; unit++) {
      const values = Array.from({ length: copies }, (_, row) => samples[row * width + unit]);
      const average = values.reduce((a, b) => a + b, 0) / copies;
      const spread = Math.max(...values) - Math.min(...values);
      const error = Math.sqrt((p * (1 - p)) / copies) * spread;
      if (!(Math.abs(average - mean[unit]) <= 5 * error + 1e-12)) {
        judge.fail(`unit ${unit} of ${name}: the mean over ${copies} masks is ${average}, expected ${mean[unit]}`);
      }
      if (spread === 0 && name in rates) judge.fail(`unit ${unit} of ${name} takes one value only`);
    }
  }
}

/** What a row sees until its end does not depend on where it ends. */
function lengthsMoveNothing(cell: CellDefinition, inside: RecurrenceOptions, judge: Judge): void {
  const net = makeNetwork(cell, EVEN, "f32", 1, inside);
  const batch = makeBatch(net, EVEN);
  const lengths = [2, 4, 3];
  const full = runCase(net, { ...batch, dFinal: [] }, new Rng(2));
  const cut = runCase(net, { ...batch, lengths, dFinal: [] }, new Rng(2));
  lengths.forEach((length, row) => {
    const [a, b] = [cut, full].map(({ output }) => take(take(output, 1, [row]), 0, range(0, length)));
    judge.same(`output of row ${row}`, a, b);
  });
}

function measured(cell: CellDefinition, inside: RecurrenceOptions, judge: Judge): void {
  const net = makeNetwork(cell, RAGGED, "f64", 1, inside);
  const batch = makeBatch(net, RAGGED);
  const x = tensorOf(batch.x, "f64", true);
  const state = stateTensors(batch.state, "f64", true);
  const loss = (): Tensor => {
    const { output, state: final } = net.forward(x, { state, lengths: batch.lengths, rng: new Rng(4) });
    return lossOf(output, final, batch);
  };
  const subjects = [x, ...state.flatMap((record) => Object.values(record)), ...net.parameters()];
  try {
    gradcheck(loss, subjects, { directions: 2, tolerance: 1e-6 });
  } catch (error) {
    judge.fail((error as Error).message);
  }
}
