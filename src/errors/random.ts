/** Random numbers. */
import { HiddenstateError } from "./letter.js";

/** A seed, step or label that is no safe integer. */
export function badSeed(value: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_SEED",
    `Rng: expected a whole number between −2^53 and 2^53 as seed, label or step, received ${String(value)}.`,
  );
}

/** A saved generator state that this library did not write. */
export function badRngState(state: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_RNG_STATE",
    `Rng.from: expected { algorithm: "philox4x32-10", key: [u32, u32], position }, received ${JSON.stringify(state)}.`,
  );
}

/** A range for a random integer that is empty or too wide. */
export function badIntegerRange(n: unknown): HiddenstateError {
  return new HiddenstateError("E_RNG_RANGE", `Rng.integer: expected 1 ≤ n ≤ 2^32, received ${String(n)}.`);
}
