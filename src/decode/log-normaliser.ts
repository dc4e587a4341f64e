import { logitsInvalid } from "../errors.js";
import { exp, log } from "../runtime/float64.js";
import type { Logits } from "./sampler.js";

/** Powers 2^(−i/32) down to 2⁻⁶⁴: what is smaller beside the largest term is lost in float64 anyway. */
const STEPS = 32;
const POWERS = Float64Array.from({ length: 64 * STEPS + 1 }, (_, i) => exp((-i / STEPS) * Math.LN2));
const PER_NAT = STEPS / Math.LN2;
const NATS = Math.LN2 / STEPS;
const SIXTH = 1 / 6;

/**
 * log Σ exp(score) of one row of scores, summed in the order of ids: what turns scores into log-probabilities.
 *
 * A table of powers and a polynomial of the fourth degree, |r| ≤ ln 2 / 64: within 2·10⁻¹² of the true value, where scores
 * of float32 know seven digits. A search needs as many terms as there are words, at every step of every hypothesis.
 *
 * @param scores V of them from `at` on
 * @throws E_LOGITS for NaN, +Infinity, or nothing but −Infinity
 */
export function logNormaliser(scores: Logits, at: number, size: number): number {
  let highest = -Infinity;
  for (let id = at; id < at + size; id++) {
    const score = scores[id];
    if (!(score <= highest)) {
      if (Number.isNaN(score)) throw logitsInvalid("nan", id - at, "beamSearch");
      highest = score;
    }
  }
  if (highest === Infinity) throw logitsInvalid("infinite", scores.indexOf(Infinity, at) - at, "beamSearch");
  if (highest === -Infinity) throw logitsInvalid(size === 0 ? "empty" : "banned", 0, "beamSearch");
  let sum = 0;
  for (let id = at; id < at + size; id++) {
    const below = highest - scores[id];
    const place = below * PER_NAT + 0.5;
    if (place >= POWERS.length) continue;
    const i = place | 0;
    const r = i * NATS - below;
    sum += POWERS[i] * (1 + r * (1 + r * (0.5 + r * (SIXTH + r * (0.25 * SIXTH)))));
  }
  return highest + log(sum);
}
