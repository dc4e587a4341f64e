/** Pages and pictures for people: from a neutral description to HTML and SVG text. */
export { attentionFigure } from "./attention-figure.js";
export { renderReport } from "./report.js";
export type {
  AttentionMap,
  ReportCurve,
  ReportDescription,
  ReportMetric,
  ReportSample,
  ReportSection,
  ReportSeries,
} from "./report-description.js";
