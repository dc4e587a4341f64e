/** Correctness before speed: what does not compute the agreed numbers is not timed. */
import { benchDisagrees } from "../../errors.js";
import { GOLDEN } from "./golden.js";
import { prepare, type Proof } from "./phases.js";
import { builtIn, type Workload } from "./workloads.js";

/**
 * Largest relative difference of a first loss or of mean |output|; rounding of float32 makes 1e-7.
 *
 * The loss of a model that knows nothing is ln V, and three steps change it by some 1e-4 of that: a check that allows
 * more would not see a gradient that is wrong.
 */
export const TOLERANCE = 1e-5;

/** Every size of the reduced workload is odd or prime, so that no vector and no tile is full. */
const REDUCED = { B: 5, T: 7, V: 13, emb: 6, H: 9, labels: 3, Tsrc: 5, Ttgt: 4 };

/**
 * The same workload, small enough for the definition in float64, in both: they must agree.
 *
 * @throws E_BENCH_NUMBERS
 */
export function checkReduced(workload: Workload): void {
  const sizes = Object.entries(REDUCED).filter(([name]) => name in workload);
  const reduced: Workload = { ...workload, ...Object.fromEntries(sizes) };
  const expected = prepare(reduced, "f64").proof();
  compare(`${workload.name}, reduced`, "the float64 definition", prepare(reduced).proof(), expected);
}

/**
 * The proof of the whole workload against PyTorch's numbers, where they are known.
 *
 * @returns whether they are: only for the built-in sizes
 * @throws E_BENCH_NUMBERS
 */
export function checkGolden(workload: Workload, proof: Proof): boolean {
  const golden = isBuiltIn(workload) ? GOLDEN[workload.name] : undefined;
  if (golden === undefined) return false;
  compare(workload.name, "PyTorch", proof, golden);
  return true;
}

function compare(name: string, whom: string, ours: Proof, theirs: Proof): void {
  const [received, expected] = [ours, theirs].map(({ loss, checkAbs }) => [...(loss ?? []), checkAbs ?? 0]);
  const agrees = expected.every((value, i) => Math.abs(received[i] - value) <= TOLERANCE * Math.abs(value));
  if (!agrees || received.length !== expected.length) throw benchDisagrees(name, whom, expected, received, TOLERANCE);
}

function isBuiltIn(workload: Workload): boolean {
  const known = builtIn().find(({ name }) => name === workload.name);
  if (known === undefined) return false;
  const { optimizer, ...sizes } = known;
  const same = (a: object, b: object): boolean =>
    Object.entries(a).every(([field, value]) => b[field as keyof typeof b] === value);
  return same(sizes, workload) && same(optimizer, workload.optimizer);
}
