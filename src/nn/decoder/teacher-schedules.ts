/** How long a decoder is held by the hand: the probability of reading the right token, by the step of training. */
import { badNumber } from "../../errors.js";
import { exp, pow } from "../../runtime/index.js";

/** The probability, 0 … 1, that an input of a decoder is the right token rather than its own, at step i of training. */
export type TeacherSchedule = (step: number) => number;

/** max(end, start − (start − end)·i / steps). Errors: `E_NUMBER`. */
export function linearTeacher({
  start = 1,
  end = 0,
  steps,
}: {
  start?: number;
  end?: number;
  steps: number;
}): TeacherSchedule {
  expectProbability("linearTeacher", "start", start);
  expectProbability("linearTeacher", "end", end);
  if (!(steps > 0)) throw badNumber("linearTeacher", "steps", "a number > 0", steps);
  return (i) => start + (end - start) * Math.min(1, i / steps);
}

/** kⁱ, 0 < k < 1. Errors: `E_NUMBER`. */
export function exponentialTeacher({ k }: { k: number }): TeacherSchedule {
  if (!(k > 0 && k < 1)) throw badNumber("exponentialTeacher", "k", "a number between 0 and 1", k);
  return (i) => pow(k, i);
}

/** k / (k + e^(i/k)), k ≥ 1: half of it after about k·ln k steps. Errors: `E_NUMBER`. */
export function inverseSigmoidTeacher({ k }: { k: number }): TeacherSchedule {
  if (!(k >= 1)) throw badNumber("inverseSigmoidTeacher", "k", "a number ≥ 1", k);
  return (i) => k / (k + exp(i / k));
}

function expectProbability(who: string, name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw badNumber(who, name, "a probability, 0 … 1", value);
}
