import path from "node:path";
import { fixedByRun } from "../errors.js";
import { createRun, openRun, readTextData, resumeRun } from "../node/index.js";
import { describeReport, type Precision, startSync } from "../runtime/index.js";
import {
  completeLanguageOptions,
  language,
  type LanguageConfig,
  type LanguageModel,
  type LanguageOptions,
  readLanguageConfig,
} from "../tasks/index.js";
import { type EventOf, readJsonObject, type Training } from "../train/index.js";
import { DEFAULT_SOURCE, readDefaultText } from "./default-text.js";
import { grouped } from "./figures.js";
import { interruptible } from "./interrupt.js";
import { freeRunFolder } from "./output-folder.js";
import { reportFor, type TrainingReport } from "./training-report.js";

/** Flags of `train language` as commander gives them; those of `LanguageOptions` have the same names there. */
export interface LanguageFlags extends LanguageOptions {
  readonly data?: string;
  readonly threads?: number;
  readonly precision?: Precision;
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

/** Flags whose value a resumed run has already. */
const FIXED = [
  "cell",
  "hidden",
  "layers",
  "embed",
  "window",
  "batch",
  "lr",
  "clip",
  "dropout",
  "valid",
  "seed",
  "out",
] as const;

/** Train, or go on, as the flags say, and show it. Errors: those of `language.train` and `language.resume`. */
export async function trainLanguage(flags: LanguageFlags): Promise<void> {
  const report = reportFor(process.stdout, flags.json === true);
  const { signal, release } = interruptible(() => report.say("stopping after this step, then saving …"));
  try {
    const training = flags.resume === undefined ? begin(flags, report, signal) : await goOn(flags, report, signal);
    for await (const event of training) {
      if (event.type === "start") introduce(event, report);
      report.event(event);
      if (event.type === "end") conclude(event, report);
    }
  } finally {
    release();
  }
}

function begin(flags: LanguageFlags, report: TrainingReport, signal: AbortSignal): Training<LanguageModel> {
  const { data, threads, precision, out, resume: _resume, json: _json, ...options } = flags;
  const { cell, seed } = completeLanguageOptions(options);
  const text = textFrom(data, report);
  startSync({ threads, precision });
  const run = out ?? freeRunFolder(`language-${cell}-${seed}`);
  const source = data === undefined ? DEFAULT_SOURCE : path.resolve(data);
  return language.train(text, options, { store: () => createRun(run), run, source, signal });
}

async function goOn(
  flags: LanguageFlags,
  report: TrainingReport,
  signal: AbortSignal,
): Promise<Training<LanguageModel>> {
  const { data, threads, precision, steps, epochs, minutes } = flags;
  const run = flags.resume!;
  const fixed = FIXED.filter((name) => flags[name] !== undefined);
  if (fixed.length > 0) throw fixedByRun(fixed.map((name) => `--${name}`));
  // Read first, write later: a run that cannot go on stays as it is.
  const reader = openRun(run);
  const { text: identity } = readLanguageConfig(await reader.readDocument("config.json"));
  const { kernels } = readJsonObject("state.json", await reader.read("state.json"));
  const source = data ?? (identity.source === DEFAULT_SOURCE ? undefined : identity.source);
  const text = textFrom(source, report);
  startSync({ threads, precision: precision ?? (kernels === "wasm relaxed" ? "fast" : "strict") });
  const settings = { run, signal, steps, epochs, minutes, acceptKernels: precision !== undefined };
  return language.resume(text, resumeRun(run), settings);
}

/** The text of a file or folder; without either, the one that comes with the package. */
function textFrom(source: string | undefined, report: TrainingReport): string {
  if (source === undefined) return readDefaultText();
  const { text, skipped } = readTextData(source);
  if (skipped.length > 0) {
    const some = skipped.slice(0, 3).join(", ") + (skipped.length > 3 ? ", …" : "");
    report.say(`left out ${skipped.length} file${skipped.length === 1 ? "" : "s"} that are no text: ${some}`);
  }
  return text;
}

function introduce(
  { config, parameters, step, totalSteps, run, machine }: EventOf<"start">,
  report: TrainingReport,
): void {
  const { options, text } = config as unknown as LanguageConfig;
  const { cell, layers, hidden } = options;
  const model = `${layers} × ${hidden} ${cell}, ${grouped(parameters)} numbers to learn`;
  report.say(`${step > 0 ? `going on after step ${step}: ` : ""}${model}`);
  report.say(`text: ${text.source}, ${grouped(text.characters)} characters`);
  report.say(describeReport(machine));
  report.say(`run: ${run ?? "not saved"}`);
  if (step > 0 && totalSteps !== null && step >= totalSteps) {
    report.say(`it has done its ${grouped(totalSteps)} steps already: to train on, give --steps above ${step}`);
  }
}

function conclude({ reason, step, run }: EventOf<"end">, report: TrainingReport): void {
  const folder = run !== null && /[^\w./-]/.test(run) ? JSON.stringify(run) : run;
  report.say(`${reason === "cancelled" ? "stopped" : "done"} after step ${step}, saved in ${folder}. Next:`);
  if (reason === "cancelled") report.say(`  npx hiddenstate train language --resume ${folder}`);
  report.say(`  npx hiddenstate generate ${folder} --length 500 --temperature 0.8`);
  report.say(`  npx hiddenstate eval ${folder} --data FILE`);
  if (reason !== "cancelled")
    report.say(`  npx hiddenstate train language --resume ${folder} --steps ${2 * step || 2000}`);
}
