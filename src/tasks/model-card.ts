import { describeReport } from "../runtime/index.js";
import type { EndEvent, Score, StartEvent } from "../train/index.js";
import type { Evaluation, Figure } from "./evaluation.js";
import type { DataIdentity, Task, TaskConfig } from "./task.js";

/** What is known of a run when its pages are written. */
export interface RunDescription {
  readonly task: Pick<Task, "name" | "does" | "noun" | "program" | "headline">;
  readonly config: TaskConfig;
  readonly start: StartEvent;
  /** Steps done. */
  readonly step: number;
  /** Why it ended; null while it goes on. */
  readonly reason: EndEvent["reason"] | null;
  /** The last score on held-out data, and its step; null without any. */
  readonly valid: { readonly step: number; readonly score: Score } | null;
  /** The scores of the finished model on held-out data, if its task makes them. */
  readonly evaluation: Evaluation | null;
  /** Lines of `metrics.jsonl`. */
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
  /** What the model wrote on the way. */
  readonly samples: readonly { readonly step: number; readonly prompt: string; readonly text: string }[];
}

/** The model card of a run, `README.md` of its folder: what the model is, from what, how good, and how to use it. */
export function modelCard(description: RunDescription): string {
  const { task, config, start, step, reason } = description;
  const state = {
    finished: "finished",
    time: "finished, its time was over",
    patience: "finished, there was no more progress",
    callback: "ended by its program",
    cancelled: "stopped",
  } as const;
  const of = start.totalSteps === null ? "" : ` of ${start.totalSteps}`;
  const name = start.run ?? "RUN";
  return [
    ...frontMatter(description),
    `# ${task.name}: ${task.headline(config.options)}`,
    `A model that ${task.does}. ${grouped(start.parameters)} numbers, learned by hiddenstate.`,
    `## Data`,
    [
      ...dataLines(`Learned from`, config.data),
      ...(config.valid === undefined ? [] : dataLines("Validated on", config.valid)),
      `- Licence of the data: ${config.data.licence ?? "not known to the training"}.`,
    ].join("\n"),
    `## Scores`,
    scores(description),
    `## Training`,
    [
      `- Step ${step}${of}, ${reason === null ? "going on" : state[reason]}.`,
      `- ${describeReport(start.machine)}.`,
      `- Going on: \`npx hiddenstate train ${task.name} --resume ${name}\`, to the same bits as if it had never stopped.`,
    ].join("\n"),
    table(["option", "value"], Object.entries(config.options)),
    `## Use`,
    code("ts", [
      `import { openRun } from "hiddenstate/node";`,
      `import { ${task.name} } from "hiddenstate/tasks";`,
      ``,
      `const model = await ${task.name}.load(openRun(${JSON.stringify(name)}));`,
      task.program,
    ]),
    code("sh", [`npx hiddenstate predict ${name} INPUT`, `npx hiddenstate eval ${name} --data FILE`]),
    `Weights are in \`${keptFile(description)}\`, under PyTorch's names and shapes.`,
  ]
    .join("\n\n")
    .concat("\n");
}

/** The weights that `load` takes: the best only where something was there to choose them by. */
function keptFile({ config, valid }: RunDescription): string {
  const { keep } = config.options as { readonly keep?: "last" | "best" };
  return keep === "best" && valid !== null ? "best/model.safetensors" : "model.safetensors";
}

/** What catalogues of models read. */
function frontMatter({ task, config, valid, evaluation }: RunDescription): string[] {
  const figures = figuresOf(valid?.score ?? null, evaluation);
  const results = figures.slice(0, 4).map(({ name, value }) => `  ${name}: ${value}`);
  const lines = [
    "library_name: hiddenstate",
    `tags: [recurrent, ${task.name}]`,
    `dataset: ${JSON.stringify(config.data.source)}`,
    `dataset_fingerprint: "${config.data.fingerprint}"`,
    ...(config.data.licence === undefined ? [] : [`dataset_license: ${JSON.stringify(config.data.licence)}`]),
    ...(results.length > 0 ? ["results:", ...results] : []),
  ];
  return [["---", ...lines, "---"].join("\n")];
}

function dataLines(what: string, { source, counts, fingerprint }: DataIdentity): string[] {
  const parts = Object.entries(counts).map(([name, count]) => `, ${grouped(count)} ${name}`);
  return [`- ${what} ${source.replaceAll("\n", ", ")}${parts.join("")} (fingerprint ${fingerprint}).`];
}

function scores({ valid, evaluation }: RunDescription): string {
  const figures = figuresOf(valid?.score ?? null, evaluation);
  if (figures.length === 0) return "None: no data was held back for validation.";
  const head = `On data held back from training${evaluation === null && valid !== null ? `, after step ${valid.step}` : ""}:`;
  const rows = figures.map(({ words, value, digits }) => [
    words,
    digits === 0 ? grouped(value) : value.toFixed(digits),
  ]);
  const tables = (evaluation?.tables ?? [])
    .filter(({ rows }) => rows.length <= 50)
    .map(({ words, head, rows }) => `${words}:\n\n${table(head, rows)}`);
  const signed = figures.flatMap(({ words, signature }) =>
    signature === undefined ? [] : [`- ${words}: ${signature}`],
  );
  const how = signed.length > 0 ? [signed.join("\n")] : [];
  return [head, table(["score", "value"], rows), ...how, ...tables].join("\n\n");
}

/** Those of the evaluation, or else those of the last validation. */
export function figuresOf(score: Score | null, evaluation: Evaluation | null): readonly Figure[] {
  if (evaluation !== null) return evaluation.figures;
  if (score === null) return [];
  // A figure that there is not is null in the log.
  const metrics = Object.entries({ loss: score.loss, ...score.metrics }).filter(([, value]) => Number.isFinite(value));
  return [
    ...metrics.map(([name, value]) => ({ name, words: name, value, digits: 4 })),
    { name: "predictions", words: "predictions", value: score.predictions, digits: 0 },
  ];
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cell = (value: unknown): string =>
    typeof value === "number" && !Number.isInteger(value)
      ? String(Number(value.toPrecision(6)))
      : String(value).replaceAll("|", "\\|").replaceAll("\n", " ");
  const line = (cells: readonly unknown[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

function code(language: string, lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join("\n")}\n\`\`\``;
}

function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}
