/**
 * What every recurrent cell owes its users, as checks that run anywhere: on the cells of this library, and on yours.
 */
import type { CellDefinition } from "../cell/index.js";
import type { CaseSizes } from "./contract-case.js";
import type { CheckContext } from "./contract-context.js";
import { curvatureIsMeasured } from "./contract-curvature.js";
import { Judge } from "./contract-judge.js";
import {
  emptyRowsKeepTheirState,
  orderIsIrrelevant,
  paddingIsIrrelevant,
  reverseIsMirrored,
  rowsStandAlone,
} from "./contract-rows.js";
import { fullSizes, quickSizes, sizesText } from "./contract-sizes.js";
import { splitEqualsWhole, stepsEqualSequence } from "./contract-time.js";
import {
  gradientsAreMeasured,
  machinesAgree,
  planIsTheEquations,
  stateDictTravels,
  zeroIsTheDefault,
} from "./contract-values.js";

export interface CellContractOptions {
  /** All sizes instead of a sample of them: several seconds per cell; default false. */
  readonly full?: boolean;
  /**
   * Largest accepted max|a − b| / max|b| between float32 and float64, and between float32 sums that are added in another
   * order; default 5e-5: a gradient of a few numbers that nearly cancel keeps no more of float32. Where the machines
   * differ by more, the equations say what rounding does to them, and that is the measure (up to 5e-3). Sums of a `crossRow`
   * cell in another order: default 5e-3, normalised over two rows a value is nearly its sign, and its gradient what is
   * left of a difference of equals. Equalities are bitwise and have no tolerance.
   */
  readonly tolerance?: number;
}

/** One promise to be checked. */
export interface ContractCheck {
  readonly name: string;
  /** Throws `E_CONTRACT`, saying what differs and where, if the promise is broken. */
  readonly run: () => void;
}

/** The default of `CellContractOptions.tolerance` between float32 and float64. */
export const MACHINES_AGREE = 5e-5;
/** The same between float64 sums in another order: a thousand additions. */
const EXACT = 1e-11;

/**
 * The contract of a cell, as named checks to register with any test runner.
 *
 * Steps = sequence · split anywhere and resumed = whole · padding is irrelevant · each row of a batch = the row alone ·
 * order of rows is irrelevant · masked reverse = reverse of the row · empty rows keep their state · float32 (emitted
 * code, where the runtime has it) = float64 (the interpreter) · plan = equations on the tape · gradients = finite
 * differences, second derivatives = finite differences of gradients (left out for a cell with `stopGradient`, which
 * differences cannot see) · state dicts travel. Of a `crossRow` cell a row alone, another order of rows and the reverse of one row say nothing: those three are left out.
 * Equalities are bitwise, in float32 and in float64. Sizes include T = 1, B = 1, H = 1 and odd ones.
 *
 * @example
 * for (const { name, run } of cellContract(myCell)) test(name, run);
 */
export function cellContract(cell: CellDefinition, options: CellContractOptions = {}): readonly ContractCheck[] {
  const { full = false, tolerance } = options;
  const machines = tolerance ?? MACHINES_AGREE;
  const sums = tolerance ?? (cell.crossRow ? 5e-3 : MACHINES_AGREE);
  const sizesOf = (dtype: "f32" | "f64") => (full ? fullSizes(dtype) : quickSizes());
  const checks: ContractCheck[] = [];
  const add = (
    name: string,
    dtype: "f32" | "f64",
    list: readonly CaseSizes[],
    check: (context: CheckContext, sizes: CaseSizes) => void,
  ): void => {
    const run = (): void => {
      for (const at of list) {
        const judge = new Judge(cell.name, `${name} (${dtype}, ${sizesText(at)})`);
        check({ cell, dtype, machines, tolerance: dtype === "f32" ? sums : EXACT, judge }, at);
      }
    };
    checks.push({ name: `${name} (${dtype})`, run });
  };
  for (const dtype of ["f32", "f64"] as const) {
    const sizes = sizesOf(dtype);
    add("steps = sequence", dtype, sizes.even, stepsEqualSequence);
    add("split and resumed = whole", dtype, sizes.even, splitEqualsWhole);
    // Where rows look at each other, a row is what it is among these rows, and sums go in their order.
    if (!cell.crossRow) add("each row = the row alone", dtype, sizes.ragged, rowsStandAlone);
    add("padding is irrelevant", dtype, sizes.padded, paddingIsIrrelevant);
    if (!cell.crossRow) {
      add("order of rows is irrelevant", dtype, sizes.ragged, orderIsIrrelevant);
      add("masked reverse = reverse of the row", dtype, sizes.padded, reverseIsMirrored);
    }
    add("empty rows keep their state", dtype, sizes.padded, emptyRowsKeepTheirState);
    add("state dict travels", dtype, sizes.even, stateDictTravels);
    add("no state = zero state", dtype, sizes.padded, zeroIsTheDefault);
  }
  const [single, sizes] = (["f32", "f64"] as const).map(sizesOf);
  add("float32 = float64", "f32", [...single.even, ...single.ragged], machinesAgree);
  add("plan = equations", "f64", sizes.single, planIsTheEquations);
  // A stopped gradient is not the derivative of anything: there the equations on the tape are the only judge.
  if (cell.trace.graph.nodes.some((node) => node.kind === "stop" && !node.exact)) return checks;
  add("gradients = finite differences, element by element", "f64", sizes.measured, gradientsAreMeasured);
  add("gradients = finite differences, along directions", "f64", sizes.directed, (context, at) =>
    gradientsAreMeasured(context, at, 3),
  );
  add("second derivatives = finite differences of gradients, symmetric", "f64", sizes.directed, curvatureIsMeasured);
  return checks;
}
