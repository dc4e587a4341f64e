import { invalidValue, unknownOption } from "../errors.js";
import { exp } from "../runtime/index.js";

/** A continuous cache beside a language model. */
export interface ContinuousCacheOptions {
  /** N: last tokens that it remembers; default 500. */
  readonly size?: number;
  /** θ: how much likeness of features counts; default 0.5. */
  readonly theta?: number;
  /** λ: its share of the probability; default 0.1. */
  readonly share?: number;
}

/**
 * What a text said lately is likely to come again: a distribution over the tokens that followed features like the present ones.
 *
 *   p(w) = (1 − λ)·p_model(w) + λ·Σᵢ [xᵢ₊₁ = w]·exp(θ·hᵢ·h) / Σᵢ exp(θ·hᵢ·h), over the last N tokens
 *
 * Needs no training. h [H] are the features that the output layer reads.
 * Errors: `E_OPTION`, `E_VALUE`.
 * Source: Grave, Joulin & Usunier 2017, https://arxiv.org/abs/1612.04426
 */
export class ContinuousCache {
  readonly #size: number;
  readonly #theta: number;
  readonly #share: number;
  readonly #features: Float32Array[] = [];
  readonly #tokens: number[] = [];
  #next = 0;

  constructor(options: ContinuousCacheOptions = {}) {
    const known = ["size", "theta", "share"];
    for (const name of Object.keys(options)) if (!known.includes(name)) throw unknownOption("cache", name, known);
    const { size = 500, theta = 0.5, share = 0.1 } = options;
    if (!Number.isSafeInteger(size) || size < 1) throw invalidValue("cache", "size", "a whole number from 1", size);
    if (!(theta >= 0 && theta < Infinity)) throw invalidValue("cache", "theta", "a number from 0", theta);
    if (!(share >= 0 && share < 1)) throw invalidValue("cache", "share", "a share from 0 to below 1", share);
    this.#size = size;
    this.#theta = theta;
    this.#share = share;
  }

  /**
   * Probability of a token, of what the model says it is.
   *
   * @param features h of the model before the token, H of them
   */
  mix(probability: number, features: ArrayLike<number>, token: number): number {
    const n = this.#tokens.length;
    if (n === 0) return probability;
    const scores = this.#features.map((known) => this.#theta * dot(known, features));
    const highest = scores.reduce((a, b) => Math.max(a, b));
    let total = 0;
    let ofToken = 0;
    for (let i = 0; i < n; i++) {
      const weight = exp(scores[i] - highest);
      total += weight;
      if (this.#tokens[i] === token) ofToken += weight;
    }
    return (1 - this.#share) * probability + (this.#share * ofToken) / total;
  }

  /** Remember which token followed features; the oldest goes. */
  add(features: Float32Array, token: number): void {
    this.#features[this.#next] = features;
    this.#tokens[this.#next] = token;
    this.#next = (this.#next + 1) % this.#size;
  }
}

function dot(a: Float32Array, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
