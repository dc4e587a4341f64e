import { badIntegerRange, badRngState, badSeed } from "../errors.js";
import { log } from "./float64.js";

/**
 * Random numbers without hidden state: a generator that can be split, saved and resumed, and a pure hash for masks.
 */

/**
 * A 32-bit hash of four 32-bit words: the noise behind masks, one value per (row i, column j) under the key (k0, k1).
 *
 * Four Feistel rounds over (i ⊕ k0, j ⊕ k1) with MurmurHash3's finaliser as round function: a permutation of the 64-bit
 * position, so that no two positions share a state. Written in `Math.imul`, xor, shift and wrapping adds only, so that
 * AssemblyScript's i32 arithmetic gives the same bits. Not for secrets.
 *
 * Source: https://github.com/aappleby/smhasher/wiki/MurmurHash3 (finaliser), Luby and Rackoff 1988 (four rounds).
 *
 * @returns an unsigned 32-bit integer
 */
export function bits(k0: number, k1: number, i: number, j: number): number {
  return halves(k0, k1, i, j)[0] >>> 0;
}

const HALVES = new Int32Array(2);

/**
 * Both words of the permutation that `bits` shows the first of, signed, for those who need many: the array is the same at every
 * call.
 */
export function halves(k0: number, k1: number, i: number, j: number): Readonly<Int32Array> {
  let a = i ^ k0;
  let b = j ^ k1;
  b ^= mix((a + 0x9e3779b9) | 0);
  a ^= mix((b + k0) | 0);
  b ^= mix((a + k1) | 0);
  a ^= mix((b + 0x7f4a7c15) | 0);
  HALVES[0] = a;
  HALVES[1] = b;
  return HALVES;
}

/** MurmurHash3's 32-bit finaliser: a bijection in which every input bit flips every output bit half of the time. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A 64-bit key as two unsigned 32-bit words. */
export type Key = readonly [k0: number, k1: number];

/**
 * The key of one use of randomness: a pure function of the run's seed, where in the model it is used, and when.
 *
 * @param seed any safe integer
 * @param path module path, e.g. `"encoder.l0.dropout"`
 * @param step training step, or any safe integer that tells uses apart (default 0)
 */
export function deriveKey(seed: number, path: string, step = 0): Key {
  return absorbInteger(absorbText(absorbInteger([0x243f6a88, 0x85a308d3], seed), path), step);
}

function absorb([k0, k1]: Key, word: number): Key {
  return [bits(k0, k1, word, 0x13198a2e), bits(k0, k1, word, 0x03707344)];
}

function absorbInteger(key: Key, value: number): Key {
  if (!Number.isSafeInteger(value)) throw badSeed(value);
  return absorb(absorb(key, value | 0), Math.floor(value / 2 ** 32) | 0);
}

function absorbText(key: Key, text: string): Key {
  let state = absorb(key, text.length);
  for (let i = 0; i < text.length; i++) state = absorb(state, text.charCodeAt(i));
  return state;
}

/** A generator's whole state: plain JSON. */
export interface RngState {
  readonly algorithm: "philox4x32-10";
  readonly key: Key;
  /** 64-bit draws made so far. */
  readonly position: number;
}

/**
 * A counter-based generator: draw number n is a pure function of (key, n).
 *
 * Philox4x32-10; every draw takes 64 bits, two draws share one block. Source: Salmon, Moraes, Dror, Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", 2011.
 *
 * @example
 * const rng = new Rng(1);
 * const weights = rng.split("weights");       // its own stream, whatever is drawn from `rng`
 * Rng.from(rng.state()).uniform() === rng.uniform(); // true
 */
export class Rng {
  #k0: number;
  #k1: number;
  #position = 0;
  /** The block last computed, and which it is. */
  readonly #block = new Uint32Array(4);
  #blockAt = -1;

  /** @param seed any safe integer */
  constructor(seed: number) {
    [this.#k0, this.#k1] = deriveKey(seed, "rng");
  }

  /**
   * Continue from a saved state.
   *
   * @throws E_RNG_STATE for anything that `state()` did not make
   */
  static from(state: RngState): Rng {
    const word = (value: unknown): boolean => Number.isInteger(value) && (value as number) >>> 0 === value;
    const { algorithm, key, position } = (state ?? {}) as Partial<RngState>;
    const whole = Number.isSafeInteger(position) && (position as number) >= 0;
    if (algorithm !== "philox4x32-10" || !Array.isArray(key) || key.length !== 2 || !key.every(word) || !whole) {
      throw badRngState(state);
    }
    return Rng.#keyed(key as unknown as Key, position as number);
  }

  static #keyed([k0, k1]: Key, position: number): Rng {
    const rng = new Rng(0);
    rng.#k0 = k0;
    rng.#k1 = k1;
    rng.#position = position;
    return rng;
  }

  /** Everything there is to know about this generator. */
  state(): RngState {
    return { algorithm: "philox4x32-10", key: [this.#k0, this.#k1], position: this.#position };
  }

  /** An independent generator under a name: depends on this one's key and on the name, not on what was drawn. */
  split(label: string | number): Rng {
    const key: Key = [this.#k0, this.#k1];
    const derived =
      typeof label === "number" ? absorbInteger(absorb(key, 1), label) : absorbText(absorb(key, 2), label);
    return Rng.#keyed(derived, 0);
  }

  /** The key for `bits`. */
  key(): Key {
    return [this.#k0, this.#k1];
  }

  /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number {
    const at = this.#draw();
    return ((this.#block[at] >>> 5) * 67108864 + (this.#block[at + 1] >>> 6)) * 1.1102230246251565e-16;
  }

  /** Standard normal, by Marsaglia's polar method; takes a varying number of draws. */
  normal(): number {
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const s = x * x + y * y;
      if (s < 1 && s > 0) return x * Math.sqrt((-2 * log(s)) / s);
    }
  }

  /** Uniform among the integers 0 … n−1, without bias; 1 ≤ n ≤ 2³². */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw badIntegerRange(n);
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.#block[this.#draw()];
      if (word < limit) return word % n;
    }
  }

  /** Shuffle in place (Fisher–Yates); returns the same array. */
  shuffle<A extends { [index: number]: unknown; readonly length: number }>(array: A): A {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const other = array[j];
      array[j] = array[i];
      array[i] = other;
    }
    return array;
  }

  /** Advance by one draw; where in the block its two words begin. */
  #draw(): number {
    const position = this.#position++;
    const block = Math.floor(position / 2);
    if (block !== this.#blockAt) {
      philox(this.#block, this.#k0, this.#k1, block >>> 0, Math.floor(block / 2 ** 32));
      this.#blockAt = block;
    }
    return (position % 2) * 2;
  }
}

/** Ten Philox rounds on the counter (c0, c1, 0, 0). */
function philox(out: Uint32Array, k0: number, k1: number, c0: number, c1: number): void {
  let c2 = 0;
  let c3 = 0;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = mulHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit words. */
function mulHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle % 65536);
  return a1 * b1 + Math.floor(middle / 65536) + Math.floor(carry / 65536);
}
