import { compareCodePoints } from "../data/vocabulary.js";

/** Numbers by value before words by code point: "2" before "10" before "yes". */
export function compareLabels(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  const numeric = [a.trim() !== "" && Number.isFinite(x), b.trim() !== "" && Number.isFinite(y)];
  if (numeric[0] && numeric[1] && x !== y) return x - y;
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return compareCodePoints(a, b);
}
