import { fixedByRun } from "../errors.js";
import { createRun, openRun, resumeRun } from "../node/index.js";
import { describeReport, type Precision, startSync } from "../runtime/index.js";
import { fixedOptions, type Task, type TaskModel } from "../tasks/index.js";
import { type EventOf, readJsonObject, type Training } from "../train/index.js";
import { grouped } from "./figures.js";
import { interruptible } from "./interrupt.js";
import { flagOf, optionsFrom } from "./option-flags.js";
import { freeRunFolder } from "./output-folder.js";
import { openData, pathsOf, sourceText } from "./task-data.js";
import { reportFor, type TrainingReport } from "./training-report.js";

/** Flags that every task has beside its own. */
export interface TrainFlags {
  readonly data?: readonly string[];
  readonly validData?: readonly string[];
  readonly licence?: string;
  readonly threads?: number;
  readonly precision?: Precision;
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

type Flags = TrainFlags & Readonly<Record<string, unknown>>;

/** Train, or go on, as the flags say, and show it. Errors: those of the task. */
export async function trainTask(task: Task, flags: TrainFlags): Promise<void> {
  const report = reportFor(process.stdout, flags.json === true);
  const { signal, release } = interruptible(() => report.say("stopping after this step, then saving …"));
  try {
    const go = flags.resume === undefined ? begin : goOn;
    let shown = "";
    for await (const event of await go(task, flags as Flags, report, signal)) {
      if (event.type === "start") introduce(task, event, report);
      if (event.type === "sample") shown = event.prompt;
      report.event(event);
      if (event.type === "end") conclude(task, event, report, shown);
    }
  } finally {
    release();
  }
}

async function begin(
  task: Task,
  flags: Flags,
  report: TrainingReport,
  signal: AbortSignal,
): Promise<Training<TaskModel>> {
  const { data: paths, validData, licence, threads, precision, out } = flags;
  const given = optionsFrom(task.options, flags);
  const checked = task.complete(given);
  const note = (text: string): void => report.event({ type: "note", step: 0, text });
  const opened = await openData(task, paths, checked, note);
  const options = exampleOptions(task, opened.options, given);
  const valid = validData === undefined ? undefined : await openData(task, validData, checked, note);
  startSync({ threads, precision });
  const run = out ?? freeRunFolder(runName(task, options));
  return task.train(opened.data, options, {
    store: () => createRun(run),
    run,
    source: opened.source,
    licence,
    note,
    valid,
    signal,
  });
}

/** What was given goes before what suits the example, also in saying when to end. */
function exampleOptions(task: Task, suits: object, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const ends = Object.keys(given).some((name) => task.options[name]?.budget);
  const kept = Object.entries(suits).filter(([name]) => {
    const { budget, rivals = [] } = task.options[name] ?? {};
    return !(ends && budget) && !rivals.some((rival) => rival in given);
  });
  return { ...Object.fromEntries(kept), ...given };
}

/** `language-gru-1`: the task, its cell where there is a choice, and the seed. */
function runName(task: Task, options: object): string {
  const { cell, seed } = task.complete(options) as { readonly cell?: string; readonly seed?: number };
  return [task.name, cell, seed].filter((part) => part !== undefined).join("-");
}

async function goOn(
  task: Task,
  flags: Flags,
  report: TrainingReport,
  signal: AbortSignal,
): Promise<Training<TaskModel>> {
  const { data: paths, validData, threads, precision } = flags;
  const run = flags.resume!;
  const given = optionsFrom(task.options, flags);
  const fixed = [
    ...fixedOptions(task.options).filter((name) => name in given),
    ...["out", "licence"].filter((name) => name in flags),
  ];
  if (fixed.length > 0) throw fixedByRun(fixed.map(flagOf));
  // Read first, write later: a run that cannot go on stays as it is.
  const reader = openRun(run);
  const config = task.readConfig(readJsonObject("config.json", await reader.readDocument("config.json")));
  const { kernels } = readJsonObject("state.json", await reader.read("state.json"));
  const note = (text: string): void => report.event({ type: "note", step: 0, text });
  const opened = await openData(task, paths ?? pathsOf(task, config.data.source), config.options, note);
  const held = validData ?? (config.valid === undefined ? undefined : pathsOf(task, config.valid.source));
  const valid = held === undefined ? undefined : await openData(task, held, config.options, note);
  startSync({ threads, precision: precision ?? (kernels === "wasm relaxed" ? "fast" : "strict") });
  const settings = { ...given, run, signal, note, valid, acceptKernels: precision !== undefined };
  return task.resume(opened.data, resumeRun(run), settings);
}

function introduce(
  task: Task,
  { config, parameters, step, totalSteps, run, machine }: EventOf<"start">,
  report: TrainingReport,
): void {
  const { options, data, valid } = task.readConfig(config);
  report.say(
    `${step > 0 ? `going on after step ${step}: ` : ""}${task.headline(options)}, ${grouped(parameters)} numbers to learn`,
  );
  for (const [what, identity] of Object.entries({ [task.noun]: data, "to validate on": valid })) {
    if (identity === undefined) continue;
    const counts = Object.entries(identity.counts).map(([name, count]) => `, ${grouped(count)} ${name}`);
    report.say(`${what}: ${sourceText(identity.source)}${counts.join("")}`);
  }
  report.say(describeReport(machine));
  report.say(`run: ${run ?? "not saved"}`);
  if (step > 0 && totalSteps !== null && step >= totalSteps) {
    report.say(`it has done its ${grouped(totalSteps)} steps already: to train on, give --steps above ${step}`);
  }
}

/** @param shown what the last sample was made of */
function conclude(task: Task, { reason, step, run }: EventOf<"end">, report: TrainingReport, shown: string): void {
  // In quotes every shell takes a text without these as it stands.
  const text = shown === "" || /["$`\\!%]/.test(shown) ? "…" : shown;
  const folder = run !== null && /[^\w./-]/.test(run) ? JSON.stringify(run) : run;
  const how =
    reason === "cancelled" ? "stopped" : reason === "patience" ? "done, as nothing got better any more," : "done";
  report.say(`${how} after step ${step}, saved in ${folder}. Next:`);
  if (reason === "cancelled") report.say(`  npx hiddenstate train ${task.name} --resume ${folder}`);
  for (const words of task.next)
    report.say(`  npx hiddenstate ${words.replace("RUN", folder ?? "RUN").replace("TEXT", () => text)}`);
  report.say(`  npx hiddenstate eval ${folder} --data FILE`);
  // Patience that has run out ends a resumed run at once.
  if (reason !== "cancelled" && reason !== "patience")
    report.say(`  npx hiddenstate train ${task.name} --resume ${folder} --steps ${2 * step || 2000}`);
}
