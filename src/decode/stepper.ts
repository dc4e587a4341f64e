import { invalidValue } from "../errors.js";
import type { Rng } from "../runtime/random.js";
import type { Logits, Sampler } from "./sampler.js";

/** A model seen one token at a time: all that decoding knows of it. */
export interface Stepper<State = unknown> {
  /** Number of choices V. */
  readonly size: number;
  /** Read one token; the scores of what may follow. The V logits are valid until the next call. */
  step(token: number): Logits;
  /** A copy of the state after the last step. */
  save(): State;
  /** Go back to a saved state, which stays usable. */
  restore(state: State): void;
}

/**
 * Write on from a prompt, one token at a time: reads the prompt, then yields what it draws and reads that.
 *
 * The stepper goes on from its present state. Every yielded token but the last has been read when this ends; stop early
 * with `break`.
 *
 * @param prompt tokens to read first, at least one
 * @param length tokens to write
 * @param rng source of the draws; may be left out at temperature 0
 * @throws E_VALUE for an empty prompt or a senseless length; E_LOGITS when the scores allow no choice
 */
export function* generate(
  stepper: Stepper,
  sampler: Sampler,
  { prompt, length, rng }: { prompt: ArrayLike<number>; length: number; rng?: Rng },
): Generator<number, void, undefined> {
  if (prompt.length === 0) throw invalidValue("generate", "prompt", "at least one token", "none");
  if (!(length >= 0)) throw invalidValue("generate", "length", "a number of tokens from 0", length);
  if (length === 0) return;
  let logits = stepper.step(prompt[0]);
  for (let i = 1; i < prompt.length; i++) logits = stepper.step(prompt[i]);
  const all = sampler.remembers ? Array.from(prompt) : [];
  for (let written = 1; ; written++) {
    const token = sampler.draw(logits, rng, all);
    if (sampler.remembers) all.push(token);
    yield token;
    if (written >= length) return;
    logits = stepper.step(token);
  }
}
