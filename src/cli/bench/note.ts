/** What a line of the bench says of what ran it. */
import { describeReport, type RuntimeReport } from "../../runtime/index.js";

/**
 * Kernels, threads and host; where that is less than was asked for, why; then remarks. A sentence each.
 *
 * @example 'wasm strict kernels on 2 threads (Node 20.19.0). Numbers as PyTorch's.'
 */
export function noteOf(report: RuntimeReport, remarks: readonly string[] = []): string {
  const [facts, ...reasons] = describeReport(report).split("\n");
  const sentences = [...reasons, ...remarks].map((text) => sentence(text.trim()));
  return sentences.length === 0 ? facts : [`${facts}.`, ...sentences].join(" ");
}

/** The same of a stream, which has kernels of its own: strict ones on one thread, whatever the runtime was started with. */
export function streamNote(report: RuntimeReport, remarks: readonly string[] = []): string {
  const { threads, precision } = report;
  const own = { ...report, kernels: "wasm strict", threads: 1, reasons: [] } as const;
  const more = [...(threads > 1 ? [`${threads} threads`] : []), ...(precision === "fast" ? ['precision "fast"'] : [])];
  const why =
    more.length === 0 ? [] : [`${more.join(" and ")} asked for, but streams run strict kernels on one thread`];
  return noteOf({ ...own, reasons: why }, remarks);
}

function sentence(text: string): string {
  return text[0].toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");
}
