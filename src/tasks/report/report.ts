import { attentionDrawing } from "./attention-figure.js";
import { confusionTable } from "./confusion-table.js";
import { curveChart } from "./curve-chart.js";
import { figureText, shareText, shortened } from "./figure-text.js";
import { type Content, Markup, markup } from "./markup.js";
import { reliabilityChart } from "./reliability-chart.js";
import type { ReportDescription, ReportMetric, ReportSample, ReportSection } from "./report-description.js";
import { REPORT_STYLE } from "./report-style.js";

/** What is shown of one text and one table; a page that a person reads stays a page. */
const MOST_CHARACTERS = 4000;
const MOST_ROWS = 500;

/** A page that asks nothing of the network may as well say so, and then cannot. */
const POLICY = new Markup("default-src 'none'; style-src 'unsafe-inline'");

/**
 * A report as one page of HTML: figures with their intervals, curves, sections, configuration, environment.
 *
 * It needs no network, no script and no other file, follows the reader's light or dark setting, and prints. Everything in
 * the description is text: nothing in it can become markup. The same description gives the same page. Long curves are drawn
 * in some hundred stretches, so that the page stays small.
 *
 * @example
 * const page = renderReport({
 *   title: "char-lm",
 *   metrics: [{ name: "nats per character", value: 1.482, interval: { low: 1.47, high: 1.49, level: 0.95 } }],
 *   curves: [{ title: "Loss", series: [{ name: "train", points: [[1, 4.1], [2, 3.2]] }] }],
 * });
 */
export function renderReport(description: ReportDescription): string {
  const {
    title,
    summary,
    metrics = [],
    curves = [],
    sections = [],
    configuration = {},
    environment = {},
  } = description;
  const charts = curves.map(curveChart).filter((chart) => chart !== null);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${new Markup(REPORT_STYLE)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
${summary !== undefined && markup`<p class="summary">${summary}</p>`}
</header>
${metrics.length > 0 && markup`<ul class="metrics">${metrics.map(metricCard)}</ul>\n`}
${charts.length > 0 && part("Training", charts)}
${sections.map(section)}
${pairs("Configuration", configuration)}
${pairs("Environment", environment)}
<footer>Made by hiddenstate. This page is one file and asks nothing of the network.</footer>
</main>
</body>
</html>
`.text;
}

function part(title: string, content: Content, note?: string): Markup {
  return markup`<section>
<h2>${title}</h2>
${note !== undefined && markup`<p class="note">${note}</p>\n`}${content}
</section>
`;
}

function metricCard({ name, value, interval, kind = "number", digits, note }: ReportMetric): Markup {
  const text = (figure: number): string => (kind === "share" ? shareText(figure, digits) : figureText(figure, digits));
  const range =
    interval === undefined
      ? null
      : markup`<span>${text(interval.low)} to ${text(interval.high)} (${shareText(interval.level, 0)})</span>`;
  return markup`<li><span>${name}</span><strong>${text(value)}</strong>${range}${note !== undefined && markup`<span>${note}</span>`}</li>\n`;
}

function section(item: ReportSection): Markup {
  return part(item.title, contentOf(item), item.note);
}

function contentOf(item: ReportSection): Content {
  switch (item.kind) {
    case "samples":
      return item.samples.map(sample);
    case "table":
      return table(item.columns, item.rows);
    case "confusion":
      return confusionTable(item.classes, item.matrix);
    case "reliability":
      return reliabilityChart(item.bins);
    case "attention":
      return markup`<div class="maps">${item.maps.map((map) => {
        const caption = map.title !== undefined && markup`<figcaption>${map.title}</figcaption>`;
        return markup`<figure>${caption}${attentionDrawing(map)}</figure>\n`;
      })}</div>`;
  }
}

function sample({ text, input, reference, note }: ReportSample): Markup {
  const rows: [string, string | undefined][] = [
    ["input", input],
    [input === undefined && reference === undefined ? "text" : "output", text],
    ["reference", reference],
  ];
  const known = rows.filter(([, value]) => value !== undefined);
  return markup`<div class="sample">${note !== undefined && markup`<p class="note">${note}</p>`}<dl>${known.map(([name, value]) => markup`<dt>${name}</dt><dd>${shortened(value!, MOST_CHARACTERS)}</dd>`)}</dl></div>\n`;
}

function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): Markup {
  const numeric = columns.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === "number"));
  const kind = (i: number): Content => (numeric[i] ? markup` class="number"` : null);
  const head = columns.map((column, i) => markup`<th scope="col"${kind(i)}>${column}</th>`);
  const body = rows.slice(0, MOST_ROWS).map((row) => {
    const cells = row.map(
      (value, i) => markup`<td${kind(i)}>${typeof value === "number" ? figureText(value) : value}</td>`,
    );
    return markup`<tr>${cells}</tr>\n`;
  });
  const rest = rows.length - body.length;
  const more = rest > 0 && markup`<p class="note">and ${figureText(rest)} more</p>`;
  return markup`<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>${more}`;
}

function pairs(title: string, values: Readonly<Record<string, unknown>>): Content {
  const rows = Object.entries(values).map(([name, value]) => {
    return markup`<tr><th scope="row">${name}</th><td>${typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))}</td></tr>\n`;
  });
  return rows.length > 0 && part(title, markup`<table class="pairs"><tbody>${rows}</tbody></table>`);
}
