import { describeReport } from "../runtime/index.js";
import type { Score } from "../train/index.js";
import { figuresOf, type RunDescription } from "./model-card.js";
import type { ReportCurve, ReportDescription, ReportSection, ReportSeries } from "./report/index.js";

type Point = readonly [x: number, y: number];

/** What the report of a run shows: its figures, how it got there, and what it was told. */
export function reportOf(description: RunDescription): ReportDescription {
  const { task, config, start, step, valid, evaluation } = description;
  const metrics = figuresOf(valid?.score ?? null, evaluation).map(({ words, value, digits, interval, signature }) => ({
    name: words,
    value,
    digits,
    ...(interval === undefined ? {} : { interval }),
    ...(signature === undefined ? {} : { note: signature }),
  }));
  const of = start.totalSteps === null ? "" : ` of ${start.totalSteps}`;
  return {
    title: `${task.name}: ${task.headline(config.options)}`,
    summary: `A model that ${task.does}, after step ${step}${of}.`,
    metrics,
    curves: curvesOf(description),
    sections: sectionsOf(description),
    configuration: { ...config.options },
    environment: {
      ...(start.run === null ? {} : { run: start.run }),
      data: `${config.data.source.replaceAll("\n", ", ")} (fingerprint ${config.data.fingerprint})`,
      ...config.data.counts,
      parameters: start.parameters,
      machine: describeReport(start.machine),
    },
  };
}

function curvesOf({ metrics, valid }: RunDescription): ReportCurve[] {
  const scores = metrics.flatMap(({ step, valid: score }) => {
    return score === undefined ? [] : [[step as number, score as Score] as const];
  });
  const along = (of: (line: Readonly<Record<string, unknown>>) => unknown): Point[] => {
    return metrics.flatMap((line) => {
      const value = of(line);
      return typeof value === "number" ? [[line.step as number, value] as const] : [];
    });
  };
  const objective = valid?.score.objective.name;
  const others = [...new Set(scores.flatMap(([, { metrics: figures }]) => Object.keys(figures)))];
  const curves: ReportCurve[] = [
    {
      title: "Loss",
      series: series([
        ["training", along(({ loss }) => loss)],
        ["held-out data", scores.map(([step, { loss }]) => [step, loss] as const)],
      ]),
    },
    ...others.map((name) => ({
      title: name,
      series: series([["held-out data", scores.map(([step, { metrics: figures }]) => [step, figures[name]] as const)]]),
      ...(name === objective && valid !== null ? { mark: { x: valid.step, text: "kept" } } : {}),
    })),
    { title: "Learning rate", series: series([["learning rate", along(({ lr }) => lr)]]) },
    { title: "Norm of the gradient", series: series([["norm", along(({ gradNorm }) => gradNorm)]]), logarithmic: true },
  ];
  return curves.filter(({ series: lines }) => lines.length > 0);
}

function series(all: readonly (readonly [name: string, points: readonly Point[]])[]): ReportSeries[] {
  return all.flatMap(([name, points]) => {
    // A figure that there is not is null in the log.
    const known = points.filter(([, y]) => Number.isFinite(y));
    return known.length > 1 ? [{ name, points: known }] : [];
  });
}

function sectionsOf({ evaluation, samples }: RunDescription): ReportSection[] {
  const own = evaluation?.sections ?? [];
  // What a section draws, the table that the command line prints need not say again.
  const rest = (evaluation?.tables ?? []).filter(({ name }) => !own.some(({ kind }) => kind === name));
  const tables = rest.map(({ words, head, rows }): ReportSection => {
    return { kind: "table", title: words, columns: head, rows };
  });
  const written = samples.map(({ step, prompt, text }) => {
    return { text, note: `step ${step}`, ...(prompt === "" ? {} : { input: prompt }) };
  });
  const section: ReportSection[] =
    written.length === 0 ? [] : [{ kind: "samples", title: "What it said on the way", samples: written }];
  return [...own, ...tables, ...section];
}
