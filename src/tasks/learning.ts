/** How weights move, as options that all tasks share: an optimizer, its learning rate over time, what is kept, when to stop. */
import { OPTIMIZER_NAMES, type OptimizerOptions, optimizerOf, type ScheduleOptions } from "../optim/index.js";
import type { Parameter } from "../tensor/index.js";
import type { LoopOptions } from "../train/index.js";
import type { OptionTable } from "./option-table.js";

/** Shapes of a learning rate over a training that a word can ask for. */
const SCHEDULES = [
  "constant",
  "linear",
  "cosine",
  "oneCycle",
  "inverseSqrt",
  "zaremba",
  "validDecay",
  "plateau",
] as const;

/** What suits a task if nothing is said. */
export interface UsualLearning {
  /** Default "adam". */
  readonly optimizer?: OptimizerOptions["name"];
  /** Default 2e-3. */
  readonly lr?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Default 5. */
  readonly clip?: number;
  /** Default none. */
  readonly patience?: number;
  /** What `withSchedule` is told (default "constant"). */
  readonly schedule?: (typeof SCHEDULES)[number];
  /** Default "last". */
  readonly keep?: "last" | "best";
}

/** The shared options, with defaults that suit a task; spread them into its table. */
export function learningOptions({
  optimizer = "adam",
  lr = 2e-3,
  weightDecay = 0,
  clip = 5,
  patience,
  schedule = "constant",
  keep = "last",
}: UsualLearning = {}) {
  return {
    optimizer: { kind: "word", words: OPTIMIZER_NAMES, default: optimizer, doc: "how weights move" },
    lr: { kind: "number", above: 0, default: lr, doc: "learning rate" },
    schedule: {
      kind: "word",
      words: SCHEDULES,
      doc: `how the learning rate goes on: to zero in a line or half a cosine, up and down once, as 1/√step, cut with every epoch, when validation is no better, or when it stands still (default: ${schedule}${schedule === "constant" ? "" : ", constant where minutes say when it ends"})`,
    },
    decay: {
      kind: "number",
      above: 0,
      to: 1,
      default: 0.5,
      doc: "factor of a cut, of zaremba, validDecay and plateau",
    },
    decayAfter: {
      kind: "whole",
      from: 0,
      default: 4,
      doc: "epochs before the first cut of zaremba, validations that plateau bears",
    },
    warmup: { kind: "whole", from: 0, default: 0, doc: "steps in which the learning rate rises to its start" },
    weightDecay: { kind: "number", from: 0, default: weightDecay, doc: "pull of the optimizer towards zero" },
    clip: { kind: "number", above: 0, default: clip, doc: "bound of the gradient's norm" },
    accumulate: { kind: "whole", from: 1, default: 1, doc: "batches of a step" },
    patience: {
      kind: "whole",
      from: 1,
      ...(patience === undefined ? {} : { default: patience }),
      doc: "stop after so many validations without a better one",
    },
    keep: {
      kind: "word",
      words: ["last", "best"],
      default: keep,
      doc: "which weights the model has in the end, by validation",
    },
  } as const satisfies OptionTable;
}

/** The shared options with their defaults. */
interface Learning {
  readonly optimizer: OptimizerOptions["name"];
  readonly lr: number;
  readonly schedule?: (typeof SCHEDULES)[number];
  readonly decay: number;
  readonly decayAfter: number;
  readonly warmup: number;
  readonly weightDecay: number;
  readonly clip: number;
  readonly accumulate: number;
  readonly patience?: number;
  readonly keep: "last" | "best";
  readonly minutes?: number;
}

/** The same options with the task's usual schedule, if none was asked for: a constant rate where time says when training ends. */
export function withSchedule<Options extends Learning>(options: Options, usual: Learning["schedule"]): Options {
  const schedule = options.schedule ?? (options.minutes === undefined ? usual : "constant");
  return { ...options, schedule };
}

/** What the loop is told of them. */
export type LearningSettings = Pick<
  LoopOptions,
  "optimizer" | "schedule" | "clip" | "accumulate" | "patience" | "keep"
>;

/**
 * Options as the loop takes them.
 *
 * @param parameters what is to be moved, by name
 */
export function learningOf(
  options: Learning,
  parameters: Iterable<readonly [name: string, parameter: Parameter]>,
): LearningSettings {
  const { optimizer: name, lr, weightDecay, clip, accumulate, patience, keep } = options;
  const optimizer = optimizerOf({ name, lr, weightDecay }, parameters);
  return { optimizer, schedule: scheduleOf(options), clip, accumulate, patience, keep };
}

function scheduleOf({ schedule = "constant", decay, decayAfter, warmup }: Learning): ScheduleOptions {
  const own: Readonly<Partial<Record<string, object>>> = {
    zaremba: { after: decayAfter, factor: decay },
    validDecay: { factor: decay },
    plateau: { factor: decay, patience: decayAfter },
  };
  return { name: schedule, warmup, ...own[schedule] } as ScheduleOptions;
}
