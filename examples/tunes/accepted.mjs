// How many tunes of a text in ABC notation a parser accepts, and how many of their bars are as long as the metre says:
//
//   hiddenstate generate RUN --prompt "X: 1" --length 100000 --temperature 0.8 > tunes.abc
//   node examples/tunes/accepted.mjs tunes.abc …
//
// A tune begins with a line "X:" and ends with an empty line; what stands before the first one, and a last one that was cut
// off, do not count. The field Y (the order of parts, as Nottingham's tunes write it) is unknown to the parser and passed over.
import { readFileSync } from "node:fs";
import abcjs from "abcjs";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("expected: accepted.mjs FILE.abc …");
  process.exit(2);
}

/** The tunes of a text, each complete. */
function tunesOf(text) {
  const parts = text.replaceAll("\r\n", "\n").split(/\n\s*\n/);
  return parts.slice(0, -1).filter((part) => /^\s*X:/.test(part));
}

/** The durations of the bars that have a bar line at both ends, in whole notes. */
function innerBars({ lines }) {
  const bars = [];
  for (const elements of lines.flatMap((line) => line.staff ?? []).flatMap((staff) => staff.voices)) {
    const ends = elements.flatMap(({ el_type: type }, i) => (type === "bar" ? [i] : []));
    for (const [k, end] of ends.slice(1).entries()) {
      const inside = elements.slice(ends[k] + 1, end);
      if (inside.length > 0) bars.push(inside.reduce((sum, { duration = 0 }) => sum + duration, 0));
    }
  }
  return bars;
}

const count = { tunes: 0, accepted: 0, bars: 0, full: 0 };
for (const tune of files.flatMap((file) => tunesOf(readFileSync(file, "utf8")))) {
  count.tunes++;
  const [parsed] = abcjs.parseOnly(tune.replaceAll(/^Y:.*\n/gm, ""));
  if (parsed.warnings !== undefined || parsed.lines.length === 0) continue;
  count.accepted++;
  const { num, den } = parsed.getMeterFraction();
  const bars = innerBars(parsed);
  count.bars += bars.length;
  count.full += bars.filter((bar) => Math.abs(bar - num / den) < 1e-6).length;
}
const share = (part, whole) => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);
console.log(
  `tunes ${count.tunes}, accepted ${share(count.accepted, count.tunes)}, full bars ${share(count.full, count.bars)}`,
);
