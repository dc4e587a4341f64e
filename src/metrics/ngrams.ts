/**
 * How often each run of `order` units occurs.
 *
 * @param units words or characters; none may contain U+0000, which joins them
 */
export function countNgrams(units: readonly string[], order: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + order <= units.length; at++) {
    const key = order === 1 ? units[at] : units.slice(at, at + order).join("\0");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams two texts share, each counted as often as the text that has fewer of it. */
export function sharedNgrams(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let shared = 0;
  for (const [key, count] of a) shared += Math.min(count, b.get(key) ?? 0);
  return shared;
}

/** All n-grams together. */
export function totalNgrams(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
