import { invalidValue } from "../errors.js";
import { checkRange, complete } from "./settings.js";

/** A figure of a validation, and which direction is progress. */
export interface Observation {
  readonly value: number;
  readonly better: "lower" | "higher";
}

/** A factor on the learning rate that follows what validations find: it remembers, so it is saved with the training. */
export interface AdaptiveSchedule {
  /** The factor now. */
  readonly factor: number;
  /** Take notice of a validation. */
  observe(found: Observation): void;
  /** All it remembers, plain JSON. */
  state(): Readonly<Record<string, number | null>>;
  /** Go on from what `state` gave. */
  load(state: Readonly<Record<string, number | null>>): void;
}

/** Settings of `Plateau`. */
export interface PlateauSettings {
  /** Factor of a cut (default 0.1). */
  readonly factor: number;
  /** Validations without progress that are let pass; the next one cuts (default 10). */
  readonly patience: number;
  /** What counts as progress: better by more than this (default 1e-4). */
  readonly threshold: number;
  /** Whether the threshold is a share of the best value or a difference to it (default "relative"). */
  readonly mode: "relative" | "absolute";
  /** Validations after a cut that do not count (default 0). */
  readonly cooldown: number;
  /** Smallest factor on the learning rate (default 0). */
  readonly floor: number;
  /** A cut of the factor by no more than this is not made (default 1e-8). */
  readonly eps: number;
}

const PLATEAU: PlateauSettings = {
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  mode: "relative",
  cooldown: 0,
  floor: 0,
  eps: 1e-8,
};

/**
 * Cut the learning rate where validations make no progress any more: PyTorch's `ReduceLROnPlateau`, its least learning rate
 * and its eps being shares of the optimizer's.
 *
 * Errors: `E_OPTION`, `E_VALUE`.
 */
export class Plateau implements AdaptiveSchedule {
  readonly #settings: PlateauSettings;
  #factor = 1;
  #best: number | null = null;
  #bad = 0;
  #cooling = 0;

  constructor(options: Partial<PlateauSettings> = {}) {
    const settings = complete("plateau", PLATEAU, options);
    checkRange("plateau", "factor", settings.factor, 0, 1);
    for (const name of ["patience", "cooldown"] as const) requireCount("plateau", name, settings[name]);
    for (const name of ["threshold", "floor", "eps"] as const) checkRange("plateau", name, settings[name]);
    if (settings.mode !== "relative" && settings.mode !== "absolute") {
      throw invalidValue("plateau", "mode", '"relative" or "absolute"', settings.mode);
    }
    this.#settings = settings;
  }

  get factor(): number {
    return this.#factor;
  }

  observe(found: Observation): void {
    const { factor, patience, cooldown, floor, eps } = this.#settings;
    if (this.#isProgress(found)) {
      this.#best = found.value;
      this.#bad = 0;
    } else this.#bad++;
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad <= patience) return;
    const cut = Math.max(this.#factor * factor, floor);
    if (this.#factor - cut > eps) this.#factor = cut;
    this.#cooling = cooldown;
    this.#bad = 0;
  }

  #isProgress({ value, better }: Observation): boolean {
    const { threshold, mode } = this.#settings;
    const best = this.#best;
    if (best === null) return !Number.isNaN(value);
    const sign = better === "lower" ? -1 : 1;
    const bound = mode === "relative" ? best * (1 + sign * threshold) : best + sign * threshold;
    return better === "lower" ? value < bound : value > bound;
  }

  state(): Record<string, number | null> {
    return { factor: this.#factor, best: this.#best, bad: this.#bad, cooling: this.#cooling };
  }

  load({ factor, best, bad, cooling }: Readonly<Record<string, number | null>>): void {
    this.#factor = factor!;
    this.#best = best;
    this.#bad = bad!;
    this.#cooling = cooling!;
  }
}

/** Settings of `ValidDecay`. */
export interface ValidDecaySettings {
  /** Factor of a cut (default 0.5). */
  readonly factor: number;
  /** What a validation must be better than: the one before (default) or the best so far. */
  readonly than: "last" | "best";
  /** By how much it must be better, a difference (default 0). */
  readonly minDelta: number;
  /** Cut with every validation once there was one (default false). */
  readonly keepOn: boolean;
}

const VALID_DECAY: ValidDecaySettings = { factor: 0.5, than: "last", minDelta: 0, keepOn: false };

/**
 * Cut the learning rate whenever a validation is not better than the one before, or than the best: the decay by validation
 * that Zaremba's language models made usual (PyTorch's example of one: `{ factor: 0.25, than: "best" }`).
 *
 * Errors: `E_OPTION`, `E_VALUE`.
 */
export class ValidDecay implements AdaptiveSchedule {
  readonly #settings: ValidDecaySettings;
  #factor = 1;
  #reference: number | null = null;
  #cuts = 0;

  constructor(options: Partial<ValidDecaySettings> = {}) {
    const settings = complete("validDecay", VALID_DECAY, options);
    checkRange("validDecay", "factor", settings.factor, 0, 1);
    checkRange("validDecay", "minDelta", settings.minDelta);
    if (settings.than !== "last" && settings.than !== "best") {
      throw invalidValue("validDecay", "than", '"last" or "best"', settings.than);
    }
    this.#settings = settings;
  }

  get factor(): number {
    return this.#factor;
  }

  observe({ value, better }: Observation): void {
    const { factor, than, minDelta, keepOn } = this.#settings;
    const reference = this.#reference;
    const progress =
      (reference === null && !Number.isNaN(value)) ||
      (reference !== null && (better === "lower" ? value < reference - minDelta : value > reference + minDelta));
    if (!progress || (keepOn && this.#cuts > 0)) {
      this.#factor *= factor;
      this.#cuts++;
    }
    if (progress || (than === "last" && !Number.isNaN(value))) this.#reference = value;
  }

  state(): Record<string, number | null> {
    return { factor: this.#factor, reference: this.#reference, cuts: this.#cuts };
  }

  load({ factor, reference, cuts }: Readonly<Record<string, number | null>>): void {
    this.#factor = factor!;
    this.#reference = reference;
    this.#cuts = cuts!;
  }
}

function requireCount(who: string, option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw invalidValue(who, option, "a whole number from 0", value);
}
