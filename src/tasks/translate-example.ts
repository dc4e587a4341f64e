import { Rng } from "../runtime/index.js";
import type { Pair, TranslateData } from "./translate-data.js";

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const ONES =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** Dates as people write them, and as ISO 8601 has them: "Friday, the 3rd of May 1987" → "1987-05-03"; always the same. */
export function exampleDates(pairs = 4000): TranslateData {
  const rng = new Rng(1).split("dates");
  const below = (n: number): number => Math.floor(rng.uniform() * n);
  return Array.from({ length: pairs }, (): Pair => {
    const [year, month] = [1900 + below(150), below(12)];
    const day = 1 + below(daysIn(year, month));
    const name = rng.uniform() < 0.5 ? MONTHS[month] : MONTHS[month].slice(0, 3);
    const spoken = rng.uniform() < 0.3 ? inWords(year) : String(year);
    const weekday = rng.uniform() < 0.3 ? `${DAYS[weekdayOf(year, month, day)]}, ` : "";
    const forms = [
      `${weekday}the ${ordinal(day)} of ${name} ${spoken}`,
      `${weekday}${name} ${day}, ${spoken}`,
      `${weekday}${day} ${name} ${spoken}`,
      `${day}.${month + 1}.${year}`,
    ];
    const two = (n: number): string => String(n).padStart(2, "0");
    return { source: forms[below(forms.length)], target: `${year}-${two(month + 1)}-${two(day)}` };
  });
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month];
}

/** Days since the first of January 1900, a Monday, modulo 7. */
function weekdayOf(year: number, month: number, day: number): number {
  let days = day;
  for (let y = 1900; y < year; y++) days += daysIn(y, 1) === 29 ? 366 : 365;
  for (let m = 0; m < month; m++) days += daysIn(year, m);
  return days % 7;
}

function ordinal(day: number): string {
  const last = day % 10;
  const ending = day >= 11 && day <= 13 ? "th" : last === 1 ? "st" : last === 2 ? "nd" : last === 3 ? "rd" : "th";
  return `${day}${ending}`;
}

/** "nineteen eighty-seven", "nineteen hundred", "two thousand and five". */
function inWords(year: number): string {
  const [front, back] = [Math.floor(year / 100), year % 100];
  if (front === 20 && back < 10) return back === 0 ? "two thousand" : `two thousand and ${ONES[back]}`;
  if (back === 0) return `${below100(front)} hundred`;
  return `${below100(front)} ${back < 10 ? `oh ${ONES[back]}` : below100(back)}`;
}

function below100(n: number): string {
  if (n < 20) return ONES[n];
  const tens = TENS[Math.floor(n / 10) - 2];
  return n % 10 === 0 ? tens : `${tens}-${ONES[n % 10]}`;
}
