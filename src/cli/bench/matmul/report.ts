/** A sweep as people read it: a table for each form and depth, and the sizes that are slow. */
import { columns } from "../profile/table.js";
import type { Form } from "./forms.js";
import { nameOf, type Sweep, type SweepPoint, worthLooking } from "./sweep.js";

/** What the target of matrix products asks of every size that is worth looking at. */
const TARGET = 0.85;

const TITLES: Readonly<Record<Form, string>> = {
  product: "product (packed), out[M, N] = a[M, K] · Bᵀ: share of the ceiling in %",
  gradient:
    "gradient (of weights), out[N, K] summed over 32·M rows, M sequences of 32 steps: share of the ceiling in %",
  row: "row (one of a stream), M = 1: GFLOP/s (GB/s of weights)",
};

/** Every table, then the ceiling, the worst case and the weak sizes. */
export function sweepReport(sweep: Sweep): string {
  const lines = (["product", "gradient", "row"] as const).flatMap((form) => tables(form, sweep.points));
  const { note, threads, ceiling_gflops: ceiling } = sweep;
  lines.push(note);
  lines.push(`Ceiling in this run: ${ceiling.toFixed(1)} GFLOP/s on ${threads} thread${threads === 1 ? "" : "s"}.`);
  for (const form of ["product", "gradient"] as const) {
    const seen = sweep.points.filter((point) => point.form === form && worthLooking(point));
    if (seen.length === 0) continue;
    const worst = seen.reduce((a, b) => (b.of_ceiling < a.of_ceiling ? b : a));
    const weak = weakPoints(seen);
    lines.push(
      `${form}, M ≥ 16, N ≥ 128, K ≥ 64: worst ${describe(worst)}; ` +
        `${weak.length} of ${seen.length} sizes below ${100 * TARGET} %` +
        (weak.length === 0 ? "." : `: ${weak.slice(0, 12).map(describe).join(", ")}${weak.length > 12 ? ", …" : "."}`),
    );
  }
  return lines.join("\n");
}

/** Sizes below the target, the slowest first. */
export function weakPoints(points: readonly SweepPoint[]): SweepPoint[] {
  return points
    .filter((point) => worthLooking(point) && point.of_ceiling < TARGET)
    .sort((a, b) => a.of_ceiling - b.of_ceiling);
}

function describe(point: SweepPoint): string {
  return `${nameOf(point.form, point)} at ${point.gflops.toFixed(1)} GFLOP/s (${(100 * point.of_ceiling).toFixed(0)} %)`;
}

/** Down: M (or K for `row`); across: N. */
function tables(form: Form, all: readonly SweepPoint[]): string[] {
  const points = all.filter((point) => point.form === form);
  const distinct = (of: (point: SweepPoint) => number): number[] => [...new Set(points.map(of))];
  const [ms, ns, ks] = [distinct(({ m }) => m), distinct(({ n }) => n), distinct(({ k }) => k)];
  const at = (m: number, n: number, k: number): SweepPoint =>
    points.find((point) => point.m === m && point.n === n && point.k === k)!;
  const head = (corner: string): string[] => [corner, ...ns.map(String)];
  if (form === "row") {
    const cell = ({ gflops, gb_s: rate = 0 }: SweepPoint): string => `${gflops.toFixed(1)} (${rate.toFixed(0)})`;
    return [
      TITLES.row,
      ...columns([head("K \\ N"), ...ks.map((k) => [`${k}`, ...ns.map((n) => cell(at(1, n, k)))])]),
      "",
    ];
  }
  const share = ({ of_ceiling: of }: SweepPoint): string => (100 * of).toFixed(0);
  return ks.flatMap((k) => [
    `${TITLES[form]}, K = ${k}`,
    ...columns([head("M \\ N"), ...ms.map((m) => [`${m}`, ...ns.map((n) => share(at(m, n, k)))])]),
    "",
  ]);
}
