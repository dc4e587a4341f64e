import { type Axis, linearAxis, logarithmicAxis } from "./axis.js";
import { figureText } from "./figure-text.js";
import { type Content, type Markup, markup } from "./markup.js";
import type { ReportCurve, ReportSeries } from "./report-description.js";
import { isDrawn, type Stretch, thinPoints } from "./thin-points.js";

const WIDTH = 760;
const HEIGHT = 280;
const EDGE = { left: 64, right: 30, top: 14, bottom: 44 };
const INNER = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
/** Stretches that a curve is drawn in: one for about two pixels. */
const STRETCHES = 320;

/** A chart of one or more curves with axes, grid and legend; null where there is nothing to draw. */
export function curveChart(curve: ReportCurve): Markup | null {
  const series = curve.series.map(({ name, points }) => ({ name, points, runs: thinPoints(points, STRETCHES) }));
  const stretches = series.flatMap(({ runs }) => runs.flat());
  if (stretches.length === 0) return null;
  const steps = curve.series.flatMap(({ points }) => points.map(([at]) => at)).filter(Number.isFinite);
  const [from, to] = [least(steps), most(steps)];
  // Training begins at step 0, though the first that is told may be 1 or 500.
  const across = linearAxis(from > 0 && from < to / 10 ? 0 : from, to, 8, true);
  const [low, high] = [least(stretches.map((s) => s.low)), most(stretches.map((s) => s.high))];
  const up = curve.logarithmic === true && low > 0 ? logarithmicAxis(low, high) : linearAxis(low, high, 5);
  const x = (value: number): number => round(EDGE.left + across.place(value) * INNER.width);
  const y = (value: number): number => round(EDGE.top + (1 - up.place(value)) * INNER.height);
  const label = `${curve.title}: ${curve.series.map(spoken).join("; ")}`;
  return markup`<figure class="chart">
<figcaption>${curve.title}</figcaption>
<div class="wide"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${grid(across, up, x, y)}${titles(curve)}${series.map(({ runs }, i) => runs.map((run) => line(run, i, x, y)))}${mark(curve, across, x)}
</svg></div>
${legend(curve.series)}
</figure>`;
}

function grid(across: Axis, up: Axis, x: (value: number) => number, y: (value: number) => number): Content {
  const [left, right, bottom] = [EDGE.left, WIDTH - EDGE.right, HEIGHT - EDGE.bottom];
  return [
    up.ticks.map(({ value, text }) => {
      const at = y(value);
      return markup`<path class="grid" d="M${left} ${at}H${right}"/><text class="tick end" x="${left - 8}" y="${at + 4}">${text}</text>\n`;
    }),
    across.ticks.map(({ value, text }) => {
      const at = x(value);
      return markup`<path class="grid" d="M${at} ${EDGE.top}V${bottom}"/><text class="tick middle" x="${at}" y="${bottom + 18}">${text}</text>\n`;
    }),
    markup`<path class="axis" d="M${left} ${EDGE.top}V${bottom}H${right}"/>\n`,
  ];
}

function titles({ x = "step", y }: ReportCurve): Content {
  const middle = EDGE.top + INNER.height / 2;
  return [
    markup`<text class="label middle" x="${EDGE.left + INNER.width / 2}" y="${HEIGHT - 6}">${x}</text>\n`,
    y !== undefined && markup`<text class="label middle" transform="translate(14 ${middle}) rotate(-90)">${y}</text>\n`,
  ];
}

/** The mean as a line, and a band around it where stretches hold values that differ. */
function line(
  run: readonly Stretch[],
  series: number,
  x: (value: number) => number,
  y: (value: number) => number,
): Content {
  const kind = `s${series % 6}`;
  const band = run.some(({ low, high }) => high > low);
  const upper = run.map((s) => `${x(s.x)} ${y(s.high)}`);
  const lower = run.map((s) => `${x(s.x)} ${y(s.low)}`).reverse();
  const single = run.length === 1;
  return [
    band && markup`<path class="band ${kind}" d="M${[...upper, ...lower].join("L")}Z"/>\n`,
    single
      ? markup`<circle class="dot ${kind}" cx="${x(run[0].x)}" cy="${y(run[0].mean)}" r="3"/>\n`
      : markup`<path class="line ${kind}" d="M${run.map((s) => `${x(s.x)} ${y(s.mean)}`).join("L")}"/>\n`,
  ];
}

function mark({ mark: at }: ReportCurve, across: Axis, x: (value: number) => number): Content {
  if (at === undefined || !(at.x >= across.low && at.x <= across.high)) return null;
  const place = x(at.x);
  const side = across.place(at.x) > 0.75 ? "end" : "start";
  return markup`<path class="mark" d="M${place} ${EDGE.top}V${HEIGHT - EDGE.bottom}"/><text class="tick ${side}" x="${place + (side === "end" ? -5 : 5)}" y="${EDGE.top + 10}">${at.text}</text>\n`;
}

function legend(series: readonly ReportSeries[]): Content {
  const items = series.map(({ name, points }, i) => {
    const last = points.findLast(([, value]) => isDrawn(value));
    const missing = points.filter(([, value]) => !isDrawn(value)).length;
    const ending = last === undefined ? "no values" : figureText(last[1]);
    const gap = missing === 0 ? "" : `, ${missing} not finite`;
    return markup`<li><span class="key s${i % 6}"></span>${name} <b>${ending}</b>${gap}</li>`;
  });
  return markup`<ul class="legend">${items}</ul>`;
}

/** A curve for those who do not see it. */
function spoken({ name, points }: ReportSeries): string {
  const known = points.filter(([, value]) => isDrawn(value));
  if (known.length === 0) return `${name} has no values`;
  const values = known.map(([, value]) => value);
  const [first, last] = [values[0], values[values.length - 1]];
  return `${name} from ${figureText(first)} to ${figureText(last)}, least ${figureText(least(values))}, most ${figureText(most(values))}`;
}

/** Not Math.min(...values): a curve may have more points than a call may have arguments. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => (b < a ? b : a), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => (b > a ? b : a), -Infinity);
}

function round(place: number): number {
  return Math.round(place * 10) / 10;
}
