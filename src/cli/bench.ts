/** `hiddenstate bench WORKLOAD`: how fast this machine trains and runs known models, one line of JSON each. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { invalidValue } from "../errors.js";
import type { Precision } from "../runtime/index.js";
import { runBench } from "./bench/run.js";
import { MODEL_NAMES } from "./bench/workloads.js";
import { number, oneOf, whole } from "./flags.js";

interface BenchFlags {
  readonly threads?: number;
  readonly precision?: Precision;
  readonly budget?: number;
}

/** `hiddenstate bench WORKLOAD`: check that the numbers are right, then measure. */
export function defineBench(command: Command): void {
  command
    .description(
      "Measure training and inference of known models: a line of JSON for each phase. The numbers are checked against " +
        "PyTorch's first, and what computes others is not timed.",
    )
    .argument("<workload>", "a model, for all its phases, or model.phase")
    .argument("[json]", "the workload itself, from a runner that measures many programs")
    .option("--threads <n>", "threads (default: 1, or what the JSON says)", whole("--threads"))
    .option(
      "--precision <mode>",
      "strict, or fast for fused multiply-add where there is any (default: strict)",
      oneOf("--precision", ["strict", "fast"]),
    )
    .option("--budget <seconds>", "time to spend on each phase (default: 5, or what the JSON says)", number("--budget"))
    .addHelpText(
      "after",
      () => `\nModels: ${MODEL_NAMES.join(", ")}\nExample: hiddenstate bench char-small --threads 2`,
    )
    .action(bench);
}

function bench(workload: string, spec: string | undefined, { threads, precision, budget }: BenchFlags): void {
  if (budget !== undefined && budget <= 0) throw invalidValue("hiddenstate", "--budget", "seconds above 0", budget);
  const request = { workload, spec, threads, precision, budgetS: budget, version: packageVersion() };
  process.exitCode = runBench(request, (line) => process.stdout.write(`${JSON.stringify(line)}\n`));
}

/** Sources and dist lie equally deep in the package. */
function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
