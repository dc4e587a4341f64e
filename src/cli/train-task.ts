import type { Command } from "commander";
import type { Task } from "../tasks/index.js";
import { oneOf, whole } from "./flags.js";
import { addOptions, flagsText } from "./option-flags.js";
import { packagedExample } from "./packaged-example.js";
import { type TrainFlags, trainTask } from "./task-session.js";

/** The command of one task. */
export function defineTrainTask(command: Command, task: Task): void {
  const { source, options: suits } = packagedExample(task.name) ?? task.example();
  const default_ = `(default: ${source})`;
  command.description(`Train a model that ${task.does}.`).option("--data <path...>", `${task.takes} ${default_}`);
  addOptions(command, task.options);
  const name = `runs/${task.name}-${"cell" in task.options ? "<cell>-" : ""}<seed>`;
  command
    .option("--valid-data <path...>", "the same, to validate on, instead of a share of the data")
    .option("--licence <text>", "what may be done with the data, for the model card")
    .option("--threads <n>", "threads (default: the cores, at most 8); the numbers are the same", whole("--threads"))
    .option(
      "--precision <mode>",
      "strict, or fast for fused multiply-add where there is any (default: strict)",
      oneOf("--precision", ["strict", "fast"]),
    )
    .option("--out <dir>", `folder of the run (default: ${name})`)
    .option("--resume <dir>", "go on with a run, with its settings")
    .option("--json", "print one JSON object per event")
    .addHelpText("after", `\nWithout --data and unless it says otherwise: ${flagsText(suits)}`)
    .addHelpText("after", `\nExample: hiddenstate train ${task.name} ${task.usage}`)
    .action((flags: TrainFlags) => trainTask(task, flags));
}
