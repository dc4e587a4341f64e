/** `bench cells`: every cell beside what its plan says that it should take. */
import { planCell, type CellDefinition } from "../../../cell/index.js";
import { benchDisagrees } from "../../../errors.js";
import { CELLS, Recurrent, type RecurrentInput } from "../../../nn/index.js";
import { startSync, type Precision } from "../../../runtime/index.js";
import { scope, sum, Tensor } from "../../../tensor/index.js";
import { unknownCell } from "../../cell-families.js";
import { noteOf } from "../note.js";
import { uniform } from "../numbers.js";
import { type Bill, planBill } from "./plan-bill.js";
import { processorTime } from "./processor-time.js";
import { type Prediction, Rates } from "./rates.js";

/** What to measure. */
export interface CellsRequest {
  readonly cells: readonly CellDefinition[];
  readonly precision?: Precision;
  /** Seconds for each cell, default 1. */
  readonly budgetS?: number;
  /** Defaults: B 32, T 50, I and H 128. */
  readonly sizes?: Partial<CellSizes>;
}

/** Sequences, steps, features of the input and of the hidden state. */
export interface CellSizes {
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
}

/** A cell's row: milliseconds of processor time of one layer there and back. */
export interface CellLine {
  readonly cell: string;
  readonly sizes: CellSizes;
  readonly measured_ms: number;
  readonly predicted: Prediction;
  /** measured / predicted. */
  readonly ratio: number;
  readonly bill: Bill;
}

/** All rows, and the rates that the predictions are made of. */
export interface CellsFound {
  /** Kernels, thread and host, and why not those that were asked for. */
  readonly note: string;
  readonly lines: readonly CellLine[];
  /** Nanoseconds for an element, and GB/s of passes over the rows of a step and of a sequence. */
  readonly rates: {
    readonly cheap: number;
    readonly tanh: number;
    readonly sigmoid: number;
    readonly near: number;
    readonly far: number;
  };
}

/** All cells, or those of these names. Errors: `E_USAGE`. */
export function cellsCalled(...names: readonly string[]): CellDefinition[] {
  if (names.length === 0) return Object.values(CELLS);
  return names.map((name) => {
    if (!Object.hasOwn(CELLS, name)) throw unknownCell("bench", name, Object.keys(CELLS));
    return CELLS[name];
  });
}

/** What is measured unless told otherwise. */
export const CELL_SIZES: CellSizes = { B: 32, T: 50, I: 128, H: 128 };

/**
 * Measure cells and, between the rounds, the rates.
 *
 * Forward in training and backward with the gradients of x and of all parameters, one layer on one thread. Neighbours
 * only ever add time: the best of all rounds counts, of the cells and of the rates.
 *
 * @throws E_BENCH_NUMBERS for a cell whose float32 is not its float64; it is not timed then, and nothing else is
 */
export function benchCells({ cells, precision = "strict", budgetS = 1, sizes }: CellsRequest): CellsFound {
  const machine = startSync({ threads: 1, precision });
  const all = { ...CELL_SIZES, ...sizes };
  const { B: batch, T: steps, I, H } = all;
  const runs = cells.map((cell) => {
    checkNumbers(cell);
    const net = new Recurrent(cell, { inputSize: I, hiddenSize: H });
    const bill = planBill(planCell(cell, "train"), { batch, steps, dims: net.stack[0].dims });
    return { cell, bill: withTape(bill, net, batch * steps), run: trainingPass(net, all), best: Infinity };
  });
  const rates = new Rates(
    runs.map(({ bill }) => bill),
    { batch, steps, width: H },
  );
  try {
    const start = performance.now();
    for (let round = 0; round < 3 || performance.now() - start < 1000 * budgetS * cells.length; round++) {
      rates.burst();
      for (const each of runs) {
        for (let turn = 0; turn < 3; turn++) each.best = Math.min(each.best, each.run());
      }
    }
    const lines = runs.map(({ cell, bill, best }): CellLine => {
      const predicted = rates.predict(bill);
      return { cell: cell.name, sizes: all, measured_ms: best, predicted, ratio: best / predicted.total, bill };
    });
    const [cheap, tanh, sigmoid] = (["cheap", "tanh", "sigmoid"] as const).map((kind) => rates.operation(kind));
    return { note: noteOf(machine.report()), lines, rates: { cheap, tanh, sigmoid, ...rates.bandwidth } };
  } finally {
    rates.end();
  }
}

/** One pass there and back, told what `given` makes for it; milliseconds, that of `given` included. */
export function trainingPass(
  net: Recurrent,
  { T, B, I }: CellSizes,
  given: () => RecurrentInput = () => ({}),
): () => number {
  const x = Tensor.from(uniform("x", T * B * I, 1), [T, B, I], { requiresGrad: true });
  const parameters = net.parameters();
  return () => {
    for (const owner of [x, ...parameters]) owner.grad = null;
    const start = processorTime();
    scope(() => sum(net.forward(x, given()).output).backward());
    return processorTime() - start;
  };
}

/** What the tape adds to a plan: the output is summed and its gradient filled in, gradients are handed to parameters. */
function withTape(bill: Bill, net: Recurrent, rows: number): Bill {
  const { dims } = net.stack[0];
  const handed = net.parameters().reduce((total, { size }) => total + size, rows * dims["input"]);
  return { ...bill, farBytes: bill.farBytes + 4 * (2 * rows * dims[net.cell.outputDim] + 2 * handed) };
}

/** Largest accepted distance between float32 and float64, of the largest output. */
const TOLERANCE = 5e-5;

/** Errors: `E_BENCH_NUMBERS` for a cell whose float32 is not its float64. */
export function checkNumbers(cell: CellDefinition): void {
  const [T, B, I, H] = [5, 3, 4, 6];
  const [got, expected] = (["f32", "f64"] as const).map((dtype) => {
    const net = new Recurrent(cell, { inputSize: I, hiddenSize: H, dtype });
    for (const [name, p] of net.namedParameters()) p.set(uniform(name, p.size, 0.4));
    return scope(() => {
      return net.forward(Tensor.from(uniform("x", T * B * I, 1), [T, B, I], { dtype })).output.toArray();
    });
  });
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0.1);
  const worst = expected.findIndex((value, i) => !(Math.abs(value - got[i]) <= TOLERANCE * largest));
  if (worst < 0) return;
  throw benchDisagrees(cell.name, "the float64 definition", [expected[worst]], [got[worst]], TOLERANCE);
}
