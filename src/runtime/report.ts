import type { Precision } from "./start-options.js";

/** What runs, and why not more. */
export interface RuntimeReport {
  /** `relaxed` uses fused multiply-add in matrix products; `reference` is plain TypeScript. */
  readonly kernels: "wasm strict" | "wasm relaxed" | "reference";
  readonly threads: number;
  /** The precision that was asked for. */
  readonly precision: Precision;
  /** "Node 20.19.0", "a browser page", … */
  readonly host: string;
  /** Every way in which this is less than what was asked for or what the machine offers, as sentences. */
  readonly reasons: readonly string[];
}

/**
 * The report as text: one line of facts, then one line for each reason.
 *
 * @example
 * describeReport(runtime().report());
 * // wasm strict kernels on 2 threads (Node 20.19.0)
 */
export function describeReport(report: RuntimeReport): string {
  const kernels = report.kernels === "reference" ? "plain TypeScript kernels" : `${report.kernels} kernels`;
  const threads = report.threads === 1 ? "1 thread" : `${report.threads} threads`;
  return [`${kernels} on ${threads} (${report.host})`, ...report.reasons.map((reason) => `  ${reason}`)].join("\n");
}
