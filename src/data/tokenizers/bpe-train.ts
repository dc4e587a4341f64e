import { Heap } from "./heap.js";

/** Words as tokens, and how often each occurs. */
export interface CountedWord {
  /** Ids in the vocabulary so far. */
  readonly symbols: readonly number[];
  readonly count: number;
}

/** Two tokens that become one. */
export interface Merge {
  readonly left: number;
  readonly right: number;
}

interface Candidate extends Merge {
  readonly count: number;
}

/** More ids than any vocabulary has, so that a pair is one exact number. */
const IDS = 2 ** 26;

/**
 * Learn merges: again and again the pair of neighbouring tokens that occurs most often becomes a token, until the vocabulary is
 * full or no pair occurs `minCount` times. Of pairs that occur equally often the one of lower left id is taken, then of lower
 * right id. Within a word merges go from left to right, without overlap.
 *
 * @param words changed by nobody
 * @param tokens the alphabet by id; the new tokens are added to it
 * @returns the merges in their order
 * Source: Sennrich, Haddow & Birch 2016, https://arxiv.org/abs/1508.07909
 */
export function trainMerges(
  words: readonly CountedWord[],
  tokens: string[],
  { size, minCount }: { readonly size: number; readonly minCount: number },
): Merge[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const symbols = words.map((word) => word.symbols);
  const counts = new Map<number, number>();
  // Words in which a pair stands, or once stood: looking again at such a word finds nothing and does no harm.
  const places = new Map<number, number[]>();
  const add = (left: number, right: number, word: number, times: number): number => {
    const pair = left * IDS + right;
    counts.set(pair, (counts.get(pair) ?? 0) + times);
    if (times > 0) {
      const list = places.get(pair);
      if (list === undefined) places.set(pair, [word]);
      else if (list.at(-1) !== word) list.push(word);
    }
    return pair;
  };
  for (const [w, { symbols, count }] of words.entries()) {
    for (let i = 1; i < symbols.length; i++) add(symbols[i - 1], symbols[i], w, count);
  }
  const heap = new Heap<Candidate>((a, b) =>
    a.count !== b.count ? a.count > b.count : a.left !== b.left ? a.left < b.left : a.right < b.right,
  );
  const propose = (pair: number): void => {
    const count = counts.get(pair) ?? 0;
    if (count >= minCount) heap.push({ left: Math.floor(pair / IDS), right: pair % IDS, count });
  };
  for (const pair of counts.keys()) propose(pair);

  const merges: Merge[] = [];
  while (tokens.length < size) {
    const best = heap.pop();
    if (best === undefined) break;
    const { left, right, count } = best;
    const pair = left * IDS + right;
    const now = counts.get(pair) ?? 0;
    if (now !== count) {
      // Counted before other merges took some of its places.
      if (now < count) propose(pair);
      continue;
    }
    const text = tokens[left] + tokens[right];
    const merged = ids.get(text) ?? tokens.push(text) - 1;
    ids.set(text, merged);
    merges.push({ left, right });
    const risen = new Set<number>();
    for (const w of places.get(pair) ?? []) {
      const times = words[w].count;
      symbols[w] = mergeIn(symbols[w], left, right, merged, (from, to, sign) => {
        const neighbour = add(from, to, w, sign * times);
        if (sign > 0) risen.add(neighbour);
      });
    }
    counts.delete(pair);
    places.delete(pair);
    for (const neighbour of risen) propose(neighbour);
  }
  return merges;
}

/**
 * A word after a merge; the word itself where the pair does not occur.
 *
 * @param changed told of every pair of neighbours that goes (−1) or comes (+1), apart from the merged pair itself
 */
function mergeIn(
  word: readonly number[],
  left: number,
  right: number,
  merged: number,
  changed: (left: number, right: number, sign: 1 | -1) => void,
): readonly number[] {
  let result: number[] | null = null;
  for (let i = 0; i < word.length; i++) {
    if (word[i] !== left || i + 1 >= word.length || word[i + 1] !== right) {
      result?.push(word[i]);
      continue;
    }
    result ??= word.slice(0, i);
    // The neighbour before may itself have just been merged.
    const before = result.at(-1);
    const after = word.at(i + 2);
    if (before !== undefined) {
      changed(before, left, -1);
      changed(before, merged, 1);
    }
    if (after !== undefined) {
      changed(right, after, -1);
      changed(merged, after, 1);
    }
    result.push(merged);
    i++;
  }
  return result ?? word;
}
