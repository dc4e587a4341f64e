import { invalidValue } from "../errors.js";
import { Rng } from "../runtime/index.js";

/** Items to train on, and items held back. */
export interface Split<Item> {
  readonly train: readonly Item[];
  readonly held: readonly Item[];
}

/**
 * Hold back a share of the items: ⌊N·share⌋ of them, drawn by `seed`; both parts keep the order of the items.
 *
 * Items that belong together (readings of one word, turns of one person) fall apart: `splitByHash` keeps them together.
 *
 * @param share 0 ≤ share < 1
 * @param seed which ones; default 1. Null holds back the last ones, which is right for what has an order in time
 * @throws E_VALUE for a share outside its range
 */
export function splitByShare<Item>(items: readonly Item[], share: number, seed: number | null = 1): Split<Item> {
  requireShare("splitByShare", share);
  const count = Math.floor(items.length * share);
  const places = items.map((_, i) => i);
  if (seed !== null) new Rng(seed).split("split").shuffle(places);
  const chosen = new Set(count === 0 ? [] : places.slice(-count));
  return part(items, (_, i) => chosen.has(i));
}

/**
 * Hold back every n-th item: those whose place is `at` modulo `n`.
 *
 * @param at default n − 1
 * @throws E_VALUE for n < 2 or a place outside 0 … n−1
 */
export function splitEvery<Item>(items: readonly Item[], n: number, at: number = n - 1): Split<Item> {
  if (!Number.isSafeInteger(n) || n < 2) throw invalidValue("splitEvery", "n", "a whole number from 2", n);
  if (!Number.isSafeInteger(at) || at < 0 || at >= n) {
    throw invalidValue("splitEvery", "at", `a whole number from 0 to ${n - 1}`, at);
  }
  return part(items, (_, i) => i % n === at);
}

/**
 * Hold back about a share of the items, decided by each item's key alone: equal keys stay together, and an item keeps its
 * side when others are added or removed.
 *
 * held if hash(key) / 2³² < share, with 32-bit FNV-1a over UTF-8 and MurmurHash3's finaliser.
 *
 * @throws E_VALUE for a share outside 0 ≤ share < 1
 */
export function splitByHash<Item>(items: readonly Item[], share: number, key: (item: Item) => string): Split<Item> {
  requireShare("splitByHash", share);
  const encoder = new TextEncoder();
  return part(items, (item) => hash(encoder.encode(key(item))) / 2 ** 32 < share);
}

function hash(bytes: Uint8Array): number {
  let h = 0x811c9dc5;
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function part<Item>(items: readonly Item[], isHeld: (item: Item, i: number) => boolean): Split<Item> {
  const train: Item[] = [];
  const held: Item[] = [];
  for (const [i, item] of items.entries()) (isHeld(item, i) ? held : train).push(item);
  return { train, held };
}

function requireShare(who: string, share: number): void {
  if (!(share >= 0 && share < 1)) throw invalidValue(who, "share", "a share from 0 to less than 1", share);
}
