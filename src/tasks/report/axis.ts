import { log, pow } from "../../runtime/index.js";
import { figureText, superscript } from "./figure-text.js";

/** Numbers along an edge of a chart. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Where a value lies between the ends, from 0 to 1. */
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/**
 * An axis over given values, its ticks at round numbers.
 *
 * @param count ticks there is room for, about
 * @param exact end where the values end, as time does; else at round numbers (default false)
 */
export function linearAxis(low: number, high: number, count: number, exact = false): Axis {
  const flat = high === low;
  const [from, to] = flat && !exact ? [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2] : [low, high];
  const step = roundStep((to - from || 1) / count);
  const first = exact ? Math.ceil(from / step - 1e-9) : Math.floor(from / step + 1e-9);
  const last = exact ? Math.floor(to / step + 1e-9) : Math.ceil(to / step - 1e-9);
  const digits = Math.max(0, -Math.floor(log(step) / Math.LN10 + 1e-9));
  const ticks = Array.from({ length: Math.max(0, last - first) + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { value, text: digits > 6 ? figureText(value) : figureText(value, digits) };
  });
  const [start, end] = exact ? [from, to] : [first * step, last * step];
  const width = end - start || 1;
  return { low: start, high: end, place: (value) => (value - start) / width, ticks };
}

/** An axis on which equal factors are equal distances; all values above 0. Ticks are powers of ten, and 2 and 5 times them where few. */
export function logarithmicAxis(low: number, high: number): Axis {
  const power = (value: number): number => log(value) / Math.LN10;
  const [first, last] = [Math.floor(power(low) + 1e-9), Math.ceil(power(high) - 1e-9)];
  const start = first;
  const end = Math.max(last, first + 1);
  const factors = end - start <= 2 ? [1, 2, 5] : [1];
  const every = Math.ceil((end - start) / 7);
  const ticks: { value: number; text: string }[] = [];
  for (let at = start; at <= end; at += every) {
    for (const factor of at === end ? [1] : factors) {
      const value = factor * pow(10, at);
      const plain = at > -4 && at < 5;
      ticks.push({
        value,
        text: plain ? figureText(value, Math.max(0, -at)) : `${factor === 1 ? "" : `${factor}·`}10${superscript(at)}`,
      });
    }
  }
  const width = end - start;
  return { low: pow(10, start), high: pow(10, end), place: (value) => (power(value) - start) / width, ticks };
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function roundStep(least: number): number {
  const power = pow(10, Math.floor(log(least) / Math.LN10 + 1e-9));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9))!;
  return factor * power;
}
