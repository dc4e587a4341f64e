/** A profile as people read it. */
import type { Profile, ProfileRow } from "./profile.js";

const ELSE = "everything else";
/** With less of the processors than this, times are those of a busy machine. */
const QUIET = 0.9;

/** The lines of a profile: a table, its sums, the ceilings, and what the whole step comes to. */
export function profileTable(title: string, profile: Profile, threads: number): string {
  const rest = profile.rows.filter(({ phase }) => phase === ELSE).sort((a, b) => b.ms - a.ms);
  const rows = profile.rows.filter(({ phase }) => phase !== ELSE);
  const sum = (of: (row: ProfileRow) => number): number => rest.reduce((total, row) => total + of(row), 0);
  if (rest.length > 0) rows.push({ phase: ELSE, ms: sum((row) => row.ms), share: sum((row) => row.share) });
  const cells = rows.map((row) => [
    row.detail === undefined ? row.phase : `${row.phase}, ${row.detail}`,
    row.ms.toFixed(3),
    percent(row.share),
    row.gflops !== undefined
      ? `${row.gflops.toFixed(1)} GFLOP/s`
      : row.gb_s === undefined
        ? ""
        : `${row.gb_s.toFixed(1)} GB/s`,
    row.of_ceiling === undefined ? "" : percent(row.of_ceiling),
  ]);
  const { profiled_ms: profiled, unprofiled_ms: plain, ceilings, steps } = profile;
  const cost = percent(profiled / plain - 1);
  cells.push(["total, profiled", profiled.toFixed(3), percent(1), "", ""]);
  cells.push(["total, not profiled", plain.toFixed(3), "", `the probe costs ${cost}`, ""]);
  const lines = [title, ...columns([["phase", "ms", "of step", "rate", "of ceiling"], ...cells])];
  if (rest.length > 0) {
    lines.push(`Everything else: ${rest.map(({ detail, ms }) => `${detail} ${ms.toFixed(3)}`).join(", ")} ms.`);
  }
  if (profile.processor < QUIET) {
    lines.push(`Other processes ran: this one had ${percent(profile.processor)} of its processors. Measure again.`);
  }
  if (threads > 1) {
    lines.push(`Rows are the time of the calling thread, one of ${threads}; their work is that of all.`);
  }
  lines.push(
    `Ceilings measured in this run: packed product ${ceilings.matmulGflops.toFixed(1)} GFLOP/s on ${threads} thread${threads === 1 ? "" : "s"}; ` +
      `one thread reads ${ceilings.readGbs.toFixed(1)} GB/s and copies ${ceilings.copyGbs.toFixed(1)} GB/s beyond the caches.`,
    ...(profile.model_gflop > 1.001 * profile.gflop
      ? [
          `The equations ask for ${profile.model_gflop.toFixed(3)} GFLOP, some of them for equal rows: ` +
            `${profile.model_gflops.toFixed(1)} GFLOP/s, ${percent(profile.model_of_ceiling)} of the ceiling.`,
        ]
      : []),
    `Whole step: ${profile.gflop.toFixed(3)} GFLOP in ${plain.toFixed(3)} ms: ${profile.gflops.toFixed(1)} GFLOP/s, ` +
      `${percent(profile.of_ceiling)} of the ceiling (mean of the quickest quarter of ${steps} steps).`,
  );
  return lines.join("\n");
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Text aligned left in the first column and right in the others. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows.map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join("  ")
      .trimEnd(),
  );
}
