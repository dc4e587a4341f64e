/** How weights move, as options that all tasks share: an optimizer, its learning rate over time, what is kept, when to stop. */
import { invalidValue, optionNeeds } from "../errors.js";
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
  "step",
  "multiStep",
  "exponential",
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
      doc: `how the learning rate goes on: to zero in a line or half a cosine, up and down once, as 1/√step, cut after every few epochs, after some, after each, or with every epoch from one on, when validation is no better, or when it stands still (default: ${schedule}${schedule === "constant" ? "" : ", constant where minutes say when it ends"})`,
    },
    decay: {
      kind: "number",
      above: 0,
      to: 1,
      default: 0.5,
      doc: "factor of a cut",
    },
    decayAfter: {
      kind: "whole",
      from: 0,
      default: 4,
      doc: "epochs before the first cut of zaremba, validations that plateau bears",
    },
    decayEvery: { kind: "whole", from: 1, default: 5, doc: "epochs between two cuts of step" },
    decayAt: { kind: "text", letter: "epochs", doc: "epochs of the cuts of multiStep, as 10,15" },
    warmup: { kind: "whole", from: 0, default: 0, doc: "steps in which the learning rate rises to its start" },
    groupLr: {
      kind: "text",
      letter: "rates",
      doc: "learning rates of parameters by name, where * stands for anything, as embedding.*=1e-4,*bias*=0.01",
    },
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
  readonly decayEvery: number;
  readonly decayAt?: string;
  readonly warmup: number;
  readonly groupLr?: string;
  readonly weightDecay: number;
  readonly clip: number;
  readonly accumulate: number;
  readonly patience?: number;
  readonly keep: "last" | "best";
  readonly minutes?: number;
}

/**
 * The same options with the task's usual schedule, if none was asked for: a constant rate where time says when training ends.
 *
 * Errors: `E_VALUE` for a text that names no epochs or rates, or multiStep without its cuts; `E_OPTION_NEEDS` for cuts without their schedule.
 */
export function withSchedule<Options extends Learning>(options: Options, usual: Learning["schedule"]): Options {
  const schedule = options.schedule ?? (options.minutes === undefined ? usual : "constant");
  if (schedule === "multiStep" && options.decayAt === undefined) {
    throw invalidValue("train", "decayAt", "given with the schedule multiStep, as 10,15 (--decay-at 10,15)", "none");
  }
  if (schedule !== "multiStep" && options.decayAt !== undefined) {
    throw optionNeeds("train", "decayAt", "the schedule multiStep");
  }
  cutsOf(options);
  groupsOf(options);
  return { ...options, schedule };
}

/** "10,15" → [10, 15]. */
function cutsOf({ decayAt }: Pick<Learning, "decayAt">): number[] {
  const cuts = decayAt?.split(",").map(Number) ?? [];
  const fine = cuts.every((cut, i) => Number.isSafeInteger(cut) && cut > 0 && (i === 0 || cut >= cuts[i - 1]));
  if (!fine) throw invalidValue("train", "decayAt", "ascending epochs as 10,15", decayAt);
  return cuts;
}

/** "embedding.*=1e-4" → [{ match: "embedding.*", lr: 1e-4 }]. */
function groupsOf({ groupLr }: Pick<Learning, "groupLr">): { readonly match: string; readonly lr: number }[] {
  return (groupLr?.split(",") ?? []).map((part) => {
    const [match, rate = "", ...more] = part.split("=").map((side) => side.trim());
    const lr = Number(rate);
    if (match === "" || rate === "" || more.length > 0 || !(lr > 0 && lr < Infinity)) {
      throw invalidValue("train", "groupLr", "names and learning rates above 0, as embedding.*=1e-4", groupLr);
    }
    return { match, lr };
  });
}

/** What the loop is told of them. */
export type LearningSettings = Pick<
  LoopOptions,
  "optimizer" | "schedule" | "clip" | "accumulate" | "patience" | "keep"
>;

/**
 * Options as the loop takes them.
 *
 * Errors: `E_PARAMETERS` for learning rates of a group that no parameter is in.
 *
 * @param parameters what is to be moved, by name
 */
export function learningOf(
  options: Learning,
  parameters: Iterable<readonly [name: string, parameter: Parameter]>,
): LearningSettings {
  const { optimizer: name, lr, weightDecay, clip, accumulate, patience, keep } = options;
  const optimizer = optimizerOf({ name, lr, weightDecay, groups: groupsOf(options) }, parameters);
  return { optimizer, schedule: scheduleOf(options), clip, accumulate, patience, keep };
}

function scheduleOf({ schedule = "constant", decay, warmup, ...cuts }: Learning): ScheduleOptions {
  const { decayAfter, decayEvery } = cuts;
  const own: Readonly<Partial<Record<string, object>>> = {
    step: { every: decayEvery, gamma: decay, unit: "epochs" },
    multiStep: { at: cutsOf(cuts), gamma: decay, unit: "epochs" },
    exponential: { gamma: decay, unit: "epochs" },
    zaremba: { after: decayAfter, factor: decay },
    validDecay: { factor: decay },
    plateau: { factor: decay, patience: decayAfter },
  };
  return { name: schedule, warmup, ...own[schedule] } as ScheduleOptions;
}
