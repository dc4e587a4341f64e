/** `hiddenstate bench WORKLOAD`: how fast this machine trains and runs known models, one line of JSON each. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { badUsage, invalidValue } from "../errors.js";
import type { Precision } from "../runtime/index.js";
import { regularisersReport } from "./bench/cells/regularisers-report.js";
import { benchRegularisers } from "./bench/cells/regularisers.js";
import { cellsReport } from "./bench/cells/report.js";
import { benchCells, cellsCalled } from "./bench/cells/run.js";
import { sweepReport } from "./bench/matmul/report.js";
import { sweep } from "./bench/matmul/sweep.js";
import { runProfile } from "./bench/profile/run-profile.js";
import { runBench } from "./bench/run.js";
import { measureStart, startTable } from "./bench/start/start.js";
import { MODEL_NAMES } from "./bench/workloads.js";
import { number, oneOf, whole } from "./flags.js";

interface BenchFlags {
  readonly threads?: number;
  readonly precision?: Precision;
  readonly budget?: number;
  readonly profile?: true;
  readonly json?: true;
  readonly full?: true;
  readonly regularisers?: true;
}

/** `hiddenstate bench WORKLOAD`: check that the numbers are right, then measure. */
export function defineBench(command: Command): void {
  command
    .description(
      "Measure training and inference of known models: a line of JSON for each phase. The numbers are checked against " +
        "PyTorch's first, and what computes others is not timed.",
    )
    .argument(
      "<workload>",
      "a model, for all its phases; model.phase; matmul, for products of all sizes; start, for fresh processes; or cells, each beside what its plan predicts",
    )
    .argument("[json...]", "the workload itself, from a runner that measures many programs; with cells, names of cells")
    .option("--threads <n>", "threads (default: 1, or what the JSON says)", whole("--threads"))
    .option(
      "--precision <mode>",
      "strict, or fast for fused multiply-add where there is any (default: strict)",
      oneOf("--precision", ["strict", "fast"]),
    )
    .option(
      "--budget <seconds>",
      "time to spend: on each phase (default 5, or what the JSON says), on each cell (1, with --regularisers 5), on matmul in all (10, with --full 40)",
      number("--budget"),
    )
    .option("--profile", "where the time of a step goes, and what share of what the machine could do that is")
    .option("--json", "with --profile, matmul, start and cells: a line of JSON instead of a table")
    .option("--full", "with matmul: every size, not a selection")
    .option("--regularisers", "with cells: what each regulariser costs each cell, against the same without it")
    .addHelpText(
      "after",
      () =>
        `\nModels: ${MODEL_NAMES.join(", ")}\nExample: hiddenstate bench char-small --threads 2\n         hiddenstate bench char-medium.train --profile\n         hiddenstate bench cells\n         hiddenstate bench cells lstm gru --regularisers`,
    )
    .action(bench);
}

function bench(workload: string, words: readonly string[], flags: BenchFlags): void {
  const { threads, precision, budget, profile = false, json = false, full = false, regularisers = false } = flags;
  const [spec, ...more] = words;
  if (budget !== undefined && budget <= 0) throw invalidValue("hiddenstate", "--budget", "seconds above 0", budget);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const measured = (found: object): string =>
    JSON.stringify({ peer: "hiddenstate", version: packageVersion(), ...found }, brief);
  if (workload !== "cells") {
    refuse(workload, {
      words: more.length > 0 && `"${more.join(" ")}"`,
      regularisers: regularisers && "--regularisers",
    });
  }
  if (workload === "matmul") {
    refuse(workload, { json: spec !== undefined && "a workload in JSON", profile: profile && "--profile" });
    const found = sweep({ full, threads, precision, budgetS: budget });
    print(json ? measured(found) : sweepReport(found));
    return;
  }
  if (workload === "cells") {
    const other = threads !== undefined && threads !== 1;
    refuse(workload, { full: full && "--full", profile: profile && "--profile", threads: other && "--threads" });
    const request = { cells: cellsCalled(...words), precision, budgetS: budget };
    if (regularisers) {
      const costs = benchRegularisers(request);
      print(json ? measured(costs) : regularisersReport(costs));
      return;
    }
    const found = benchCells(request);
    print(json ? measured(found) : cellsReport(found));
    return;
  }
  if (workload === "start") {
    const given = Object.keys(flags).find((flag) => flag !== "json");
    refuse(workload, {
      json: spec !== undefined && "a workload in JSON",
      flag: given !== undefined && `--${given}`,
    });
    const lines = measureStart();
    print(json ? measured({ start: lines }) : startTable(lines));
    return;
  }
  refuse(workload, { full: full && "--full", json: json && !profile && "--json without --profile" });
  const request = { workload, spec, threads, precision, budgetS: budget, version: packageVersion() };
  process.exitCode = profile
    ? runProfile(request, (found) => print(json ? measured(found.line) : found.table))
    : runBench(request, (line) => print(JSON.stringify(line)));
}

/** Refuse words that mean nothing with what is asked for. */
function refuse(workload: string, words: Readonly<Record<string, string | false>>): void {
  for (const word of Object.values(words)) {
    if (word !== false) throw badUsage(`bench: ${word} means nothing with ${workload}; see bench --help`);
  }
}

/** Six digits of a number that was measured. */
function brief(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}

/** Sources and dist lie equally deep in the package. */
function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
