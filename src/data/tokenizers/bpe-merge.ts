import { Heap } from "./heap.js";

/** What becomes of a pair of tokens. */
export interface Ranked {
  /** Place among the merges: lower goes first. */
  readonly rank: number;
  /** Token that the two become. */
  readonly id: number;
}

/** More ids than any vocabulary has, so that a pair is one exact number. */
const IDS = 2 ** 26;
/** More symbols than any word has. */
const PLACES = 2 ** 27;

/** Merges by pair. */
export class MergeTable {
  readonly #merges: ReadonlyMap<number, Ranked>;

  constructor(merges: Iterable<readonly [left: number, right: number, merged: Ranked]>) {
    this.#merges = new Map(Array.from(merges, ([left, right, merged]) => [left * IDS + right, merged]));
  }

  get(left: number, right: number): Ranked | undefined {
    return this.#merges.get(left * IDS + right);
  }

  /**
   * Merge the symbols of a word: the pair of lowest rank first, from left to right, until none is left. O(n log n), so that a word
   * of a million characters is no trap.
   *
   * @param symbols ids; −1 for what is not known, which merges with nothing. Changed.
   */
  apply(symbols: number[]): number[] {
    const n = symbols.length;
    if (n < 2) return symbols;
    const next = Int32Array.from({ length: n }, (_, i) => i + 1);
    const last = Int32Array.from({ length: n }, (_, i) => i - 1);
    const queue = new Heap<number>((a, b) => a < b);
    const propose = (at: number): void => {
      if (at < 0 || next[at] >= n) return;
      const merged = this.get(symbols[at], symbols[next[at]]);
      if (merged !== undefined) queue.push(merged.rank * PLACES + at);
    };
    for (let i = 0; i + 1 < n; i++) propose(i);
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const at = entry % PLACES;
      const right = next[at];
      if (symbols[at] < 0 || right >= n) continue;
      const merged = this.get(symbols[at], symbols[right]);
      // The pair that was proposed here may be gone, and another in its place.
      if (merged === undefined || merged.rank !== Math.floor(entry / PLACES)) continue;
      symbols[at] = merged.id;
      symbols[right] = -2;
      next[at] = next[right];
      if (next[at] < n) last[next[at]] = at;
      propose(last[at]);
      propose(at);
    }
    return symbols.filter((symbol) => symbol !== -2);
  }
}
