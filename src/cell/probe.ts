/** How a profiler listens to plans that run as emitted code. */
import type { Frame } from "./frame.js";
import type { Direction } from "./interpret.js";
import type { Plan } from "./plan-format.js";

/** Hears of every part of a plan on the thread that called for it. */
export interface PlanProbe {
  /** A direction of a plan is about to run. */
  begin(plan: Plan, direction: Direction, frame: Frame): void;
  /** A part has run: its place in `planParts(plan)`. */
  tick(part: number): void;
  /** All threads are done. */
  end(): void;
}

let listening: PlanProbe | undefined;

/** Have a probe hear of all plans from now on, which then run from code of their own; undefined ends it. */
export function probePlans(probe: PlanProbe | undefined): void {
  listening = probe;
}

/** The probe that listens. */
export function planProbe(): PlanProbe | undefined {
  return listening;
}
