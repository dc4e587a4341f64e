/** Schedules as plain JSON: `{ name: "cosine", warmup: 500 }`. */
import { invalidValue, scheduleLength, unknownOption, unknownValue } from "../errors.js";
import {
  type AdaptiveSchedule,
  Plateau,
  type PlateauSettings,
  ValidDecay,
  type ValidDecaySettings,
} from "./adaptive-schedules.js";
import {
  constant,
  cosine,
  exponential,
  inverseSqrt,
  linear,
  multiStep,
  noam,
  oneCycle,
  piecewise,
  ramp,
  type Schedule,
  stepDecay,
  zaremba,
} from "./schedules.js";

/** What a schedule counts. */
export type ScheduleUnit = "steps" | "epochs";

type OptionsOf<Make extends (options: never) => Schedule> = Exclude<Parameters<Make>[0], undefined>;
/** A schedule whose length is the run's unless given. */
type Fitted<Options extends { steps: number }> = Omit<Options, "steps"> & Partial<Pick<Options, "steps">>;
type Named<Name extends string, Options> = { readonly name: Name } & Readonly<Options>;
/** Of all that count. */
interface Counting {
  /** What lengths are counted in: updates, or finished epochs (default "steps"; "epochs" for zaremba). */
  readonly unit?: ScheduleUnit;
}

/** In front of any schedule. */
export interface WarmUp {
  /** Steps of a straight line up to what the schedule begins with; it counts from there, or in epochs as they are (default 0). */
  readonly warmup?: number;
  /** Factor before the first of them (default 0). */
  readonly warmupFrom?: number;
}

/** A schedule as plain JSON. */
export type ScheduleOptions = WarmUp &
  (
    | (Counting &
        (
          | Named<"constant", object>
          | Named<"step", OptionsOf<typeof stepDecay>>
          | Named<"multiStep", OptionsOf<typeof multiStep>>
          | Named<"exponential", OptionsOf<typeof exponential>>
          | Named<"cosine", Fitted<OptionsOf<typeof cosine>>>
          | Named<"linear", Fitted<OptionsOf<typeof linear>>>
          | Named<"oneCycle", Fitted<OptionsOf<typeof oneCycle>>>
          // As long as its way up unless given.
          | Named<"inverseSqrt", Partial<OptionsOf<typeof inverseSqrt>>>
          | Named<"piecewise", OptionsOf<typeof piecewise>>
          | Named<"zaremba", OptionsOf<typeof zaremba>>
        ))
    | Named<"noam", OptionsOf<typeof noam>>
    | Named<"plateau", Partial<PlateauSettings>>
    | Named<"validDecay", Partial<ValidDecaySettings>>
  );

/** What a training knows about its length. */
export interface TrainingLength {
  /** Steps in all; null if time decides. */
  readonly steps: number | null;
  /** Passes over the data in all, rounded up; null if time decides. */
  readonly epochs: number | null;
}

/** A learning rate over a training: asked before every step, told of every validation. */
export interface LearningRate {
  /**
   * Factor of the next update.
   *
   * @param step updates done
   * @param epoch passes done, with fractions
   */
  factor(step: number, epoch: number): number;
  /** What remembers validations, if anything does. */
  readonly adaptive: AdaptiveSchedule | null;
}

interface Entry {
  readonly options: readonly string[];
  /** Has a length `steps`, by default the run's. */
  readonly fitted?: boolean;
  readonly unit?: ScheduleUnit;
  readonly make: (options: never) => Schedule | AdaptiveSchedule;
}

const SCHEDULES: Readonly<Record<ScheduleOptions["name"], Entry>> = {
  constant: { options: [], make: constant },
  step: { options: ["every", "gamma"], make: stepDecay },
  multiStep: { options: ["at", "gamma"], make: multiStep },
  exponential: { options: ["gamma"], make: exponential },
  cosine: { options: ["steps", "floor"], fitted: true, make: cosine },
  linear: { options: ["steps", "floor"], fitted: true, make: linear },
  oneCycle: { options: ["steps", "up", "div", "finalDiv", "shape"], fitted: true, make: oneCycle },
  inverseSqrt: { options: ["scale"], make: inverseSqrt },
  piecewise: { options: ["at", "factors"], make: piecewise },
  zaremba: { options: ["after", "factor"], unit: "epochs", make: zaremba },
  noam: { options: ["warmup", "size"], make: noam },
  plateau: {
    options: ["factor", "patience", "threshold", "mode", "cooldown", "floor", "eps"],
    make: (options: Partial<PlateauSettings>) => new Plateau(options),
  },
  validDecay: {
    options: ["factor", "than", "minDelta", "keepOn"],
    make: (options: Partial<ValidDecaySettings>) => new ValidDecay(options),
  },
};

/** Names of schedules that JSON can ask for. */
export const SCHEDULE_NAMES = Object.keys(SCHEDULES) as readonly ScheduleOptions["name"][];

const WHO = "schedule";
/** Schedules that count something other than what a `unit` could say. */
const UNITLESS = ["noam", "plateau", "validDecay"];

/**
 * The learning rate that a schedule asks for, given as JSON, as a function of the step, or as an object that follows
 * validations.
 *
 * @param length of the training, for schedules that stretch over it
 * @throws E_VALUE for an unknown name or a setting out of range; E_OPTION for an option that the schedule does not have;
 *   E_SCHEDULE where the length is not known and not given
 */
export function learningRateOf(
  schedule: ScheduleOptions | Schedule | AdaptiveSchedule | undefined,
  length: TrainingLength,
): LearningRate {
  if (schedule === undefined) return { factor: () => 1, adaptive: null };
  if (typeof schedule === "function") return { factor: (step) => checked(schedule(step)), adaptive: null };
  if ("observe" in schedule) return { factor: () => schedule.factor, adaptive: schedule };
  return fromOptions(schedule, length);
}

function fromOptions(json: ScheduleOptions, length: TrainingLength): LearningRate {
  const { name, ...given } = json as ScheduleOptions & Record<string, unknown>;
  if (!Object.hasOwn(SCHEDULES, name)) throw unknownValue(WHO, "name", name, SCHEDULE_NAMES);
  const { options, fitted = false, unit: natural = "steps", make } = SCHEDULES[name];
  const ownRise = name === "noam";
  const known = [
    ...options,
    ...(ownRise ? [] : ["warmup", "warmupFrom"]),
    ...(UNITLESS.includes(name) ? [] : ["unit"]),
  ];
  for (const option of Object.keys(given)) {
    if (!known.includes(option)) throw unknownOption(`${WHO} ${name}`, option, known);
  }
  const { unit = natural, warmup = 0, warmupFrom = 0, ...own } = given as Record<string, never> & WarmUp & Counting;
  if (unit !== "steps" && unit !== "epochs") throw unknownValue(WHO, "unit", unit, ["steps", "epochs"]);
  const rise = ownRise ? 0 : warmup;
  if (!Number.isSafeInteger(rise) || rise < 0) throw invalidValue(WHO, "warmup", "a whole number from 0", rise);
  if (!(warmupFrom >= 0 && warmupFrom <= 1)) throw invalidValue(WHO, "warmupFrom", "a number from 0 to 1", warmupFrom);
  const settings: Record<string, unknown> = Object.fromEntries(
    Object.entries(own).filter(([, value]) => value !== undefined),
  );
  if (name === "noam") settings.warmup = warmup;
  if (name === "inverseSqrt") settings.scale ??= Math.max(1, rise);
  if (fitted && settings.steps === undefined) {
    const total = length[unit];
    if (total === null) throw scheduleLength(name, unit);
    // A training shorter than its way up never gets to the rest.
    settings.steps = Math.max(name === "oneCycle" ? 2 : 1, unit === "steps" ? total - rise : total);
  }
  const made = make(settings as never);
  const inner =
    typeof made === "function"
      ? (step: number, epoch: number): number => made(unit === "epochs" ? Math.floor(epoch) : Math.max(0, step - rise))
      : (): number => made.factor;
  return {
    factor: (step, epoch) => (step < rise ? ramp(step, rise, warmupFrom) * inner(step, epoch) : inner(step, epoch)),
    adaptive: typeof made === "function" ? null : made,
  };
}

function checked(factor: number): number {
  if (!(factor >= 0 && factor < Infinity)) throw invalidValue(WHO, "its value", "a number from 0", factor);
  return factor;
}
