/** `hiddenstate bench WORKLOAD`: how fast this machine trains and runs known models, one line of JSON each. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { badUsage } from "../errors.js";
import type { Precision } from "../runtime/index.js";
import { runBench } from "./bench/run.js";
import { MODEL_NAMES } from "./bench/workloads.js";

/** Options as commander gives them. */
export interface BenchOptions {
  readonly threads?: string;
  readonly precision?: string;
  readonly budget?: string;
}

/** Describe the command on `command`: arguments, options, help, and the action. */
export function defineBench(command: Command): Command {
  return command
    .description("measure training and inference of known models; the numbers are checked before anything is timed")
    .argument("<workload>", "a model for all its phases, or model.phase")
    .argument("[spec]", "the workload as JSON, from a runner that measures many programs")
    .option("--threads <n>", "threads (default: 1, or what the JSON says)")
    .option("--precision <mode>", 'strict, or fast for fused multiply-add (default: "strict")')
    .option("--budget <seconds>", "time spent measuring each phase (default: 5)")
    .addHelpText(
      "after",
      () => `\nModels: ${MODEL_NAMES.join(", ")}\n\nExample: hiddenstate bench char-small --threads 2`,
    )
    .action((workload: string, spec: string | undefined, options: BenchOptions) => {
      process.exitCode = bench(workload, spec, options);
    });
}

/**
 * Run the command; lines go to standard output.
 *
 * @returns the exit code: 1 if a workload's numbers were wrong
 * @throws E_USAGE for an unknown workload or a value out of range; the errors of `startSync`
 */
export function bench(workload: string, spec: string | undefined, options: BenchOptions): number {
  const { precision } = options;
  if (precision !== undefined && precision !== "strict" && precision !== "fast") {
    throw badUsage(`bench: --precision cannot be "${precision}"`, ["strict", "fast"], precision);
  }
  return runBench(
    {
      workload,
      spec,
      threads: wholeNumber("--threads", options.threads),
      precision: precision satisfies Precision | undefined,
      budgetS: seconds("--budget", options.budget),
      version: packageVersion(),
    },
    (line) => console.log(JSON.stringify(line)),
  );
}

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw badUsage(`bench: ${flag} must be a whole number from 1, received "${text}"`);
  return Number(text);
}

function seconds(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!(Number(text) > 0)) throw badUsage(`bench: ${flag} must be seconds above 0, received "${text}"`);
  return Number(text);
}

/** Sources and dist lie equally deep in the package. */
function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
