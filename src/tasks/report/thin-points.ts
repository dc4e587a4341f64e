/** What is drawn of a stretch of a curve: its mean, and how far its values went. */
export interface Stretch {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Whether a value has a place on an axis: differences of what is larger have none. */
export function isDrawn(value: number): boolean {
  return Math.abs(value) <= 1e300;
}

/**
 * A curve in at most `most` stretches of equal width, so that a million steps make a page of the same size as a hundred.
 *
 * @param points [x, y] in the order of x
 * @returns runs without gaps; a gap is where values are not drawn
 */
export function thinPoints(points: readonly (readonly [x: number, y: number])[], most: number): Stretch[][] {
  const runs: Stretch[][] = [[]];
  const width = Math.ceil(points.length / most);
  for (let from = 0; from < points.length; from += Math.max(1, width)) {
    const part = points.slice(from, from + width);
    const known = part.filter(([x, y]) => Number.isFinite(x) && isDrawn(y));
    if (known.length === 0) {
      runs.push([]);
      continue;
    }
    let [x, mean, low, high] = [0, 0, Infinity, -Infinity];
    for (const [at, value] of known) {
      x += at / known.length;
      mean += value / known.length;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    runs.at(-1)!.push({ x, mean, low, high });
  }
  return runs.filter((run) => run.length > 0);
}
