/**
 * How one thread finds its share of a job. With no workers, or one, the share is everything.
 */

/** First of the `n` elements of a worker; every share but the last is a multiple of `unit`. */
// @ts-ignore: decorator
@inline
export function shareStart(n: i32, unit: i32, worker: i32, workers: i32): i32 {
  if (workers <= 1 || worker <= 0) return 0;
  if (worker >= workers) return n;
  const units = (n + unit - 1) / unit;
  return min(n, <i32>((<i64>units * worker) / workers) * unit);
}

/** One past the last of the `n` elements of a worker. */
// @ts-ignore: decorator
@inline
export function shareEnd(n: i32, unit: i32, worker: i32, workers: i32): i32 {
  return workers <= 1 ? n : shareStart(n, unit, worker + 1, workers);
}

/** Floats of a cache line: shares of one row end on lines where they can. */
export const LINE: i32 = 16;
