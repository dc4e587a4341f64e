// Sets every tenth line of each file of a folder aside for the test, as data without a split of its own asks for:
//
//   node examples/classify/every-tenth.mjs FROM TO
//
// makes TO/train and TO/test, with a file for each file of FROM. Empty lines do not count.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { splitEvery } from "hiddenstate/data";

const [from, to] = process.argv.slice(2);
if (to === undefined) throw new Error("expected: every-tenth.mjs FROM TO");
for (const name of readdirSync(from).sort()) {
  const lines = readFileSync(join(from, name), "utf8").split("\n");
  const { train, held } = splitEvery(
    lines.filter((line) => line.trim() !== ""),
    10,
  );
  for (const [part, items] of Object.entries({ train, test: held })) {
    mkdirSync(join(to, part), { recursive: true });
    writeFileSync(join(to, part, name), `${items.join("\n")}\n`);
  }
}
